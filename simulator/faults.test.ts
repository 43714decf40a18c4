// Every fault of the control API, on streams, on whole replies and on the token endpoint.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { claude, framesOf, gpt, TestOrg } from './test-client.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await TestOrg.open();
});
afterAll(() => org.close());
afterEach(() => org.reset());

const next = (fault: unknown, reply: unknown = { text: 'abcdef', chunks: 6 }) =>
  org.say({ match: {}, reply, fault });
const dataOf = (text: string): string[] => framesOf(text).map((frame) => frame.data);
const deltasIn = (text: string): string[] =>
  dataOf(text).flatMap((data) => {
    try {
      const content: unknown = JSON.parse(data).generation_details?.generations[0]?.content;
      return typeof content === 'string' && content.length === 1 ? [content] : [];
    } catch {
      return [];
    }
  });
const lastOutcome = async (): Promise<unknown> => {
  const entries = (await org.control('GET', '/requests?idle&surface=gateway-generations')).json;
  return entries.at(-1).outcome;
};

describe('status', () => {
  it('answers with the surface error body, and on 429 with its rate-limit headers (3.10, O H)', async () => {
    await next({ type: 'status', status: 429 });
    const reply = await org.streamReply(gpt, 'x');
    expect([reply.status, reply.headers['x-ratelimit-reset']]).toEqual([429, '37']);
    expect(reply.json).toMatchObject({
      errorCode: 'LIMIT_EXCEEDED',
      extendedErrorDetails: [{ providerStatusCode: 429 }],
    });
  });

  it('takes its own body and headers instead', async () => {
    await next({ type: 'status', status: 503, body: 'down', headers: { 'retry-after': '2' } });
    const reply = await org.chat(gpt, 'x');
    expect([reply.status, reply.text, reply.headers['retry-after']]).toEqual([503, 'down', '2']);
    expect(reply.headers['content-type']).toBe('text/plain');
    await next({ type: 'status', status: 400, body: { any: 1 } });
    expect((await org.classic(gpt, 'x')).json).toEqual({ any: 1 });
  });

  it('answers 423 on both surfaces as busy (2.8, D)', async () => {
    await next({ type: 'status', status: 423 });
    expect((await org.classic(gpt, 'x')).json.message).toMatch(/^Server is busy/u);
  });
});

describe('reset', () => {
  it('breaks the connection before the head', async () => {
    await next({ type: 'reset' });
    await expect(org.streamReply(gpt, 'x')).rejects.toThrow();
    expect(await lastOutcome()).toBe('reset');
  });

  it.each([
    ['a stream', () => org.streamReply(gpt, 'x')],
    ['a whole reply', () => org.chat(gpt, 'x')],
  ])('breaks %s in the middle', async (_name, call) => {
    await next({ type: 'reset', afterChunks: 2 });
    await expect(call()).rejects.toThrow();
    expect(await lastOutcome()).toBe('reset');
  });

  it('breaks an h2 stream without breaking the session', async () => {
    const secure = await TestOrg.open({ tls: true, http2: true });
    await secure.token();
    await secure.say({ match: {}, fault: { type: 'reset' } });
    await expect(secure.chat(gpt, 'x')).rejects.toThrow();
    expect((await secure.chat(gpt, 'x')).status).toBe(200);
    await secure.close();
  });
});

describe('stall', () => {
  it('carries on after its time', async () => {
    await next({ type: 'stall', ms: 1 });
    expect(deltasIn((await org.streamReply(gpt, 'x')).text).join('')).toBe('abcdef');
    await next({ type: 'stall', ms: 1, afterChunks: 3 });
    const { text } = await org.streamReply(gpt, 'x');
    expect(deltasIn(text).join('')).toBe('abcdef');
    expect(dataOf(text).at(-1)).toBe('[DONE]');
  });

  it.each([
    ['before the head', { type: 'stall', ms: 600_000 }],
    ['in the middle', { type: 'stall', ms: 600_000, afterChunks: 1 }],
  ])('ends when the client hangs up %s, and the journal says aborted', async (_name, fault) => {
    await next(fault);
    const controller = new AbortController();
    const call = org.streamReply(gpt, 'x', {}, controller.signal);
    let inFlight = 0;
    while (inFlight === 0) inFlight = (await org.control('GET', '/stats')).json.inFlight;
    controller.abort();
    await expect(call).rejects.toThrow();
    expect(await lastOutcome()).toBe('aborted');
    expect((await org.control('GET', '/stats')).json.inFlight).toBe(0);
  });

  it('does not hold up the end of the simulator', async () => {
    const other = await TestOrg.open();
    await other.token();
    await other.say({ match: {}, fault: { type: 'stall', ms: 600_000 } });
    const call = expect(other.chat(gpt, 'x')).rejects.toThrow();
    let inFlight = 0;
    while (inFlight === 0) inFlight = (await other.control('GET', '/stats')).json.inFlight;
    await other.close();
    await call;
  });
});

