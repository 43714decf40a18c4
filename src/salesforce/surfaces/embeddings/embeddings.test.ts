// What the classic embeddings surface sends and what it makes of answers (reference 2.5).

import { describe, expect, it } from 'vitest';

import { findModel } from '../../../../test/contract/surface-corpus.ts';
import { createEmbeddings } from './index.ts';

const surface = createEmbeddings();
const model = findModel('text-embedding-ada-002');
const NO_TRUST = { piiMasking: undefined, localization: undefined };
const OK = { status: 200, headers: {} };

function decode(body: unknown, texts: number, head = OK) {
  return surface.decode(head, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), texts);
}

describe('the classic embeddings surface', () => {
  it('sends the texts and nothing that would be ignored', () => {
    const request = surface.encode(['a', 'b'], { model, trust: NO_TRUST });
    expect(request.path).toBe(
      '/einstein/platform/v1/models/sfdc_ai__DefaultOpenAITextEmbeddingAda_002/embeddings',
    );
    expect(JSON.parse(request.body)).toEqual({ input: ['a', 'b'] });
  });

  it('sends the localization as it was configured', () => {
    const trust = { piiMasking: undefined, localization: { defaultLocale: 'de_DE' } };
    expect(JSON.parse(surface.encode(['a'], { model, trust }).body)).toEqual({
      input: ['a'],
      localization: { defaultLocale: 'de_DE' },
    });
  });

  it('serves embedding models and custom configurations, and no model that talks', () => {
    expect(
      ['acme__Vectors', 'gpt-4o', 'claude-sonnet-4-6'].map((name) => surface.serves(findModel(name))),
    ).toEqual([true, false, false]);
    expect(surface.serves(model)).toBe(true);
  });

  it('puts vectors in the order of their texts', () => {
    const body = {
      embeddings: [
        { embedding: [2], index: 1 },
        { embedding: [1], index: 0 },
      ],
      parameters: { usage: { prompt_tokens: 11, total_tokens: 11 }, model: 'ada-v2', object: 'list' },
    };
    expect(decode(body, 2)).toMatchObject({
      type: 'vectors',
      vectors: [[1], [2]],
      usage: { inputTokens: 11 },
      servedModel: 'ada-v2',
    });
  });

  it('reads vectors without index or parameters', () => {
    expect(decode({ embeddings: [{ embedding: [1] }, { embedding: [2] }] }, 2)).toMatchObject({
      type: 'vectors',
      vectors: [[1], [2]],
      usage: { inputTokens: undefined },
    });
  });

  it.each([
    ['fewer vectors than texts', { embeddings: [{ embedding: [1], index: 0 }] }, 2],
    ['a vector too many', { embeddings: [{ embedding: [1] }, { embedding: [2] }] }, 1],
    [
      'one text twice',
      {
        embeddings: [
          { embedding: [1], index: 0 },
          { embedding: [2], index: 0 },
        ],
      },
      2,
    ],
    ['a vector of words', { embeddings: [{ embedding: ['x'] }] }, 1],
    ['an empty vector', { embeddings: [{ embedding: [] }] }, 1],
    ['no JSON', '<html>', 1],
    ['nothing known', {}, 1],
  ])('fails on %s', (_what, body, texts) => {
    expect(decode(body, texts)).toMatchObject({
      type: 'failure',
      failure: { error: { code: 'upstream_protocol' }, token: 'unaffected' },
    });
  });

  it.each([
    [401, 'upstream_unauthorized', 'rejected'],
    [404, 'model_not_found', 'suspect'],
    [429, 'upstream_rate_limited', 'unaffected'],
  ])('judges the status %i as the other surfaces do', (status, code, token) => {
    expect(decode({ message: 'no' }, 1, { status, headers: {} })).toMatchObject({
      type: 'failure',
      failure: { error: { code }, token },
    });
  });

  it('takes an error inside a 200 for what it is', () => {
    expect(decode({ errorCode: 'LIMIT_EXCEEDED', message: 'slow down' }, 1)).toMatchObject({
      failure: { error: { code: 'upstream_rate_limited', message: 'slow down' } },
    });
  });
});
