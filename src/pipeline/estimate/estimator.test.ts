// Estimates stay above the truth for any tokeniser, come close to it, and cost little to keep so.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { pngOf } from '../../../test/fakes/media-files.ts';
import { MODEL, textCall } from '../../../test/fakes/pipeline-parts.ts';
import { UNKNOWN_USAGE, type Call, type Message, type Usage } from '../../core/neutral/index.ts';
import { countCall } from './count.ts';
import { createEstimator } from './estimator.ts';

const userMessage = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const proseCall = (characters: number): Call =>
  textCall({ messages: [userMessage('some words here '.repeat(Math.ceil(characters / 16)))] });
const usageOf = (inputTokens: number): Usage => ({ ...UNKNOWN_USAGE, inputTokens });
const CALL = proseCall(10_000);
const TOKENS = countCall(CALL).tokens;

describe('an estimate', () => {
  it('is above our own count before anything is learnt', () => {
    expect(createEstimator().estimate(CALL, MODEL)).toBeGreaterThan(TOKENS * 1.25);
  });

  it('hazard 26: is above the truth on almost all calls of any model, and does not run away from it', () => {
    // A model: how its tokeniser compares with our count, how much one call differs from the next, how often a call is
    // of a dearer kind, and what the upstream adds to each.
    const model = fc.record({
      ratio: fc.double({ min: 0.45, max: 1.8, noNaN: true }),
      spread: fc.double({ min: 0, max: 0.12, noNaN: true }),
      overhead: fc.integer({ min: 0, max: 300 }),
    });
    const calls = fc.array(
      fc.record({
        characters: fc.integer({ min: 10, max: 40_000 }),
        noise: fc.double({ min: -1, max: 1, noNaN: true }),
      }),
      { minLength: 300, maxLength: 300, size: 'max' },
    );
    fc.assert(
      fc.property(model, calls, ({ ratio, spread, overhead }, stream) => {
        const estimator = createEstimator();
        let under = 0;
        let excess = 0;
        for (const { characters, noise } of stream) {
          const call = proseCall(characters);
          const actual = Math.round(countCall(call).tokens * ratio * (1 + spread * noise)) + overhead;
          const estimate = estimator.estimate(call, MODEL);
          if (estimate < actual) under += 1;
          else excess += (estimate - actual) / (actual + 500);
          estimator.learn(call, usageOf(actual), MODEL);
        }
        expect(under).toBeLessThanOrEqual(stream.length * 0.03);
        expect(excess / stream.length).toBeLessThan(1.5);
      }),
      { numRuns: 40 },
    );
  });

  it('comes close to a model that is always the same', () => {
    const estimator = createEstimator();
    for (let call = 0; call < 500; call += 1) estimator.learn(CALL, usageOf(Math.round(TOKENS * 0.6)), MODEL);
    const estimate = estimator.estimate(CALL, MODEL);
    expect(estimate).toBeGreaterThanOrEqual(TOKENS * 0.6);
    expect(estimate).toBeLessThan(TOKENS * 0.6 * 1.15);
  });

  it('remembers for a while what a dear kind of call cost', () => {
    const estimator = createEstimator();
    estimator.learn(CALL, usageOf(TOKENS * 2), MODEL);
    for (let call = 0; call < 5; call += 1) estimator.learn(CALL, usageOf(TOKENS), MODEL);
    expect(estimator.estimate(CALL, MODEL)).toBeGreaterThan(TOKENS * 2);
  });

  it('of one model teaches nothing about another', () => {
    const estimator = createEstimator();
    const other = { ...MODEL, apiName: 'other' };
    const before = estimator.estimate(CALL, other);
    estimator.learn(CALL, usageOf(TOKENS * 3), MODEL);
    expect(estimator.estimate(CALL, other)).toBe(before);
  });

  it('counts images beside the text', () => {
    const source = {
      type: 'base64',
      mimeType: 'image/png',
      data: pngOf(1000, 750).toString('base64'),
    } as const;
    const image: Message = { role: 'user', content: [{ type: 'image', source, fileName: undefined }] };
    const estimator = createEstimator();
    const withImage = textCall({ messages: [...CALL.messages, image] });
    expect(estimator.estimate(withImage, MODEL)).toBeGreaterThanOrEqual(
      estimator.estimate(CALL, MODEL) + 1000,
    );
  });
});

