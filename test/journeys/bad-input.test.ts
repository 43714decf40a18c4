// Whatever a client gets wrong is a 4xx in its own dialect that names the field, and never costs an upstream call.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { send } from './raw-client.ts';
import { openStage, type Stage } from './stage.ts';

const user = { role: 'user', content: 'hello' };
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

type Case = {
  readonly name: string;
  readonly body: string | Uint8Array;
  readonly status: number;
  readonly code: string | null;
  readonly param: string | null;
};

const json = (body: object): string =>
  JSON.stringify({ model: 'claude-sonnet-4-6', messages: [user], ...body });

const CASES: readonly Case[] = [
  { name: 'malformed JSON', body: '{"model": "x",', status: 400, code: null, param: null },
  { name: 'an empty body', body: '', status: 400, code: null, param: null },
  { name: 'a body that is no object', body: '[1]', status: 400, code: null, param: null },
  {
    name: 'invalid UTF-8',
    body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    status: 400,
    code: null,
    param: null,
  },
  {
    name: 'deep nesting',
    body: json({ metadata: 0 }).replace('"metadata":0', `"metadata":${nested(10_000)}`),
    status: 400,
    code: null,
    param: null,
  },
  { name: 'a missing model', body: json({ model: undefined }), status: 400, code: null, param: 'model' },
  { name: 'a model of the wrong type', body: json({ model: 7 }), status: 400, code: null, param: 'model' },
  {
    name: 'an unknown model',
    body: json({ model: 'claude-sonet-4-6' }),
    status: 404,
    code: 'model_not_found',
    param: 'model',
  },
  {
    name: 'missing messages',
    body: json({ messages: undefined }),
    status: 400,
    code: null,
    param: 'messages',
  },
  { name: 'empty messages', body: json({ messages: [] }), status: 400, code: null, param: 'messages' },
  {
    name: 'messages of the wrong type',
    body: json({ messages: 'hello' }),
    status: 400,
    code: null,
    param: 'messages',
  },
  {
    name: 'a message of the wrong type',
    body: json({ messages: [user, 7] }),
    status: 400,
    code: null,
    param: 'messages[1]',
  },
  {
    name: 'an unknown role',
    body: json({ messages: [{ role: 'narrator', content: 'x' }] }),
    status: 400,
    code: null,
    param: 'messages[0].role',
  },
  {
    name: 'an unknown content part',
    body: json({ messages: [{ role: 'user', content: [{ type: 'smell' }] }] }),
    status: 400,
    code: null,
    param: 'messages[0].content[0].type',
  },
  {
    name: 'a tool result without its call',
    body: json({ messages: [user, { role: 'tool', tool_call_id: 'x', content: 'y' }] }),
    status: 400,
    code: null,
    param: 'messages[1]',
  },
  {
    name: 'a temperature out of range',
    body: json({ temperature: 3 }),
    status: 400,
    code: null,
    param: 'temperature',
  },
  {
    name: 'a max_tokens of the wrong type',
    body: json({ max_tokens: 'many' }),
    status: 400,
    code: null,
    param: 'max_tokens',
  },
  {
    name: 'a forced tool that is not offered',
    body: json({ tool_choice: { type: 'function', function: { name: 'f' } } }),
    status: 400,
    code: null,
    param: 'tool_choice',
  },
  {
    name: 'logprobs',
    body: json({ logprobs: true }),
    status: 400,
    code: 'unsupported_parameter',
    param: 'logprobs',
  },
];

describe('bad input', () => {
  let stage: Stage;
  let headers: Record<string, string>;

  beforeAll(async () => {
    stage = await openStage({
      configure: (config) => ({ ...config, server: { ...config.server, bodyBytesMax: 100_000 } }),
    });
    headers = { 'content-type': 'application/json', authorization: `Bearer ${stage.clientKey}` };
  });

  afterAll(async () => {
    expect(await stage.journal()).toEqual([]);
    await stage.close();
  });

  it.each(CASES)('$name is a $status that names the field', async ({ body, status, code, param }) => {
    const reply = await send(stage.url, { headers, body });
    const { error } = JSON.parse(reply.text);
    expect({ status: reply.status, code: error.code, type: typeof error.type }).toEqual({
      status,
      code: code ?? error.code,
      type: 'string',
    });
    if (param === null) expect(error.param).toBeNull();
    else expect(error.param).toMatch(new RegExp(`^${param.replace(/[[\]]/g, '\\$&')}`));
    expect(error.message).toMatch(/\w/);
  });

  it('names the nearest models for one that does not exist', async () => {
    const reply = await send(stage.url, { headers, body: json({ model: 'claude-sonet-4-6' }) });
    expect(reply.text).toContain('claude-sonnet-4-6');
  });

  it.each([
    { name: 'a route without /v1', path: '/chat/completions', hint: '/v1/chat/completions' },
    { name: 'a doubled /v1', path: '/v1/v1/chat/completions', hint: '/v1' },
    { name: 'a route that does not exist', path: '/v1/nothing', hint: '' },
  ])('$name is a 404 that helps', async ({ path, hint }) => {
    const reply = await send(stage.url, { path, headers, body: json({}) });
    expect(reply.status).toBe(404);
    expect(JSON.parse(reply.text).error.message).toContain(hint);
  });

  it('the wrong method is a 405 that names the right one', async () => {
    const reply = await send(stage.url, { method: 'PUT', headers });
    expect(reply.status).toBe(405);
    expect(reply.headers['allow']).toContain('POST');
  });

  it.each([true, false])('a body over the limit is a 413 (length declared: %s)', async (declared) => {
    const body = json({ messages: [{ role: 'user', content: 'x'.repeat(200_000) }] });
    const framing = declared ? { 'content-length': String(body.length) } : { 'transfer-encoding': 'chunked' };
    const reply = await send(stage.url, { headers: { ...headers, ...framing }, body }).catch(
      (error: unknown) => error,
    );
    // The gateway may close before it has read all of it; what it must not do is answer anything else.
    if (!(reply instanceof Error)) expect(reply).toMatchObject({ status: 413 });
  });
});
