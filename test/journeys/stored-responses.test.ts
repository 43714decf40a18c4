// Responses over real sockets as far as no official client goes: two keys that must not see each other's, routes beside create,
// sockets that are asked for and refused, and what is written on the wire.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { hashKey } from '../../src/policy/index.ts';
import { readResponse, readResponseStream } from '../contract/read-openai-responses.ts';
import { send } from './raw-client.ts';
import { openStage, type Stage } from './stage.ts';

const OTHER_KEY = 'another-client-key';
const MODEL = 'gpt-5.4';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({
    configure: (config) => ({
      ...config,
      keys: {
        clients: [...config.keys.clients, { id: 'other', sha256: hashKey(OTHER_KEY), admin: false }],
      },
    }),
  });
});
beforeEach(() => stage.reset());
afterAll(() => stage.close());

type Fields = Record<string, unknown>;
type Got = { readonly status: number; readonly body: string; readonly json: () => Fields };

async function ask(method: string, path: string, body?: unknown, key = stage.clientKey): Promise<Got> {
  const response = await fetch(`${stage.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const got = await response.text();
  return { status: response.status, body: got, json: () => JSON.parse(got) as Fields };
}

const create = (fields: Fields, key?: string) =>
  ask('POST', '/v1/responses', { model: MODEL, input: 'hello', ...fields }, key);

describe('a stored response', () => {
  it("is none of another key's", async () => {
    const id = String((await create({})).json()['id']);
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/cancel'],
      ['GET', '/input_items'],
    ] as const) {
      expect((await ask(method, `/v1/responses/${id}${path}`, undefined, OTHER_KEY)).status).toBe(404);
    }
    expect((await create({ previous_response_id: id }, OTHER_KEY)).status).toBe(400);
    expect((await ask('GET', `/v1/responses/${id}`)).json()).toMatchObject({ id, status: 'completed' });
    expect(await stage.journal()).toHaveLength(1);
  });

  it('is the one that its stream ended with', async () => {
    const { body } = await create({ stream: true });
    expect(readResponseStream(body).ending).toBe('finished');
    const id = /"id":"(resp_[0-9a-f]+)"/.exec(body)?.[1] ?? '';
    const stored = await ask('GET', `/v1/responses/${id}`);
    expect(readResponse(stored.body)).toEqual(readResponseStream(body).reply);
  });

  it('gives its input a page at a time', async () => {
    const input = ['one', 'two', 'three'].map((content) => ({ role: 'user', content }));
    const id = String((await create({ input })).json()['id']);
    const path = `/v1/responses/${id}/input_items`;
    const first = (await ask('GET', `${path}?limit=2&order=asc`)).json();
    expect(first).toMatchObject({ has_more: true, data: [{ content: 'one' }, { content: 'two' }] });
    const rest = (await ask('GET', `${path}?limit=2&order=asc&after=${String(first['last_id'])}`)).json();
    expect(rest).toMatchObject({ has_more: false, data: [{ content: 'three' }] });
    expect((await ask('GET', path)).json()).toMatchObject({ data: [{ content: 'three' }, {}, {}] });
    expect((await ask('GET', `${path}?limit=0`)).status).toBe(400);
  });

  it('lends its items to requests that only name them, and only to its own key', async () => {
    await stage.script({ match: {}, reply: { text: 'the word is PLUM' } });
    const output = (await create({})).json()['output'] as Fields[];
    const input = [
      { type: 'item_reference', id: output[0]?.['id'] },
      { role: 'user', content: 'again' },
    ];
    expect((await create({ input })).status).toBe(200);
    expect(await stage.lastUpstreamBody()).toContain('the word is PLUM');
    const refused = await create({ input }, OTHER_KEY);
    expect(refused.status).toBe(400);
    expect(refused.json()).toMatchObject({ error: { param: 'input[0].id' } });
  });
});

describe('beside create', () => {
  it('counts the tokens of an input, that of a stored response included', async () => {
    const alone = (await ask('POST', '/v1/responses/input_tokens', { model: MODEL, input: 'hello' })).json();
    expect(alone).toMatchObject({ object: 'response.input_tokens', input_tokens: expect.any(Number) });
    const id = (await create({ input: 'many words '.repeat(50) })).json()['id'];
    const body = { model: MODEL, input: 'hello', previous_response_id: id };
    const counted = (await ask('POST', '/v1/responses/input_tokens', body)).json();
    expect(Number(counted['input_tokens'])).toBeGreaterThan(Number(alone['input_tokens']) + 50);
  });

  it('compacts a conversation to a summary that the next request goes on from', async () => {
    await stage.script({ match: { contains: 'the secret is PEAR' }, reply: { text: 'They spoke of PEAR.' } });
    const input = [{ role: 'user', content: 'the secret is PEAR' }];
    const compacted = (await ask('POST', '/v1/responses/compact', { model: MODEL, input })).json();
    expect(compacted).toMatchObject({
      object: 'response.compaction',
      output: [{ type: 'compaction' }],
      usage: { output_tokens: expect.any(Number) },
    });
    const next = [...(compacted['output'] as Fields[]), { role: 'user', content: 'what was it?' }];
    expect((await create({ input: next })).status).toBe(200);
    expect(await stage.lastUpstreamBody()).toContain('They spoke of PEAR.');
  });

  it('tells a client that asks for a socket that there is none', async () => {
    const headers = {
      authorization: `Bearer ${stage.clientKey}`,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    };
    const { status, text } = await send(stage.url, { method: 'GET', path: '/v1/responses', headers });
    expect([status, JSON.parse(text)]).toEqual([
      426,
      { error: expect.objectContaining({ param: 'upgrade' }) },
    ]);
  });

  it('has nothing to read at the path of create', async () => {
    expect((await ask('GET', '/v1/responses')).status).toBe(405);
  });
});
