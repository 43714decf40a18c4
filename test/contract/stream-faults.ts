// How tests use the checkers of streams that users have as `forcegate validate-stream`: in full strictness, and the first
// fault of a stream of ours fails the test.

import {
  readRecordedSse,
  type RecordedSse,
  type StreamFault,
  type StreamGrammar,
} from '../../src/core/wire/index.ts';

export const STRICT = { strict: true } as const;

/** What the model wrote as arguments, which a gateway passes on as it came. Random replies and damaged ones break these. */
const OF_THE_MODEL: ReadonlySet<string> = new Set(['tool-arguments', 'call-arguments']);

export function expectNoFault(faults: readonly StreamFault[]): void {
  const first = faults.find(({ rule }) => !OF_THE_MODEL.has(rule));
  if (first === undefined) return;
  const { frame, rule, told } = first;
  throw new Error(`stream grammar: frame ${frame} breaks '${rule}': ${told} (${faults.length} faults)`);
}

/** The frames of a stream, which may still be open. @throws where the framing is broken. */
export function readFrames(text: string): RecordedSse {
  const recorded = readRecordedSse(text, STRICT);
  expectNoFault(recorded.faults);
  return recorded;
}

/** @throws where the framing or the grammar is broken; a stream that is still open breaks neither. */
export function readWith<T extends StreamGrammar>(grammar: T, { frames }: RecordedSse): T {
  for (const frame of frames) grammar.read(frame);
  if (grammar.ending !== 'open') grammar.end();
  expectNoFault(grammar.faults);
  return grammar;
}
