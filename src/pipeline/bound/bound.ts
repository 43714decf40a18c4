// The stage that keeps a conversation within bounds. It changes a call only when it has to, tells what it left out, and
// never parts a tool's result from its call, the model from its instructions, or the client from its question.

import type { Call, ConversationLoss, Model } from '../../core/neutral/index.ts';
import { charactersOf } from '../estimate/characters.ts';
import { MASKED_CHARACTERS_KEPT } from '../masked-characters.ts';
import type { ConversationOptions } from './options.ts';
import { countAll, excessOf, messagesOf, splitConversation, withoutFirst, type Piece } from './turns.ts';

export type Bounded = {
  readonly call: Call;
  /** Undefined where nothing was left out: then the call is the same object. */
  readonly loss: ConversationLoss | undefined;
};

/** Input tokens of a call, from above. */
export type EstimateTokens = (call: Call) => number;

/** What a reply needs at least, where neither the caller nor the model says. */
const OUTPUT_TOKENS_RESERVED = 1_024;

export function boundConversation(
  call: Call,
  model: Model,
  options: ConversationOptions,
  estimate: EstimateTokens,
): Bounded {
  if (options.mode === 'off') return { call, loss: undefined };
  const before = splitConversation(call.messages);
  const counted = options.mode === 'limits' ? limitMessages(before, options) : before;
  const pieces = fit(counted, call, (fitted) => fits(fitted, model, options, estimate));
  const gone = countAll(before) - countAll(pieces);
  if (gone === 0) return { call, loss: undefined };
  return {
    call: { ...call, messages: messagesOf(pieces) },
    loss: { need: 'conversation', how: 'dropped', note: `${gone} of ${countAll(before)} messages` },
  };
}

/** The numbers the predecessor's clients know: a cleanup at one length, a harder one where that did not help. */
function limitMessages(pieces: readonly Piece[], options: ConversationOptions): readonly Piece[] {
  if (countAll(pieces) < options.cleanupAt) return pieces;
  const cleaned = withoutFirst(pieces, excessOf(pieces, options.keep));
  if (countAll(cleaned) <= options.maxMessages) return cleaned;
  return withoutFirst(cleaned, excessOf(cleaned, options.keepEmergency));
}

/** Leaves out as few as possible. Where even the pinned ones do not fit they stay all the same: Salesforce says it best. */
function fit(pieces: readonly Piece[], call: Call, holds: (call: Call) => boolean): readonly Piece[] {
  const at = (count: number): Call => ({ ...call, messages: messagesOf(withoutFirst(pieces, count)) });
  if (holds(at(0))) return pieces;
  let few = 0;
  let many = pieces.filter((piece) => !piece.pinned).length;
  // Each further piece that goes makes the call smaller, so halving finds the least.
  while (few < many) {
    const middle = Math.floor((few + many) / 2);
    if (holds(at(middle))) many = middle;
    else few = middle + 1;
  }
  return withoutFirst(pieces, few);
}

function fits(call: Call, model: Model, options: ConversationOptions, estimate: EstimateTokens): boolean {
  const { tokensMax } = options;
  const charactersMax = options.charactersMax === 'masked' ? MASKED_CHARACTERS_KEPT : options.charactersMax;
  if (charactersMax !== undefined && maskedCharactersOf(call) > charactersMax) return false;
  const window = windowOf(call, model);
  const limit = options.mode === 'limits' ? Math.min(tokensMax ?? window, window) : window;
  return limit === Infinity || estimate(call) <= limit;
}

/** What the model's window leaves to the input. */
function windowOf(call: Call, model: Model): number {
  const { contextTokens, outputTokensMax } = model;
  if (contextTokens === undefined) return Infinity;
  const output = Math.min(call.maxOutputTokens ?? OUTPUT_TOKENS_RESERVED, outputTokensMax ?? Infinity);
  return Math.max(0, contextTokens - output);
}

/** Of the texts and tools. Files are never masked, and have no part in the cap. */
function maskedCharactersOf(call: Call): number {
  let characters = charactersOf(call.messages);
  for (const tool of call.tools) characters += JSON.stringify(tool).length;
  return characters;
}
