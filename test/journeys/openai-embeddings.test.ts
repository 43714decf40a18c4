// The official OpenAI client's embeddings through the gateway to a simulated org, over TLS and real sockets. The org makes
// the same vector of the same text, so that a vector in the wrong place shows.

import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { CLASSIC_ONLY } from './orgs.ts';
import { openStage, type Stage } from './stage.ts';

const MODEL = 'text-embedding-ada-002';
const LONG = 250;

describe.each([
  ['an org with every surface', {}],
  ['an org with the classic surface alone', CLASSIC_ONLY],
])('embeddings on %s', (_org, org) => {
  let stage: Stage;
  let client: OpenAI;

  beforeAll(async () => {
    stage = await openStage({ org });
    client = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: stage.clientKey, maxRetries: 0 });
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.close());

  it('gives the same vectors as numbers and as base64, which the client asks for by itself', async () => {
    const plain = await client.embeddings.create({ model: MODEL, input: 'hello', encoding_format: 'float' });
    const packed = await client.embeddings.create({ model: MODEL, input: 'hello' });
    const [a, b] = [plain.data[0]?.embedding ?? [], packed.data[0]?.embedding ?? []];
    expect(a).toHaveLength(1_536);
    expect(b).toEqual(a.map((value) => Math.fround(value)));
    expect(plain).toMatchObject({ object: 'list', model: MODEL, data: [{ object: 'embedding', index: 0 }] });
    expect(plain.usage.prompt_tokens).toBeGreaterThan(0);
    expect((await stage.journal()).map(({ surface }) => surface)).toEqual(['embeddings', 'embeddings']);
  });

  it('sends a long list in batches and gives every text its own vector', async () => {
    const texts = Array.from({ length: LONG }, (_, index) => `text number ${index}`);
    const { data, usage } = await client.embeddings.create({
      model: MODEL,
      input: texts,
      encoding_format: 'float',
    });
    expect(data.map(({ index }) => index)).toEqual(texts.map((_, index) => index));
    const journal = await stage.journal();
    expect(journal.length).toBe(3);
    const sent = journal.map(({ body }) => (body as { readonly input: readonly string[] }).input);
    expect(sent.flat().toSorted()).toEqual(texts.toSorted());
    const last = await client.embeddings.create({
      model: MODEL,
      input: texts.at(-1) ?? '',
      encoding_format: 'float',
    });
    expect(data.at(-1)?.embedding).toEqual(last.data[0]?.embedding);
    expect(usage.prompt_tokens).toBeGreaterThan(last.usage.prompt_tokens * 200);
  });

  it('logs in again when its token is no longer taken', async () => {
    await client.embeddings.create({ model: MODEL, input: 'warm' });
    const { mints } = await stage.statistics();
    await stage.script({ match: {}, fault: { type: 'expire-token' } });
    const { data } = await client.embeddings.create({ model: MODEL, input: 'again' });
    expect(data).toHaveLength(1);
    expect((await stage.statistics()).mints).toBe(mints + 1);
    expect((await stage.journal()).map(({ status }) => status)).toEqual([200, 401, 200]);
  });

  it.each([
    ['another width', { input: 'a', dimensions: 256 }, 'dimensions'],
    ['token numbers', { input: [1, 2, 3] }, 'input'],
  ])('refuses %s by name and asks the org nothing', async (_what, wanted, param) => {
    await expect(client.embeddings.create({ model: MODEL, ...wanted })).rejects.toMatchObject({
      status: 400,
      param,
      code: 'unsupported_parameter',
    });
    expect(await stage.journal()).toEqual([]);
  });

  it('refuses a model that makes no embeddings', async () => {
    await expect(client.embeddings.create({ model: 'gpt-4o', input: 'a' })).rejects.toMatchObject({
      status: 400,
      param: 'model',
    });
  });

  it('lists its embedding models', async () => {
    const names = (await client.models.list()).data.map(({ id }) => id);
    expect(names).toContain(MODEL);
  });
});
