// What is old or absent in OpenAI's API, with the official client over sockets: callers of `functions` are answered in that
// word, and paths with nothing behind them say what there is instead.

import { randomUUID } from 'node:crypto';

import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { ORGS } from './orgs.ts';
import { openStage, type Stage } from './stage.ts';

const FUNCTIONS = [{ name: 'get_weather', parameters: { type: 'object', properties: {} } }];

describe.each(ORGS.filter(({ org }) => org !== 'classic-only'))('functions on $org', ({ model, state }) => {
  let stage: Stage;
  let client: OpenAI;

  beforeAll(async () => {
    stage = await openStage({ org: state });
    client = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: stage.clientKey, maxRetries: 0 });
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.close());

  const scriptCalls = (city: string) =>
    stage.script({
      match: {},
      reply: {
        text: 'Looking.',
        toolCalls: [
          { name: 'get_weather', arguments: { city } },
          { name: 'get_weather', arguments: { city: 'another' } },
        ],
      },
    });

  it('are called in their own word, one at a time, and their results are understood', async () => {
    const [city, proof] = [randomUUID(), randomUUID()];
    await scriptCalls(city);
    const messages: OpenAI.Chat.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Weather?' }];
    const first = await client.chat.completions.create({ model, messages, functions: FUNCTIONS });
    const choice = first.choices[0];
    if (choice === undefined) throw new Error('a reply without choices');
    expect(choice.finish_reason).toBe('function_call');
    expect(choice.message.tool_calls).toBeUndefined();
    expect(choice.message.function_call?.name).toBe('get_weather');
    expect(JSON.parse(choice.message.function_call?.arguments ?? '')).toEqual({ city });

    messages.push(choice.message, { role: 'function', name: 'get_weather', content: proof });
    await stage.script({ match: { contains: proof }, reply: { text: `It is ${proof}.` } });
    const second = await client.chat.completions.create({ model, messages, functions: FUNCTIONS });
    expect(second.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: `It is ${proof}.` },
    });
  });

  it('are called in their own word in a stream too', async () => {
    const city = randomUUID();
    await scriptCalls(city);
    const stream = client.chat.completions.stream({
      model,
      messages: [{ role: 'user', content: 'Weather?' }],
      functions: FUNCTIONS,
    });
    const choice = (await stream.finalChatCompletion()).choices[0];
    expect(choice?.finish_reason).toBe('function_call');
    expect(choice?.message.function_call?.name).toBe('get_weather');
    expect(JSON.parse(choice?.message.function_call?.arguments ?? '')).toEqual({ city });
  });
});

describe('what is absent', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());

  it.each([
    ['POST', '/v1/batches', /one by one/],
    ['GET', '/v1/files', /inside a message/],
    ['POST', '/v1/files', /inside a message/],
    ['POST', '/v1/audio/transcriptions', /hears or speaks/],
    ['POST', '/v1/audio/speech', /hears or speaks/],
    ['POST', '/v1/images/generations', /draws/],
    ['POST', '/v1/moderations', /safety scores/],
  ])('%s %s is refused in words that say what there is', async (method, path, says) => {
    const form = new FormData();
    form.set('file', new Blob(['x']), 'x.txt');
    const response = await fetch(`${stage.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${stage.clientKey}` },
      ...(method === 'POST' && { body: form }),
    });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: {
        type: 'invalid_request_error',
        code: 'unknown_url',
        message: expect.stringMatching(says),
      },
    });
    expect(await stage.journal()).toEqual([]);
  });

  it('raises as not found in the official client', async () => {
    const client = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: stage.clientKey, maxRetries: 0 });
    await expect(client.moderations.create({ input: 'a' })).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('/v1/chat/completions'),
    });
  });

  it('is a 400 for a model that is not named, and a 404 for a path that nobody knows', async () => {
    const post = (path: string) =>
      fetch(`${stage.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${stage.clientKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ messages: [{ role: 'user', content: 'a' }], input: 'a', prompt: 'a' }),
      });
    for (const path of ['/v1/chat/completions', '/v1/completions', '/v1/embeddings']) {
      const response = await post(path);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { param: 'model' } });
    }
    expect((await post('/v1/nothing')).status).toBe(404);
  });
});
