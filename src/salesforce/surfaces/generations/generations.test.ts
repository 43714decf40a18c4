// The shared pieces on their own: counts in every spelling, reasons to finish, waits, and the rules of failures that no
// sample of the corpus stands for.

import { describe, expect, it } from 'vitest';

import { concludeFinish } from './finish.ts';
import { decodeFailure, decodeInnerFailure } from './failure.ts';
import { readUsage } from './usage.ts';
import { readWaitMs } from './waits.ts';

describe('token counts', () => {
  const base = {
    inputTokens: undefined,
    outputTokens: undefined,
    cacheReadTokens: undefined,
    cacheWriteTokens: undefined,
    reasoningTokens: undefined,
    estimated: false,
  };

  it.each([
    [
      { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
      { inputTokens: 1, outputTokens: 2 },
    ],
    [
      { inputTokenCount: 1, outputTokenCount: 2, cacheReadInputTokenCount: 3 },
      { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3 },
    ],
    [
      { inputTokens: 1, outputTokens: 2, cacheWriteInputTokens: 4 },
      { inputTokens: 1, outputTokens: 2, cacheWriteTokens: 4 },
    ],
    [
      {
        input_tokens: 1,
        output_tokens: 2,
        input_tokens_details: { cached_tokens: 3 },
        output_tokens_details: { reasoning_tokens: 4 },
      },
      { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, reasoningTokens: 4 },
    ],
    [
      { prompt_tokens: 5, generated_tokens: 6 },
      { inputTokens: 5, outputTokens: 6 },
    ],
    [
      { inputTokens: 5, totalTokens: 7 },
      { inputTokens: 5, outputTokens: 2 },
    ],
    [{ inputTokens: null, outputTokens: 2, cacheReadInputTokens: null }, { outputTokens: 2 }],
    [
      { inputTokens: 'many', outputTokens: -1, total_tokens: 0, prompt_tokens: 0 },
      { inputTokens: 0, outputTokens: 0 },
    ],
  ])('are read from %o', (blob, usage) => {
    expect(readUsage(blob, false)).toEqual({ ...base, ...usage });
  });

  it('of a cache are added to the input where the provider leaves them out', () => {
    const blob = { inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 10, cacheWriteInputTokens: 100 };
    expect(readUsage(blob, true)).toMatchObject({
      inputTokens: 111,
      cacheReadTokens: 10,
      cacheWriteTokens: 100,
    });
  });

  it.each([undefined, {}, { inputTokens: null }, { index: 0 }])('are unknown in %o', (blob) => {
    expect(readUsage(blob, true)).toBe(undefined);
  });
});

describe('the reason to finish', () => {
  const evidence = {
    raw: undefined,
    toolSeen: false,
    refused: false,
    outputTokens: undefined,
    outputTokensMax: undefined,
  };

  it.each([
    ['stop', 'stop'],
    ['END_TURN', 'stop'],
    ['stop_sequence', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['tool_use', 'tool-calls'],
    ['SAFETY', 'content-filter'],
    ['refusal', 'refusal'],
    ['constructor', 'stop'],
  ])('%s means %s', (raw, reason) => {
    expect(concludeFinish({ ...evidence, raw })).toBe(reason);
  });

  it.each([
    [{ toolSeen: true, outputTokens: 9, outputTokensMax: 9 }, 'tool-calls'],
    [{ outputTokens: 9, outputTokensMax: 9 }, 'length'],
    [{ outputTokens: 8, outputTokensMax: 9 }, 'stop'],
    [{ outputTokens: 8 }, 'stop'],
    [{ raw: 'stop', toolSeen: true }, 'tool-calls'],
    [{ raw: 'length', toolSeen: true }, 'length'],
    [{ raw: 'novelty', toolSeen: true }, 'tool-calls'],
  ])('is concluded from %o as %s', (seen, reason) => {
    expect(concludeFinish({ ...evidence, ...seen })).toBe(reason);
  });
});

describe('a wait', () => {
  const date = 'Wed, 21 Oct 2026 07:28:00 GMT';
  it.each([
    [{ 'retry-after': '7', 'x-ratelimit-reset': '9' }, 7_000],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT', date }, 30_000],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:27:00 GMT', date }, 0],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT' }, 37_000],
    [{ 'retry-after': 'soon', 'x-ratelimit-reset': '9' }, 9_000],
    [{ 'x-ratelimit-reset': '-9' }, 37_000],
    [{ 'retry-after': '99999999' }, 86_400_000],
    [{}, 37_000],
  ])('is read from %o', (headers, waitMs) => {
    expect(
      readWaitMs({ status: 429, headers }, { parameters: [{ name: 'rateLimit', value: { reset: 37 } }] }),
    ).toBe(waitMs);
  });
});

