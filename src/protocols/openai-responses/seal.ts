// Seals in this format: the encrypted content of a reasoning item, which only its maker can read again. The format's own
// travel as they are; another maker's is marked, so that it comes back from the client to its maker and to nobody else. A tool
// call has no field for a seal, so its seal travels in a reasoning item behind it that names the call.

import type { Seal } from '../../core/neutral/index.ts';

/** Who makes the seals of this format. */
export const SEAL_MAKER = 'openai';

/** The format's own are base64 of one kind or another, which has no colon: the mark cannot be mistaken for one. */
const MARKED = /^sealed:([a-z0-9-]{1,64}):/;
const CALL_MARKED = /^sealed-call:([a-z0-9-]{1,64}):([^:]*):/;

export function decodeSeal(encrypted: string): Seal | undefined {
  if (encrypted === '') return undefined;
  const marked = MARKED.exec(encrypted);
  if (marked?.[1] === undefined) return { maker: SEAL_MAKER, value: encrypted };
  return { maker: marked[1], value: encrypted.slice(marked[0].length) };
}

export function encodeSeal(seal: Seal | undefined): string | undefined {
  if (seal === undefined) return undefined;
  return seal.maker === SEAL_MAKER ? seal.value : `sealed:${seal.maker}:${seal.value}`;
}

/** @param callId Of the call, as it is told. */
export function encodeCallSeal(callId: string, seal: Seal): string {
  return `sealed-call:${seal.maker}:${encodeURIComponent(callId.toWellFormed())}:${seal.value}`;
}

/** The call that the content speaks of, and its seal; undefined where it is a reasoning's own. */
export function decodeCallSeal(
  encrypted: string,
): { readonly callId: string; readonly seal: Seal } | undefined {
  const marked = CALL_MARKED.exec(encrypted);
  if (marked?.[1] === undefined || marked[2] === undefined) return undefined;
  const seal = { maker: marked[1], value: encrypted.slice(marked[0].length) };
  try {
    return { callId: decodeURIComponent(marked[2]), seal };
  } catch {
    // Not as we wrote it: somebody else's content that looks alike.
    return undefined;
  }
}
