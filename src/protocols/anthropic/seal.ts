// Seals of reasoning in the format's terms: a signature on a thinking block, or a redacted block. Anthropic's own travel
// as they are; another maker's is marked, so that it comes back from the client to its maker and to nobody else.

import type { ReasoningPart, Seal } from '../../core/neutral/index.ts';

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

/** What follows a call's seal in the mark: the id of the call, which has no colon either. */
const CALL_MARK = /^call:([A-Za-z0-9_-]+):/;
const CALL_MAKER_ENDING = '-call';

/**
 * The block that carries a tool call's seal, since the call itself has no field for it: thinking without text behind the
 * call, which clients send back as they got it. It names its call, because some of them put thinking first.
 *
 * @param id Of the call, as it is told.
 */
export function callSealBlock(id: string, seal: Seal) {
  return { type: 'thinking', thinking: '', signature: callSignature(id, seal) };
}

export function callSignature(id: string, seal: Seal): string {
  return encodeSignature({ maker: `${seal.maker}${CALL_MAKER_ENDING}`, value: `call:${id}:${seal.value}` });
}

/** What a part of history says of a call's seal, and of which call; undefined where it is ordinary reasoning. */
export function callSealOf(part: ReasoningPart): { readonly id: string; readonly seal: Seal } | undefined {
  const { text, seal } = part;
  if (text !== '' || seal === undefined || !seal.maker.endsWith(CALL_MAKER_ENDING)) return undefined;
  const marked = CALL_MARK.exec(seal.value);
  if (marked?.[1] === undefined) return undefined;
  const maker = seal.maker.slice(0, -CALL_MAKER_ENDING.length);
  return { id: marked[1], seal: { maker, value: seal.value.slice(marked[0].length) } };
}

export function isRedacted(seal: Seal | undefined): seal is Seal {
  return seal?.maker === REDACTED_MAKER;
}
