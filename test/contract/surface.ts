// The contract of a surface: whatever implements src/salesforce/surfaces/port.ts passes this. To add a surface: a folder, a
// line in its registry, and samples in test/corpus/assumed/<id>/, each with its source.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Model } from '../../src/core/neutral/index.ts';
import type { Surface, SurfaceContext } from '../../src/salesforce/surfaces/port.ts';
import { textCall } from '../fakes/pipeline-parts.ts';
import { anyEnvelope, anyHeaders, mutated } from './arbitrary-envelopes.ts';
import { decodeSample, findModel, loadSamples, surfaceContext, type Sample } from './surface-corpus.ts';
import { describeLoss } from './surface-loss.ts';
import { describeStreams } from './surface-streams.ts';

/** A model of each family, and those that lack something. */
const MODELS: readonly Model[] = [
  'claude-sonnet-4-6',
  'claude-3-haiku',
  'gpt-5.4',
  'gpt-4o',
  'gemini-3.5-flash',
  'gemini-2.0-flash',
  'nova-pro',
  'nemotron-3-nano-30b',
  'acme__SupportModel',
].map(findModel);

export function runSurfaceContract(surface: Surface): void {
  const samples = loadSamples(surface.id);
  describe(`the surface ${surface.id}`, () => {
    describeIdentity(surface);
    describeCorpus(surface, samples);
    describeLoss(
      surface,
      MODELS.filter((model) => surface.serves(model)),
    );
    describeWholeReplies(surface, samples);
    if (surface.streams) describeStreams(surface, samples);
  });
}

function describeIdentity(surface: Surface): void {
  it('serves chat models and no embedding model', () => {
    expect(MODELS.filter((model) => surface.serves(model))).not.toEqual([]);
    expect(surface.serves(findModel('text-embedding-ada-002'))).toBe(false);
  });

  it.each([
    ['piiMasking', { piiMasking: true, localization: undefined }],
    ['localization', { piiMasking: undefined, localization: { defaultLocale: 'de_DE' } }],
  ] as const)('sends the operator’s %s exactly if it says so', (setting, trust) => {
    for (const model of MODELS.filter((candidate) => surface.serves(candidate))) {
      const bodyWith = (options: SurfaceContext['trust']): string =>
        surface.encode(textCall(), surfaceContext(model, { trust: options })).request.body;
      const sent = bodyWith(trust) !== bodyWith({ piiMasking: undefined, localization: undefined });
      expect(sent).toBe(surface.trustCarried.includes(setting));
    }
  });

  it('lets no model name change the path', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('../../x', '..', '.', 'a/b?c#d', '%2e%2e', 'a\r\nb', '\uD800')),
        (apiName) => {
          const model = { ...findModel('gpt-4o'), apiName };
          const path = (name: string): string =>
            surface.encode(textCall(), surfaceContext({ ...model, apiName: name })).request.path;
          let written: string;
          try {
            written = path(apiName);
          } catch (thrown) {
            // A name that no path can hold is refused.
            expect(thrown).toMatchObject({ code: 'model_not_found' });
            return;
          }
          expect(written).toMatch(/^\/[\w.!~*'()%/-]+$/);
          expect(new URL(written, 'https://host').pathname.split('/').length).toBe(
            path('plain').split('/').length,
          );
        },
      ),
    );
  });
}

function describeCorpus(surface: Surface, samples: readonly Sample[]): void {
  it('has samples, each with its source', () => {
    expect(samples.length).toBeGreaterThan(5);
    for (const sample of samples) expect([sample.name, sample.file.source]).not.toContain('');
  });

  it.each(samples.map((sample) => [sample.name, sample] as const))('reads the sample %s', (_name, sample) => {
    expect(decodeSample(surface, sample)).toEqual(sample.file.expect);
  });
}

function describeWholeReplies(surface: Surface, samples: readonly Sample[]): void {
  const context = surfaceContext(findModel('gpt-4o'));

  it('makes a failure of every status that is no success', () => {
    for (let status = 100; status < 600; status += 1) {
      if (status >= 200 && status < 300) continue;
      const decoded = surface.decode({ status, headers: {} }, Buffer.from(''), context);
      if (decoded.type === 'reply') throw new Error(`status ${status} became a reply`);
      const { error, token } = decoded.failure;
      expect([status, error.code]).not.toEqual([status, 'internal']);
      expect([status, token]).toEqual([
        status,
        status === 401 ? 'rejected' : status === 404 ? 'suspect' : 'unaffected',
      ]);
      expect(error.upstream?.status).toBe(status);
      expect(error.message.length).toBeGreaterThan(10);
    }
  });

  it('never throws, whatever comes', () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
      anyEnvelope.map((value) => Buffer.from(JSON.stringify(value))),
      mutated(samples),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), anyHeaders, body, (status, headers, bytes) => {
        const decoded = surface.decode({ status, headers }, bytes, context);
        if (status < 200 || status >= 300) expect(decoded.type).toBe('failure');
        if (decoded.type === 'failure') expect(decoded.failure.error.code).not.toBe('internal');
        else expect(decoded.reply.choices.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a page', '<html>eyJhbGciOi.eyJzdWIi.c2ln <b>secret-canary</b> Bearer 00D1.x</html>'],
    ['a page in a message', '{"message":"<html>secret-canary Bearer 00D1.x</html>"}'],
    ['text', 'secret-canary Bearer 00D1.x'],
    ['unknown JSON', '{"why":"secret-canary Bearer 00D1.x"}'],
  ])('shows no caller what is in %s, and logs no token', (_what, body) => {
    const decoded = surface.decode({ status: 500, headers: {} }, Buffer.from(body), context);
    if (decoded.type === 'reply') throw new Error('a reply');
    const { message, detail } = decoded.failure.error;
    expect(message).not.toContain('secret-canary');
    expect(detail).toContain('secret-canary');
    expect(detail).not.toMatch(/00D1|eyJ/);
  });

  it('bounds what it keeps of an error', () => {
    const decoded = surface.decode({ status: 500, headers: {} }, Buffer.alloc(1 << 20, 'x'), context);
    if (decoded.type === 'reply') throw new Error('a reply');
    expect(decoded.failure.error.detail?.length).toBe(2_000);
    const told = surface.decode(
      { status: 500, headers: {} },
      Buffer.from(`{"message":"${'y '.repeat(20_000)}"}`),
      context,
    );
    expect(told.type === 'failure' && told.failure.error.message.length).toBe(2_000);
  });
}
