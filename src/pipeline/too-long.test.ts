// What is told of a prompt that is too long, in numbers that clients act on.

import { describe, expect, it } from 'vitest';

import { MODEL, textCall } from '../../test/fakes/pipeline-parts.ts';
import { GatewayError } from '../core/errors/index.ts';
import { MASKED_CHARACTERS_MAX } from './masked-characters.ts';
import { withNumbers } from './too-long.ts';

const WITHOUT_NUMBERS = 'Prompt size exceeds the token limit for when PII is enabled.';

function tell(message: string, characters: number, tokens: number, contextTokens?: number): string {
  const text = 'x'.repeat(characters);
  const call = textCall({ messages: [{ role: 'user', content: [{ type: 'text', text }] }] });
  const error = new GatewayError('context_length_exceeded', message);
  return withNumbers(error, call, { ...MODEL, contextTokens }, () => tokens).message;
}

describe('a prompt that is too long', () => {
  it('is told in tokens, against the limit in characters that a masking org has', () => {
    const told = tell(WITHOUT_NUMBERS, MASKED_CHARACTERS_MAX * 2, 300_000, 1_000_000);
    expect(told).toBe(
      `prompt is too long: 300000 tokens > 150000 maximum (the gateway's estimates). ${WITHOUT_NUMBERS}`,
    );
  });

  it('is told against the context of the model where that is the smaller limit', () => {
    expect(tell(WITHOUT_NUMBERS, MASKED_CHARACTERS_MAX * 2, 300_000, 128_000)).toContain(
      '300000 tokens > 128000 maximum',
    );
    expect(tell('Too long.', 10, 300, 200)).toContain('300 tokens > 200 maximum');
  });

  it('keeps the words of whoever gives numbers', () => {
    const words = 'prompt is too long: 210000 tokens > 200000 maximum';
    expect(tell(words, MASKED_CHARACTERS_MAX * 2, 300_000, 128_000)).toBe(words);
  });

  it('keeps the words where nothing we know explains it', () => {
    expect(tell('Too long.', 10, 3, 200)).toBe('Too long.');
  });

  it('is nothing that any other error says', () => {
    const error = new GatewayError('upstream_rejected', 'No.');
    expect(withNumbers(error, textCall(), MODEL, () => 5_000)).toBe(error);
  });
});
