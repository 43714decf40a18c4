// Large requests on their whole way: compressed by clients, compressed toward the org where it takes that, and sent again as
// they are where it does not, on every surface and for both dialects.

import { randomUUID } from 'node:crypto';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { ORGS } from './orgs.ts';
import { send, type RawReply } from './raw-client.ts';
import { openStage, type JournalEntry, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    // Longer ones would be too long for some of the models.
    configure: (config) => ({
      ...config,
      network: { ...config.network, compression: { requests: 'auto', requestBytesMin: 65_536 } },
    }),
  });
});
afterAll(() => stage.close());
afterEach(async () => {
  await stage.reset();
  await stage.renew();
});

const LARGE = 'many words '.repeat(20_000);

function ask(body: object | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<RawReply> {
  return send(stage.url, {
    headers: { 'content-type': 'application/json', authorization: `Bearer ${stage.clientKey}`, ...headers },
    body: Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
}

const question = (model: string, content: string, rest: object = {}): object => ({
  model,
  messages: [{ role: 'user', content }],
  ...rest,
});

const codings = (entries: readonly JournalEntry[]): readonly unknown[] =>
  entries.map(({ headers, status }) => [headers['content-encoding'], status]);

describe.each(ORGS)('toward $org by $surface', ({ model, surface, state }) => {
  it.each([false, true])(
    'a large request goes in gzip, and a small one as it is (stream: %s)',
    async (stream) => {
      await stage.change(state);
      const nonce = randomUUID();
      await stage.script({ match: { contains: nonce }, times: 2, reply: { text: `seen ${nonce}` } });
      for (const content of [`${LARGE}${nonce}`, nonce]) {
        const reply = await ask(question(model, content, { stream }));
        expect([reply.status, reply.text.includes('seen')]).toEqual([200, true]);
      }
      const journal = (await stage.journal()).filter((entry) => entry.surface === surface);
      expect(codings(journal)).toEqual([
        ['gzip', expect.any(Number)],
        [undefined, expect.any(Number)],
      ]);
      expect(JSON.stringify(journal[0]?.body)).toContain(`${LARGE}${nonce}`);
    },
  );

  it.each([415, 400] as const)('that is refused with %i goes again as it is, once', async (gzipRequests) => {
    await stage.change({ ...state, gzipRequests });
    for (const stream of [false, true]) {
      const nonce = randomUUID();
      await stage.script({ match: { contains: nonce }, reply: { text: `seen ${nonce}` } });
      const reply = await ask(question(model, `${LARGE}${nonce}`, { stream }));
      expect([reply.status, reply.text.includes('seen')]).toEqual([200, true]);
    }
    const journal = (await stage.journal()).filter((entry) => entry.surface === surface);
    expect(codings(journal)).toEqual([
      ['gzip', gzipRequests],
      [undefined, expect.any(Number)],
      [undefined, expect.any(Number)],
    ]);
    expect(stage.log.filter((line) => line.includes('"compression: refused"'))).not.toEqual([]);
  });
});

describe('a client that compresses', () => {
  it.each([
    ['gzip', (text: string) => gzipSync(text)],
    ['br', (text: string) => brotliCompressSync(text)],
    ['zstd', (text: string) => zstdCompressSync(text)],
  ])('with %s is served', async (coding, pack) => {
    const nonce = randomUUID();
    await stage.script({ match: { contains: nonce }, reply: { text: `seen ${nonce}` } });
    const body = pack(JSON.stringify(question('gemini-2.5-pro', nonce)));
    const reply = await ask(body, { 'content-encoding': coding });
    expect([reply.status, reply.text.includes(`seen ${nonce}`)]).toEqual([200, true]);
  });

  it('badly is told so in its dialect, and costs no call', async () => {
    const bad = gzipSync(JSON.stringify(question('gemini-2.5-pro', 'x'))).subarray(0, -9);
    const openai = await ask(bad, { 'content-encoding': 'gzip' });
    expect([openai.status, JSON.parse(openai.text).error]).toEqual([
      400,
      expect.objectContaining({
        type: 'invalid_request_error',
        param: 'content-encoding',
        message: expect.stringContaining('ends too early'),
      }),
    ]);
    const anthropic = await send(stage.url, {
      path: '/v1/messages',
      headers: {
        'content-type': 'application/json',
        'x-api-key': stage.clientKey,
        'content-encoding': 'compress',
      },
      body: bad,
    });
    expect([anthropic.status, JSON.parse(anthropic.text)]).toEqual([
      415,
      expect.objectContaining({
        type: 'error',
        error: expect.objectContaining({ type: 'invalid_request_error' }),
      }),
    ]);
    expect(await stage.journal()).toEqual([]);
  });
});
