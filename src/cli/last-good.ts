// The last good configuration: a copy of the file with which the gateway last started and could log in, beside it. What
// `config rollback` goes back to.

import { basename, dirname, join } from 'node:path';

import type { FileSystem } from '../core/platform/index.ts';

const MODE_OWNER_ONLY = 0o600;

/** `config.json` gives `config.last-good.json`. What is to outlive the next of its kind has the time in its word. */
export function besideConfig(source: string, word: string): string {
  return join(dirname(source), `${basename(source).replace(/\.json$/u, '')}.${word}.json`);
}

export const lastGoodPath = (source: string): string => besideConfig(source, 'last-good');

/** Never fails: a directory that cannot be written must not stop a gateway that serves. */
export async function keepLastGood(source: string, text: string, files: FileSystem): Promise<void> {
  const path = lastGoodPath(source);
  try {
    if ((await files.readText(path)) !== text) await files.writeAtomic(path, text, MODE_OWNER_ONLY);
  } catch {
    // Rolling back is a comfort; `config rollback` says that there is nothing to go back to.
  }
}