describe('a failure', () => {
  const failureOf = (status: number, body: unknown) =>
    decodeFailure({ status, headers: { 'retry-after': '3' } }, Buffer.from(JSON.stringify(body)));

  it.each([
    [400, 'The model `gpt-9` does not exist', 'model_not_found'],
    [400, 'model claude-sonnet-4-6 is not available', 'model_not_found'],
    [400, "tool call not found in the model's history", 'upstream_rejected'],
    [
      400,
      'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000',
      'context_length_exceeded',
    ],
    [
      400,
      'The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).',
      'context_length_exceeded',
    ],
    [500, 'prompt is too long: 5 tokens > 4 maximum', 'context_length_exceeded'],
    [413, 'too large', 'body_too_large'],
    [422, 'no', 'upstream_rejected'],
    [504, 'timeout', 'upstream_error'],
    [529, 'overloaded', 'upstream_unavailable'],
    [302, 'elsewhere', 'upstream_error'],
  ])('of status %i saying "%s" is %s', (status, message, code) => {
    const { error } = failureOf(status, { message });
    expect([error.code, error.message]).toEqual([code, message]);
  });

  it('has a wait only where another try may help', () => {
    expect(failureOf(503, {}).error.retryAfterMs).toBe(3_000);
    expect(failureOf(400, {}).error.retryAfterMs).toBe(undefined);
  });

  it('of a provider that limits is a rate limit, whatever the status', () => {
    const body = { message: 'slow', extendedErrorDetails: [{ providerStatusCode: 429 }] };
    expect(failureOf(500, body).error.code).toBe('upstream_rate_limited');
  });

  it.each([
    ['Unsupported value: temperature does not support 0.2 with this model', 'drop-sampling'],
    ['`top_p` is not supported', 'drop-sampling'],
    ['temperature must be a number', undefined],
    ['reasoning_settings is not supported', 'strip-reasoning'],
  ])('saying "%s" asks for %s', (message, adaptation) => {
    expect(failureOf(400, { message }).adaptation).toBe(adaptation);
  });

  it.each([
    [{ errorCode: 'INVALID_AUTH' }, 'upstream_unauthorized', 'rejected'],
    [{ errorCode: 'LIMIT_EXCEEDED' }, 'upstream_rate_limited', 'unaffected'],
    [{ errorCode: 'NOT_FOUND' }, 'upstream_error', 'unaffected'],
    [{ errorCode: 'NOT_FOUND', message: 'Resource not found' }, 'model_not_found', 'unaffected'],
    [{ errorCode: 'NOT_FOUND', message: 'The model x is not available' }, 'model_not_found', 'unaffected'],
    [
      { errorCode: 'NOT_FOUND', message: 'User forbidden from accessing the resource' },
      'upstream_forbidden',
      'unaffected',
    ],
    [
      { error_code: 'NOT_FOUND', message: 'Server is busy and cannot process the request at this time' },
      'upstream_busy',
      'unaffected',
    ],
    [
      { errorCode: 'NOT_FOUND', message: "tool call not found in the model's history" },
      'upstream_error',
      'unaffected',
    ],
    // The provider's own 401 is not about our token.
    [{ extendedErrorDetails: [{ providerStatusCode: 401 }] }, 'upstream_error', 'unaffected'],
    [{ extendedErrorDetails: [{ providerStatusCode: 400 }] }, 'upstream_rejected', 'unaffected'],
    [{}, 'upstream_error', 'unaffected'],
  ])('inside a 200, %o, is %s and leaves the token %s', (body, code, token) => {
    const failure = decodeInnerFailure({ status: 200, headers: {} }, JSON.stringify(body));
    expect([failure.error.code, failure.token]).toEqual([code, token]);
  });
});
