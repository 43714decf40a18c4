// The total time limit of a call: by its length, doubled for what is known to be slow, never shorter than the output asked
// for takes, never longer than the operator allows.

import type { Call, Message, Model } from '../../core/neutral/index.ts';
import type { TimeLimitOptions } from './options.ts';

const MS_PER_S = 1_000;

export type TimeLimit = {
  readonly limitMs: number;
  /** The configuration key that decided it. */
  readonly key: string;
};

export function timeLimitOf(call: Call, model: Model, options: TimeLimitOptions): TimeLimit {
  const characters = charactersOf(call, options.largeCharacters);
  let key = 'timeouts.small_seconds';
  let limitMs = options.smallMs;
  if (characters > options.largeCharacters) {
    key = 'timeouts.large_seconds';
    limitMs = options.largeMs;
  } else if (characters > options.mediumCharacters) {
    key = 'timeouts.medium_seconds';
    limitMs = options.mediumMs;
  }
  if (model.slow === true || isAskedToReason(call)) limitMs *= options.slowModelFactor;
  const outputMs = (outputTokensOf(call, model) / options.outputTokensPerSecond) * MS_PER_S;
  if (outputMs > limitMs) {
    key = 'timeouts.output_tokens_per_second';
    limitMs = outputMs;
  }
  if (limitMs < options.maxMs) return { limitMs, key };
  return { limitMs: options.maxMs, key: 'timeouts.total_seconds' };
}

function isAskedToReason({ reasoning }: Call): boolean {
  return reasoning !== undefined && reasoning.effort !== 'none';
}

/** A caller may ask for more than the model gives. */
function outputTokensOf({ maxOutputTokens = 0 }: Call, { outputTokensMax }: Model): number {
  return outputTokensMax === undefined ? maxOutputTokens : Math.min(maxOutputTokens, outputTokensMax);
}

/** Of all texts of the conversation; counted no further than matters. */
function charactersOf(call: Call, enough: number): number {
  let characters = 0;
  for (const message of call.messages) {
    characters += messageCharacters(message);
    if (characters > enough) break;
  }
  return characters;
}

function messageCharacters(message: Message): number {
  let characters = 0;
  for (const part of message.content) {
    switch (part.type) {
      case 'text':
      case 'reasoning':
        characters += part.text.length;
        break;
      case 'tool-call':
        characters += part.arguments.length;
        break;
      case 'tool-result':
        for (const inner of part.content) if (inner.type === 'text') characters += inner.text.length;
        break;
      case 'image':
      case 'document':
        break;
    }
  }
  return characters;
}
