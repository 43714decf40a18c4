// Where a recorded stream comes from: a file, or what another program pipes in. Reads no more than it is allowed to.

import { createReadStream } from 'node:fs';

export type Recording =
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'too-large' }
  /** No such file. */
  | { readonly type: 'missing' }
  /** Standard input is a person, who pipes nothing. */
  | { readonly type: 'terminal' };

/** `-` is standard input. Faults other than a missing file are thrown. */
export type ReadRecording = (path: string, bytesMax: number) => Promise<Recording>;

/** @param source Let go of as soon as it has given too much. */
export async function readBounded(
  source: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of source) {
    bytes += piece.length;
    if (bytes > bytesMax) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces, bytes);
}

export const readSystemRecording: ReadRecording = async (path, bytesMax) => {
  if (path === '-' && process.stdin.isTTY) return { type: 'terminal' };
  try {
    const source = path === '-' ? process.stdin : createReadStream(path);
    const bytes = await readBounded(source, bytesMax);
    return bytes === undefined ? { type: 'too-large' } : { type: 'bytes', bytes };
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return { type: 'missing' };
    throw thrown;
  }
};
