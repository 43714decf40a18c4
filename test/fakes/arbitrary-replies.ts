// Generators of neutral replies, for properties that hold for every reply.

import * as fc from 'fast-check';

import { UNKNOWN_USAGE, type Choice, type Reply, type ReplyPart } from '../../src/core/neutral/index.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 40 });

const part: fc.Arbitrary<ReplyPart> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text }),
  fc.record({ type: fc.constant('reasoning' as const), text, seal: fc.constant(undefined) }),
  fc.record({
    type: fc.constant('tool-call' as const),
    id: fc.nat(0xffffff).map((value) => value.toString(16)),
    name: fc.constantFrom('get_weather', 'lookup'),
    arguments: fc.jsonValue().map((value) => JSON.stringify({ value })),
    seal: fc.constant(undefined),
  }),
);

const choice: fc.Arbitrary<Choice> = fc.record({
  parts: fc.array(part, { maxLength: 5 }),
  finish: fc.constantFrom(
    'stop' as const,
    'length' as const,
    'tool-calls' as const,
    'content-filter' as const,
  ),
  finishRaw: fc.option(fc.constant('stop'), { nil: undefined }),
  stopSequence: fc.constant(undefined),
  safety: fc.option(
    fc.constant({ toxicityDetected: false, scores: [{ category: 'hate', score: 0 }], safetyScore: 0.9 }),
    { nil: undefined },
  ),
});

const count = fc.option(fc.nat(1_000_000), { nil: undefined });

/** A reply of one choice or several. */
export const arbitraryReply: fc.Arbitrary<Reply> = fc.record({
  choices: fc.array(choice, { minLength: 1, maxLength: 3 }),
  usage: fc.record({
    inputTokens: count,
    outputTokens: count,
    cacheReadTokens: count,
    cacheWriteTokens: count,
    reasoningTokens: count,
    countedOutputTokens: count,
    estimated: fc.constant(UNKNOWN_USAGE.estimated),
  }),
  servedModel: fc.option(fc.constant('vendor-model'), { nil: undefined }),
  upstreamId: fc.option(fc.constant('up-1'), { nil: undefined }),
});
