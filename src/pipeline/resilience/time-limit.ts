// The total time limit of a call: by its length, doubled for what is known to be slow, never shorter than the output asked
// for takes, never longer than the operator allows.

import type { Call, Model } from '../../core/neutral/index.ts';
import { charactersOfMessage } from '../estimate/characters.ts';
import type { TimeLimitOptions } from './options.ts';

const MS_PER_S = 1_000;

export type TimeLimit = {
  readonly limitMs: number;
  /** The configuration key that decided it. */
  readonly key: string;
};

export function timeLimitOf(call: Call, model: Model, options: TimeLimitOptions): TimeLimit {
  let { limitMs, key } = limitOfCharacters(charactersUpTo(call, options.largeCharacters), options);
  if (model.slow === true || isAskedToReason(call)) limitMs *= options.slowModelFactor;
  const outputMs = (outputTokensOf(call, model) / options.outputTokensPerSecond) * MS_PER_S;
  if (outputMs > limitMs) {
    key = 'timeouts.output_tokens_per_second';
    limitMs = outputMs;
  }
  return capped({ limitMs, key }, options);
}

/** Of calls that are made at once and told together: the longest of theirs. */
export function longestLimitOf(calls: readonly Call[], model: Model, options: TimeLimitOptions): TimeLimit {
  const limits = calls.map((call) => timeLimitOf(call, model, options));
  return limits.reduce((longest, limit) => (limit.limitMs > longest.limitMs ? limit : longest));
}

/** Of a call for embeddings, all its batches together. */
export function limitOfTexts(texts: readonly string[], options: TimeLimitOptions): TimeLimit {
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  return capped(limitOfCharacters(characters, options), options);
}

function limitOfCharacters(characters: number, options: TimeLimitOptions): TimeLimit {
  if (characters > options.largeCharacters)
    return { limitMs: options.largeMs, key: 'timeouts.large_seconds' };
  if (characters > options.mediumCharacters)
    return { limitMs: options.mediumMs, key: 'timeouts.medium_seconds' };
  return { limitMs: options.smallMs, key: 'timeouts.small_seconds' };
}

function capped(limit: TimeLimit, { maxMs }: TimeLimitOptions): TimeLimit {
  return limit.limitMs < maxMs ? limit : { limitMs: maxMs, key: 'timeouts.total_seconds' };
}

function isAskedToReason({ reasoning }: Call): boolean {
  return reasoning !== undefined && reasoning.effort !== 'none';
}

/** A caller may ask for more than the model gives. */
function outputTokensOf({ maxOutputTokens = 0 }: Call, { outputTokensMax }: Model): number {
  return outputTokensMax === undefined ? maxOutputTokens : Math.min(maxOutputTokens, outputTokensMax);
}

/** Of all texts of the conversation; counted no further than matters. */
function charactersUpTo(call: Call, enough: number): number {
  let characters = 0;
  for (const message of call.messages) {
    characters += charactersOfMessage(message);
    if (characters > enough) break;
  }
  return characters;
}
