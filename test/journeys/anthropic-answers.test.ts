// What the official Anthropic clients get beside messages: counts of tokens, the list of models, errors in the words they
// act upon, and the refusal after which their tool loop carries on without a thread.

import Anthropic from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { MODES, VERSIONS, type Settings } from './anthropic-clients.ts';
import { newMarker, pdfWith, pngWith } from './media.ts';
import { ORGS } from './orgs.ts';
import { openStage, type Stage } from './stage.ts';

const CLAUDE = 'claude-sonnet-4-6';
const HELLO: Settings = { messages: [{ role: 'user', content: 'Hello.' }] };

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
beforeEach(() => stage.reset());
afterAll(() => stage.close());

describe.each(VERSIONS)('the $version client', ({ connect }) => {
  let client: Anthropic;
  beforeAll(() => {
    client = connect(stage);
  });

  it.each(ORGS.slice(0, 3))(
    'counts the tokens of a call to $org, never under what it costs',
    async ({ model }) => {
      const settings: Settings = {
        system: 'Be brief.',
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'A long story. '.repeat(500) },
              {
                type: 'image',
                source: { type: 'base64', media_type: 'image/png', data: pngWith(newMarker()) },
              },
              {
                type: 'document',
                source: { type: 'base64', media_type: 'application/pdf', data: pdfWith(newMarker()) },
              },
            ],
          },
        ],
        tools: [{ name: 'get_time', input_schema: { type: 'object', properties: {} } }],
      };
      const { input_tokens: counted } = await client.messages.countTokens({ ...settings, model });
      // Counting is free of charge.
      expect(await stage.journal()).toEqual([]);
      const reply = await client.messages.create({ ...settings, model, max_tokens: 4_000 });
      expect(counted).toBeGreaterThanOrEqual(reply.usage.input_tokens);
    },
  );

  it('lists the models, and tells each of them', async () => {
    const listed = [];
    for await (const model of client.models.list({ limit: 1_000 })) listed.push(model);
    expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining(ORGS.map(({ model }) => model)));
    for (const model of listed) {
      expect(model).toMatchObject({ type: 'model', display_name: expect.stringMatching(/./) });
      expect(new Date(model.created_at).getTime()).toBeGreaterThan(0);
    }
    expect(await client.models.retrieve(CLAUDE)).toMatchObject({ type: 'model', id: CLAUDE });
  });

  it('says of an unknown model that it is not found', async () => {
    for (const { askVia } of MODES) {
      await expect(askVia(client, 'claude-nobody-9')(HELLO)).rejects.toMatchObject({
        status: 404,
        error: { type: 'error', error: { type: 'not_found_error' } },
      });
    }
    await expect(client.models.retrieve('claude-nobody-9')).rejects.toMatchObject({ status: 404 });
  });

  it('says of batches and files what there is instead', async () => {
    await expect(client.messages.batches.list()).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('one by one'),
      error: { type: 'error', error: { type: 'not_found_error' } },
    });
    await expect(client.beta.files.list()).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('inside a message'),
      error: { type: 'error', error: { type: 'not_found_error' } },
    });
  });

  it('says of a bad key that it is no key', async () => {
    const stranger = client.withOptions({ apiKey: 'wrong' });
    await expect(stranger.messages.create({ ...HELLO, model: CLAUDE, max_tokens: 9 })).rejects.toMatchObject({
      status: 401,
      error: { error: { type: 'authentication_error' } },
    });
  });

  it.each(ORGS.slice(0, 3))('passes on how long to wait for $org', async ({ model }) => {
    for (const { askVia } of MODES) {
      await stage.script({ match: {}, fault: { type: 'status', status: 429 } });
      const failure: unknown = await askVia(client, model)(HELLO).catch((error: unknown) => error);
      expect(failure).toMatchObject({ status: 429, error: { error: { type: 'rate_limit_error' } } });
      const { headers } = failure as { headers: Headers };
      expect(headers.get('retry-after')).toBe('37');
    }
  });

  it.each([
    { model: CLAUDE, characters: 700_000 },
    { model: 'gpt-4o', characters: 540_000 },
    { model: 'gemini-2.5-pro', characters: 7_200_000 },
  ])('keeps the words by which clients shorten a conversation with $model', async ({ model, characters }) => {
    const messages = [{ role: 'user' as const, content: 'x'.repeat(characters) }];
    for (const { askVia } of MODES) {
      await expect(askVia(client, model)({ messages })).rejects.toMatchObject({
        status: 400,
        message: expect.stringMatching(/prompt is too long.*\d{5,}.*\d{5,}/),
        error: { error: { type: 'invalid_request_error' } },
      });
    }
  });

  it.each(ORGS.slice(0, 3))('raises an error where a stream of $org breaks off', async ({ model }) => {
    for (const type of ['truncate', 'reset', 'error-event', 'garbage']) {
      const reply = { text: 'one two three', chunks: 3 };
      await stage.script({ match: {}, reply, fault: { type, afterChunks: 1 } });
      const stream = client.messages.stream({ ...HELLO, model, max_tokens: 4_000 });
      await expect(stream.finalMessage(), type).rejects.toThrow(Error);
    }
  });
});

describe('the tool loop of the newest client', () => {
  it('is refused its thread, and carries on with the whole conversation', async () => {
    const marker = newMarker();
    const client = new Anthropic({ baseURL: stage.url, apiKey: stage.clientKey, maxRetries: 0 });
    const weather = betaTool({
      name: 'get_weather',
      description: 'Weather of a city',
      inputSchema: { type: 'object', properties: {} },
      run: () => `sunny ${marker}`,
    });
    const runner = client.beta.messages.toolRunner({
      model: CLAUDE,
      max_tokens: 4_000,
      messages: [{ role: 'user', content: 'Call get_weather.' }],
      tools: [weather],
    });
    const last = await runner.runUntilDone();
    expect(JSON.stringify(last.content)).toContain(marker);
    // It did ask for a thread, once.
    expect(stage.log.filter((line) => line.includes('thread'))).toHaveLength(1);
    const bodies = (await stage.journal()).map(({ body }) => body as { messages: unknown[] });
    expect(bodies.map(({ messages }) => messages.length)).toEqual([1, 3]);
  });
});
