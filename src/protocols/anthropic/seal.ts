// Seals of reasoning in the format's terms: a signature on a thinking block, or a redacted block. Anthropic's own travel
// as they are; another maker's is marked, so that it comes back from the client to its maker and to nobody else.

import type { Seal } from '../../core/neutral/index.ts';

export const SIGNATURE_MAKER = 'anthropic';
export const REDACTED_MAKER = 'anthropic-redacted';

/** Anthropic's signatures are base64, which has no colon: the mark cannot be mistaken for one. */
const MARKED = /^sealed:([a-z0-9-]{1,64}):/;

export function decodeSignature(signature: string): Seal | undefined {
  // Thinking by a model that signs nothing comes back with an empty signature.
  if (signature === '') return undefined;
  const marked = MARKED.exec(signature);
  if (marked?.[1] === undefined) return { maker: SIGNATURE_MAKER, value: signature };
  return { maker: marked[1], value: signature.slice(marked[0].length) };
}

export function encodeSignature(seal: Seal | undefined): string {
  if (seal === undefined) return '';
  return seal.maker === SIGNATURE_MAKER ? seal.value : `sealed:${seal.maker}:${seal.value}`;
}

export function isRedacted(seal: Seal | undefined): seal is Seal {
  return seal?.maker === REDACTED_MAKER;
}
