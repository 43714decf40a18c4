// The short way for whole replies gives what the assembler gives, for every envelope it takes.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Model } from '../../../core/neutral/index.ts';
import type { SurfaceContext } from '../port.ts';
import type { Envelope, Invocation, Piece } from './envelope.ts';
import { readPlainReply } from './plain-reply.ts';
import { assemble } from './whole-reply.ts';

const MODEL: Model = {
  id: 'plain',
  apiName: 'sfdc_ai__Plain',
  family: 'gemini',
  contextTokens: undefined,
  outputTokensMax: 20,
  carries: { tools: true, images: true, documents: true, reasoning: true },
  createdS: 0,
  ownedBy: 'salesforce',
};

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
const anyText = fc.constantFrom('', 'a', ' ', 'two\nlines');
const anyCount = maybe(fc.nat(30));

/** Objects as the product makes them. */
const record = <T>(fields: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> =>
  fc.record(fields, { noNullPrototype: true });

const anyUsage = record({
  inputTokens: anyCount,
  outputTokens: anyCount,
  cacheReadTokens: anyCount,
  cacheWriteTokens: anyCount,
  reasoningTokens: anyCount,
  countedOutputTokens: fc.constant(undefined),
  estimated: fc.constant(false),
});

const anySafety = record({
  toxicityDetected: maybe(fc.boolean()),
  scores: fc.constant([{ category: 'hate', score: 0.5 }]),
  safetyScore: maybe(fc.double({ min: 0, max: 1, noNaN: true })),
});

const pieceOf = (choice: number, invocations: readonly Invocation[]): fc.Arbitrary<Piece> =>
  record({
    choice: fc.constant(choice),
    reasoning: anyText,
    text: anyText,
    refusal: anyText,
    invocations: fc.constant(invocations),
    signature: maybe(fc.constantFrom('', 'sealed')),
    finishRaw: maybe(fc.constantFrom('STOP', 'length', 'refusal', 'novelty', '')),
    stopSequence: maybe(fc.constant('END')),
    safety: maybe(anySafety),
  });

const envelopeOf = (pieces: fc.Arbitrary<readonly Piece[]>): fc.Arbitrary<Envelope> =>
  record({
    upstreamId: maybe(fc.constantFrom('', 'id')),
    servedModel: maybe(fc.constantFrom('', 'gemini-2.5-pro')),
    usage: maybe(anyUsage),
    pieces,
  });

const anyPlain = envelopeOf(
  fc
    .integer({ min: 1, max: 4 })
    .chain((count) => fc.tuple(...Array.from({ length: count }, (_, at) => pieceOf(at, [])))),
);

const anyContext: fc.Arbitrary<SurfaceContext> = maybe(fc.nat(30)).map((maxOutputTokens) => ({
  model: MODEL,
  stream: false,
  maxOutputTokens,
  trust: { piiMasking: undefined, localization: undefined },
  adaptations: new Set(),
  newId: () => 'made',
}));

const CALL: Invocation = { index: 0, id: 'a', name: 'f', arguments: '{}', signature: undefined };

describe('a plain reply', () => {
  it('is what the assembler makes of it', () => {
    fc.assert(
      fc.property(anyPlain, anyContext, (envelope, context) => {
        expect(readPlainReply(envelope, context)).toStrictEqual(assemble(envelope, context));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['with a tool call', pieceOf(0, [CALL])],
    ['with a choice out of its place', pieceOf(1, [])],
  ])('is none %s', (_, piece) => {
    fc.assert(
      fc.property(envelopeOf(fc.tuple(piece)), anyContext, (envelope, context) => {
        expect(readPlainReply(envelope, context)).toBe(undefined);
      }),
    );
  });
});
