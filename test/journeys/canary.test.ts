// Canaries: a consumer secret, a client key, a bearer token and a prompt are planted, every kind of ending is played, and
// none of them may turn up in a log line, an error, a metric, a health page or what the org's journal shows of headers.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { hashKey } from '../../src/policy/index.ts';
import { send, type RawReply } from './raw-client.ts';
import { openStage, type Stage } from './stage.ts';

const SECRET = 'CANARY-SECRET-5f0e';
const KEY = 'CANARY-KEY-77aa-0123456789';
const PROMPT = 'CANARY-PROMPT-9c1d';

const ENDINGS: readonly { readonly name: string; readonly fault?: object; readonly stream?: boolean }[] = [
  { name: 'success' },
  { name: 'stream', stream: true },
  { name: 'rate limit', fault: { type: 'status', status: 429 } },
  { name: 'busy', fault: { type: 'status', status: 423 } },
  { name: 'server error', fault: { type: 'status', status: 500 } },
  {
    name: 'an error page that quotes the prompt',
    fault: { type: 'status', status: 400, body: `bad: ${PROMPT}` },
  },
  {
    name: 'an error that quotes the prompt',
    fault: {
      type: 'status',
      status: 400,
      body: { errorCode: 'BAD', messageCode: 'E1', message: `bad: ${PROMPT}` },
    },
  },
  ...[403, 429, 500, 503].map((status) => ({
    name: `a ${status} that quotes the prompt`,
    fault: {
      type: 'status',
      status,
      body: { errorCode: 'BAD', messageCode: 'E1', message: `bad: ${PROMPT}` },
    },
  })),
  { name: 'reset', fault: { type: 'reset' } },
  { name: 'reset in a stream', fault: { type: 'reset', afterChunks: 1 }, stream: true },
  { name: 'garbage', fault: { type: 'garbage' } },
  { name: 'garbage in a stream', fault: { type: 'garbage', afterChunks: 1 }, stream: true },
  { name: 'an error event', fault: { type: 'error-event', afterChunks: 1 }, stream: true },
  { name: 'a cut stream', fault: { type: 'truncate', afterChunks: 1 }, stream: true },
  { name: 'an empty stream', fault: { type: 'empty-stream' }, stream: true },
  { name: 'an error in a 200', fault: { type: 'ok-json-error' }, stream: true },
  { name: 'an expired token', fault: { type: 'expire-token' } },
];

describe('canaries', () => {
  let stage: Stage;
  let directory: string;
  const errors: string[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'forcegate-canary-'));
    stage = await openStage({
      simulator: { consumerSecret: SECRET },
      configure: (config) => ({
        ...config,
        log: { level: 'debug' },
        keys: { clients: [{ id: 'canary', sha256: hashKey(KEY), admin: true }] },
        login: { ...config.login, tokenFile: join(directory, 'token.json') },
      }),
    });
  });

  afterAll(async () => {
    await stage.close();
    await rm(directory, { recursive: true });
  });

  async function ask(stream: boolean, key = KEY, extra: object = {}): Promise<RawReply> {
    const reply = await send(stage.url, {
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({
        model: 'gemini-2.5-flash',
        messages: [{ role: 'user', content: PROMPT }],
        stream,
        ...extra,
      }),
    });
    if (reply.status !== 200) errors.push(reply.text);
    return reply;
  }

  it('are found nowhere after every kind of ending', async () => {
    for (const { fault, stream } of ENDINGS) {
      if (fault !== undefined)
        await stage.script({ match: {}, fault, reply: { text: 'one two three', chunks: 3 } });
      await ask(stream ?? false);
    }
    await ask(false, `${KEY}-wrong`);
    await ask(false, KEY, { tools: PROMPT });
    await ask(false, KEY, { [PROMPT]: 1 });
    await stage.change({ login: 'authentication-failure' });
    await stage.script({ match: {}, fault: { type: 'expire-token' } });
    await ask(false);
    const token: { access_token: string } = JSON.parse(await readFile(join(directory, 'token.json'), 'utf8'));
    const places = {
      log: stage.log.join(''),
      metrics: (await send(stage.url, { method: 'GET', path: '/metrics', headers: { 'x-api-key': KEY } }))
        .text,
      health: (await send(stage.url, { method: 'GET', path: '/health' })).text,
      ready: (await send(stage.url, { method: 'GET', path: '/readyz' })).text,
      journal: JSON.stringify((await stage.journal()).map((entry) => entry.headers)),
      errors: errors.join('\n'),
    };
    expect(places.log).toContain('"response_time"');
    expect(places.metrics).toContain('forcegate_requests_total');
    expect(errors.length).toBeGreaterThan(8);
    for (const [place, text] of Object.entries(places)) {
      for (const canary of [SECRET, KEY, token.access_token]) expect(text, place).not.toContain(canary);
      // A caller may be told their own words (the model they named); nobody else may.
      if (place !== 'errors') expect(text, place).not.toContain(PROMPT);
    }
  });
});
