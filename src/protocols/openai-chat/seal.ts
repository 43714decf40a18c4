// Seals of tool calls in this format: Google's own extension of it, which clients of Gemini echo with the call. No other
// maker seals calls, and a call whose seal is lost is refused by the model that made it.

import type { JsonObject, Seal } from '../../core/neutral/index.ts';
import type { JsonReader } from '../../core/wire/index.ts';

const MAKER = 'gemini';

/** The fields that join a tool call's entry; none where there is no seal for them. */
export function encodeCallSeal(seal: Seal | undefined): JsonObject {
  if (seal?.maker !== MAKER) return {};
  return { extra_content: { google: { thought_signature: seal.value } } };
}

/** @param entry One of `tool_calls`. */
export function decodeCallSeal(entry: JsonReader): Seal | undefined {
  const signature = entry.given('extra_content')?.given('google')?.given('thought_signature');
  const value = signature?.expectString() ?? '';
  return value === '' ? undefined : { maker: MAKER, value };
}