describe('truncate', () => {
  it('ends a stream cleanly without its finish', async () => {
    await next({ type: 'truncate' });
    const { text } = await org.streamReply(gpt, 'x');
    expect(deltasIn(text).join('')).toBe('abcdef');
    expect(text).not.toMatch(/"finish_reason":"|usage|DONE/u);
    await next({ type: 'truncate', afterChunks: 2 });
    expect(deltasIn((await org.streamReply(claude, 'x')).text)).toEqual(['a', 'b']);
    expect(await lastOutcome()).toBe('complete');
  });

  it('cuts a whole reply', async () => {
    await next({ type: 'truncate' });
    const reply = await org.chat(gpt, 'x');
    expect(reply.status).toBe(200);
    expect(() => reply.json).toThrow();
  });
});

describe('garbage', () => {
  it('is nothing a decoder can read, after the chunks asked for', async () => {
    await next({ type: 'garbage', afterChunks: 2 });
    const { text } = await org.streamReply(gpt, 'x');
    expect(deltasIn(text)).toEqual(['a', 'b']);
    expect(() => JSON.parse(dataOf(text).at(-1) ?? '') as unknown).toThrow();
    await next({ type: 'garbage' });
    const whole = await org.classic(gpt, 'x');
    expect(whole.headers['content-type']).toBe('application/json');
    expect(() => whole.json).toThrow();
  });
});

describe('error-event', () => {
  it('ends a stream with an error in the manner of the surface (3.6, 3.10, O H)', async () => {
    await next({ type: 'error-event', afterChunks: 3 });
    const { text } = await org.streamReply(gpt, 'x');
    expect(deltasIn(text)).toEqual(['a', 'b', 'c']);
    const last = framesOf(text).at(-1);
    expect(last?.event).toBe('error');
    expect(JSON.parse(last?.data ?? '')).toMatchObject({
      errorCode: 'INTERNAL_ERROR',
      messageCode: 'EXXXXX',
    });
  });

  it('is an error reply where nothing streams', async () => {
    await next({ type: 'error-event' });
    expect((await org.classic(gpt, 'x')).status).toBe(500);
  });
});

describe('odd successes', () => {
  it('can be a stream without any event', async () => {
    await next({ type: 'empty-stream' });
    const reply = await org.streamReply(gpt, 'x');
    expect([reply.status, reply.headers['content-type'], reply.text]).toEqual([200, 'text/event-stream', '']);
  });

  it('can be an error body with 200 instead of a stream', async () => {
    await next({ type: 'ok-json-error' });
    const reply = await org.streamReply(gpt, 'x');
    expect([reply.status, reply.headers['content-type']]).toEqual([200, 'application/json']);
    expect(reply.json.errorCode).toBe('INTERNAL_ERROR');
  });
});

describe('expire-token', () => {
  it('makes the token that was used worthless from then on (2.8, D)', async () => {
    const authorization = `Bearer ${(await org.login()).json.access_token}`;
    await next({ type: 'expire-token' });
    expect((await org.chat(gpt, 'x', {}, { authorization })).status).toBe(401);
    expect((await org.chat(gpt, 'x', {}, { authorization })).status).toBe(401);
    const fresh = `Bearer ${(await org.login()).json.access_token}`;
    expect((await org.chat(gpt, 'x', {}, { authorization: fresh })).status).toBe(200);
  });

  it('gives a token that has expired already, on the token endpoint', async () => {
    await org.say({ match: { surface: 'token' }, fault: { type: 'expire-token' } });
    const authorization = `Bearer ${(await org.login()).json.access_token}`;
    expect((await org.chat(gpt, 'x', {}, { authorization })).status).toBe(401);
  });
});

describe('the token endpoint', () => {
  const onToken = (fault: unknown) => org.say({ match: { surface: 'token' }, fault });

  it('can fail, break off, talk nonsense and answer late', async () => {
    await onToken({ type: 'status', status: 503 });
    expect((await org.login()).status).toBe(503);
    await onToken({ type: 'reset' });
    await expect(org.login()).rejects.toThrow();
    expect((await org.control('GET', '/stats')).json.mints).toBe(0);
    await onToken({ type: 'garbage' });
    const garbage = await org.login();
    expect(() => garbage.json).toThrow();
    await onToken({ type: 'stall', ms: 1 });
    expect((await org.login()).json.token_format).toBe('jwt');
  });
});

describe('pace', () => {
  it('spreads the deltas and gives the same bytes, also in pieces of any size', async () => {
    const clean = (text: string) =>
      text.replaceAll(/[\da-f]{8}-?0000-?4000-?8000-?[\da-f]{12}|\d{10}/gu, '#');
    const script = { match: {}, reply: { text: 'Grüße 🙂', chunks: 4 } };
    await org.say(script);
    const plain = (await org.streamReply(gpt, 'x')).text;
    await org.say({ ...script, reply: { ...script.reply, firstByteMs: 1, chunkMs: 1 } });
    expect(clean((await org.streamReply(gpt, 'x')).text)).toBe(clean(plain));
    await org.set({ wireChunkBytes: 7 });
    await org.say(script);
    expect(clean((await org.streamReply(gpt, 'x')).text)).toBe(clean(plain));
  });
});
