// A compacted conversation in this format: one item that stands for all before it, opaque to the client. Ours holds a summary
// in plain words, so that any model can go on from it.

import { Buffer } from 'node:buffer';

const MARK = 'summary:';

export function encodeCompaction(summary: string): string {
  return MARK + Buffer.from(summary, 'utf8').toString('base64');
}

/** Undefined where another server made it, which nobody else can read. */
export function decodeCompaction(encrypted: string): string | undefined {
  if (!encrypted.startsWith(MARK)) return undefined;
  return Buffer.from(encrypted.slice(MARK.length), 'base64').toString('utf8');
}

/** What the model is told of a summary when the conversation goes on. */
export function introduceSummary(summary: string): string {
  return `The conversation so far was shortened to this summary:\n\n${summary}`;
}

/** The turn that asks a model for the summary. */
export const COMPACTION_REQUEST =
  'Summarise this conversation so that the work can go on from the summary alone. Keep what was asked, what was decided and ' +
  'why, names of files and values exactly as they are, what was done, and what is still to do. Answer with the summary only.';
