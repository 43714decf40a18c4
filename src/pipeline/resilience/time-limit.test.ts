// The total time limit of a call: by its length, its model and the output it asks for.

import { describe, expect, it } from 'vitest';

import { MODEL, textCall } from '../../../test/fakes/pipeline-parts.ts';
import type { Call, Model } from '../../core/neutral/index.ts';
import { RESILIENCE_DEFAULTS } from './options.ts';
import { limitOfTexts, longestLimitOf, timeLimitOf } from './time-limit.ts';

const BIG: Model = { ...MODEL, outputTokensMax: undefined };
const limitOf = (changes: Partial<Call>, model = BIG) =>
  timeLimitOf(textCall(changes), model, RESILIENCE_DEFAULTS.timeLimits);
const saying = (characters: number): Partial<Call> => ({
  messages: [{ role: 'user', content: [{ type: 'text', text: 'x'.repeat(characters) }] }],
});

describe('the total time limit', () => {
  it.each([
    [10_000, 60_000, 'timeouts.small_seconds'],
    [10_001, 120_000, 'timeouts.medium_seconds'],
    [30_000, 120_000, 'timeouts.medium_seconds'],
    [30_001, 240_000, 'timeouts.large_seconds'],
  ])('of %d characters is %d ms', (characters, limitMs, key) => {
    expect(limitOf(saying(characters))).toEqual({ limitMs, key });
  });

  it('counts every text of the conversation, results of tools and arguments among them', () => {
    const text = 'x'.repeat(5_000);
    const messages: Call['messages'] = [
      { role: 'system', content: [{ type: 'text', text }] },
      {
        role: 'assistant',
        content: [{ type: 'tool-call', id: 'c', name: 'f', arguments: text, seal: undefined }],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            callId: 'c',
            name: 'f',
            content: [{ type: 'text', text: 'x' }],
            isError: false,
          },
        ],
      },
    ];
    expect(limitOf({ messages }).limitMs).toBe(120_000);
  });

  it('is doubled for a large model, or one that is asked to reason', () => {
    expect(limitOf({}, { ...BIG, slow: true }).limitMs).toBe(120_000);
    expect(limitOf({ reasoning: { effort: undefined, budgetTokens: 1_024 } }).limitMs).toBe(120_000);
    expect(limitOf({ reasoning: { effort: 'none', budgetTokens: undefined } }).limitMs).toBe(60_000);
  });

  it('is never shorter than the output asked for takes, as far as the model gives it', () => {
    const key = 'timeouts.output_tokens_per_second';
    expect(limitOf({ maxOutputTokens: 5_000 })).toEqual({ limitMs: 100_000, key });
    expect(limitOf({ maxOutputTokens: 5_000 }, { ...BIG, outputTokensMax: 100 }).limitMs).toBe(60_000);
  });

  it('is never above the most', () => {
    expect(limitOf({ maxOutputTokens: 128_000 })).toEqual({
      limitMs: 480_000,
      key: 'timeouts.total_seconds',
    });
    const options = { ...RESILIENCE_DEFAULTS.timeLimits, maxMs: 30_000 };
    expect(timeLimitOf(textCall(), BIG, options)).toEqual({ limitMs: 30_000, key: 'timeouts.total_seconds' });
  });

  it('of prompts that are told together is that of the longest', () => {
    const calls = [textCall(saying(1)), textCall(saying(30_001)), textCall(saying(10_001))];
    expect(longestLimitOf(calls, BIG, RESILIENCE_DEFAULTS.timeLimits).limitMs).toBe(240_000);
  });

  it('of texts for embeddings counts all of them, and is never above the cap', () => {
    const { timeLimits } = RESILIENCE_DEFAULTS;
    const texts = ['x'.repeat(10_000), 'y'];
    expect(limitOfTexts(texts.slice(0, 1), timeLimits).limitMs).toBe(60_000);
    expect(limitOfTexts(texts, timeLimits).limitMs).toBe(120_000);
    expect(limitOfTexts(texts, { ...timeLimits, maxMs: 90_000 })).toEqual({
      limitMs: 90_000,
      key: 'timeouts.total_seconds',
    });
  });
});
