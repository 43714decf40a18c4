// A prompt that was refused as too long, in numbers. Clients shorten a conversation by how far it is over, and read it in
// the words "prompt is too long: N tokens > M maximum"; where Salesforce gives no numbers, these are our estimates and say so.

import { GatewayError } from '../core/errors/index.ts';
import type { Call, Model } from '../core/neutral/index.ts';
import { charactersOf } from './estimate/characters.ts';
import { MASKED_CHARACTERS_MAX } from './masked-characters.ts';

/** Whoever gives numbers at all gives one of thousands. */
const HAS_NUMBERS = /(?<![A-Za-z])\d[\d,.]{3,}/;

/** The error itself where it is about something else, has numbers, or nothing we know explains it. */
export function withNumbers(
  error: GatewayError,
  call: Call,
  model: Model,
  estimateInput: () => number,
): GatewayError {
  const { code, message, param, upstream, detail, cause } = error;
  if (code !== 'context_length_exceeded' || HAS_NUMBERS.test(message)) return error;
  const tokens = estimateInput();
  const characters = charactersOf(call.messages);
  // The limit in characters, in tokens of this very prompt.
  const masked = Math.floor((tokens * MASKED_CHARACTERS_MAX) / Math.max(1, characters));
  const limits = [masked, model.contextTokens ?? Number.POSITIVE_INFINITY].filter((limit) => limit < tokens);
  if (limits.length === 0) return error;
  return new GatewayError(
    code,
    `prompt is too long: ${tokens} tokens > ${Math.min(...limits)} maximum (the gateway's estimates). ${message}`,
    { param, upstream, detail, cause },
  );
}