describe('what is learnt', () => {
  const learnt = (call: Call, usage: Usage): number => {
    const estimator = createEstimator();
    estimator.learn(call, usage, MODEL);
    return estimator.estimate(CALL, MODEL) - createEstimator().estimate(CALL, MODEL);
  };

  it('raises at once and lowers slowly', () => {
    expect(learnt(CALL, usageOf(TOKENS * 2))).toBeGreaterThan(TOKENS * 0.7);
    const lowered = learnt(CALL, usageOf(TOKENS / 2));
    expect(lowered).toBeLessThan(0);
    expect(lowered).toBeGreaterThan(-TOKENS * 0.05);
  });

  it('is nothing from usage that is an estimate itself, unknown or zero', () => {
    expect(learnt(CALL, { ...usageOf(TOKENS * 2), estimated: true })).toBe(0);
    expect(learnt(CALL, UNKNOWN_USAGE)).toBe(0);
    expect(learnt(CALL, usageOf(0))).toBe(0);
  });

  it('is from the usage of one choice where several were asked for', () => {
    const usage = usageOf(TOKENS * 4);
    expect(learnt({ ...CALL, choices: 2 }, usage)).toBe(learnt(CALL, usageOf(TOKENS * 2)));
  });

  it('is nothing from calls with images', () => {
    const source = { type: 'url', url: 'https://example.com/' } as const;
    const image: Message = { role: 'user', content: [{ type: 'image', source, fileName: undefined }] };
    expect(learnt({ ...CALL, messages: [...CALL.messages, image] }, usageOf(TOKENS * 3))).toBe(0);
  });

  it('never lowers from calls with earlier reasoning, which vendors may leave out of their count', () => {
    const reasoning: Message = {
      role: 'assistant',
      content: [{ type: 'reasoning', text: 'hm', seal: undefined }],
    };
    const call = { ...CALL, messages: [...CALL.messages, reasoning] };
    expect(learnt(call, usageOf(TOKENS / 2))).toBe(0);
    expect(learnt(call, usageOf(TOKENS * 2))).toBeGreaterThan(0);
  });

  it('is bounded: a broken count of the upstream does not spoil every estimate', () => {
    expect(learnt(CALL, usageOf(TOKENS * 1_000))).toBeLessThan(TOKENS * 4);
  });

  it('from tiny calls is what the upstream adds, not how it counts', () => {
    const raised = learnt(proseCall(20), usageOf(400));
    expect(raised).toBeGreaterThan(300);
    expect(raised).toBeLessThan(400);
  });

  it('is kept of a thousand models at most, the oldest forgotten', () => {
    const estimator = createEstimator();
    const named = (index: number) => ({ ...MODEL, apiName: `m${index}` });
    for (let index = 0; index <= 1_000; index += 1) estimator.learn(CALL, usageOf(TOKENS * 2), named(index));
    expect(estimator.estimate(CALL, named(0))).toBe(createEstimator().estimate(CALL, MODEL));
    expect(estimator.estimate(CALL, named(1))).toBeGreaterThan(estimator.estimate(CALL, named(0)));
  });

  it('falls as fast when one call in eight stands for the others', () => {
    const estimator = createEstimator();
    for (let index = 0; index < 64 + 80; index += 1) estimator.learn(CALL, usageOf(TOKENS * 0.6), MODEL);
    const ratio = 0.6 + (1.25 - 0.6) * (1 - 1 / 64) ** (64 + 80);
    expect((estimator.estimate(CALL, MODEL) - 16) / TOKENS).toBeCloseTo(ratio * 1.1, 2);
  });

  it('is raised by every dearer call, however many cheaper ones came before it', () => {
    const estimator = createEstimator();
    let dearer = 0.7;
    for (let index = 0; index < 300; index += 1) {
      estimator.learn(CALL, usageOf(TOKENS * 0.6), MODEL);
      if (index % 29 !== 0) continue;
      // Each dearer than all before it.
      dearer += 0.1;
      estimator.learn(CALL, usageOf(TOKENS * dearer), MODEL);
      expect(estimator.estimate(CALL, MODEL)).toBeGreaterThanOrEqual(TOKENS * dearer);
    }
  });

  it('from calls with tools is learnt from one in eight after the first sixteen', () => {
    let counted = 0;
    const parameters = {
      get type() {
        counted += 1;
        return 'object';
      },
    };
    const call = { ...CALL, tools: [{ name: 'f', description: undefined, parameters, strict: undefined }] };
    const estimator = createEstimator();
    for (let index = 0; index < 16 + 80; index += 1) estimator.learn(call, usageOf(TOKENS), MODEL);
    expect(counted).toBe(16 + 10);
  });
});
