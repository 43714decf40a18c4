// One exchange over a real socket: answers, streams, back-pressure, clients that leave, slow bodies, closing.

import { describe, expect, it } from 'vitest';

import {
  HEAD,
  POST,
  connectBare,
  openServer,
  openServerPerTest,
  send,
  type BareClient,
  type RunningServer,
} from '../../test/fakes/server-parts.ts';
import { createSimulatedTime } from '../../test/simulated-time.ts';
import type { Exchange } from '../pipeline/port.ts';

const { open } = openServerPerTest();

/** Holds each exchange until the test lets it go. */
function hold({ pipeline }: RunningServer): {
  readonly next: () => Promise<Exchange>;
  readonly release: () => void;
} {
  const waiting: Exchange[] = [];
  const wanted: ((exchange: Exchange) => void)[] = [];
  const released = Promise.withResolvers<void>();
  pipeline.script = (exchange) => {
    const want = wanted.shift();
    if (want === undefined) waiting.push(exchange);
    else want(exchange);
    return released.promise;
  };
  return {
    next() {
      const exchange = waiting.shift();
      if (exchange !== undefined) return Promise.resolve(exchange);
      return new Promise((resolve) => void wanted.push(resolve));
    },
    release: () => released.resolve(),
  };
}

const aborted = (exchange: Exchange): Promise<void> =>
  new Promise((resolve) => {
    exchange.signal.onAbort(resolve);
  });

async function connectAndPost(
  server: RunningServer,
): Promise<{ client: BareClient; exchange: Exchange; readonly release: () => void }> {
  const held = hold(server);
  const client = connectBare(server.port);
  client.socket.write(POST);
  return { client, exchange: await held.next(), release: held.release };
}

describe('every answer', () => {
  it('carries the server’s headers, and no dialect overrides them', async () => {
    const { port, pipeline } = await open({ demo: true });
    pipeline.script = ({ out }) =>
      out.answer({
        status: 200,
        headers: {
          'content-type': 'text/plain',
          'cache-control': 'public',
          'content-length': '1',
          extra: 'yes',
        },
        body: 'größer',
      });
    const answer = await send(port);
    expect(answer.text).toBe('größer');
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain',
      'cache-control': 'no-store',
      'content-length': '8',
      'x-content-type-options': 'nosniff',
      'x-forcegate-demo': '1',
      extra: 'yes',
    });
    const refused = await send(port, { path: '/nowhere' });
    expect(refused.headers).toMatchObject({ 'cache-control': 'no-store', 'x-forcegate-demo': '1' });
  });

  it('reaches the client even with a header that HTTP cannot carry', async () => {
    const { port, pipeline } = await open();
    pipeline.script = ({ out }) =>
      out.answer({ status: 200, headers: { good: 'yes', bad: 'line\r\nbreak', wide: '模型' }, body: 'text' });
    const { status, headers, text } = await send(port);
    expect([status, headers.good, headers.bad, headers.wide, text]).toEqual([
      200,
      'yes',
      undefined,
      undefined,
      'text',
    ]);
  });

  it('is an error when the pipeline breaks its promise to give one', async () => {
    const { port, pipeline } = await open();
    pipeline.script = () => Promise.reject(new Error('broken'));
    expect((await send(port)).status).toBe(500);
    pipeline.script = () => undefined;
    expect((await send(port)).status).toBe(500);
  });

  it('is the first one given', async () => {
    const { port, pipeline } = await open();
    pipeline.script = ({ out }) => {
      out.answer({ status: 200, headers: {}, body: 'first' });
      out.answer({ status: 500, headers: {}, body: 'second' });
      out.openStream(200, {});
      out.write('third');
      out.end();
    };
    expect((await send(port)).text).toBe('first');
  });
});

describe('a stream', () => {
  it('is told as it comes, with headers that keep proxies from holding it back', async () => {
    const server = await open();
    const { client, exchange, release } = await connectAndPost(server);
    exchange.out.openStream(200, { 'content-type': 'text/event-stream', 'cache-control': 'max-age=9' });
    await client.until('\r\n\r\n');
    const head = client.text().toLowerCase();
    for (const line of [
      'http/1.1 200 ok',
      'content-type: text/event-stream',
      'cache-control: no-store, no-transform',
      'x-accel-buffering: no',
      'connection: keep-alive',
      'transfer-encoding: chunked',
    ])
      expect(head).toContain(line);
    exchange.out.write('data: one\n\n');
    await client.until('data: one');
    exchange.out.write('data: two\n\n');
    exchange.out.end();
    exchange.out.write('data: late\n\n');
    await client.until('0\r\n\r\n');
    expect(client.text()).toContain('data: two');
    expect(client.text()).not.toContain('late');
    release();
    client.socket.destroy();
  });

  it('says when its client is behind, and when it has caught up', async () => {
    const server = await open();
    const { client, exchange, release } = await connectAndPost(server);
    client.socket.pause();
    exchange.out.openStream(200, {});
    const frame = 'x'.repeat(64 * 1024);
    let written = 0;
    let accepted = true;
    while (accepted && written < 500) {
      accepted = exchange.out.write(frame);
      written += 1;
    }
    expect(accepted).toBe(false);
    const drained = new Promise<void>((resolve) => exchange.out.onDrain(resolve));
    client.socket.resume();
    await drained;
    exchange.out.end();
    await client.until('0\r\n\r\n');
    expect(client.text().match(/x/g)?.length).toBeGreaterThanOrEqual(written * frame.length);
    release();
    client.socket.destroy();
  });

  it('is cut off when its client leaves more unread than the limit', async () => {
    const server = await open({ outBufferBytesMax: 1024 * 1024 });
    const { client, exchange, release } = await connectAndPost(server);
    client.socket.pause();
    exchange.out.openStream(200, {});
    const gone = aborted(exchange);
    const frame = 'x'.repeat(256 * 1024);
    for (let count = 0; count < 100; count += 1) exchange.out.write(frame);
    await gone;
    expect(exchange.out.write('more')).toBe(true);
    release();
    client.socket.destroy();
  });

  it('is not broken into by bad bytes behind its request', async () => {
    const server = await open();
    const { client, exchange, release } = await connectAndPost(server);
    exchange.out.openStream(200, {});
    exchange.out.write('data: one\n\n');
    await client.until('data: one');
    client.socket.write('garbage\r\n\r\n');
    const text = await client.closed;
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    release();
  });
});

describe('a client that leaves', () => {
  it('before the answer aborts the signal', async () => {
    const server = await open();
    const { client, exchange, release } = await connectAndPost(server);
    expect(exchange.signal.aborted).toBe(false);
    const gone = aborted(exchange);
    client.socket.destroy();
    await gone;
    exchange.out.answer({ status: 200, headers: {}, body: 'nobody reads this' });
    release();
  });

  it('politely, by closing its side, aborts the signal as well', async () => {
    const server = await open();
    const { client, exchange, release } = await connectAndPost(server);
    const gone = aborted(exchange);
    client.socket.end();
    await gone;
    release();
  });

  it('in the middle of a stream aborts the signal', async () => {
    const server = await open();
    const { client, exchange, release } = await connectAndPost(server);
    exchange.out.openStream(200, {});
    exchange.out.write('data: one\n\n');
    await client.until('data: one');
    const gone = aborted(exchange);
    client.socket.destroy();
    await gone;
    expect(exchange.out.write('data: two\n\n')).toBe(true);
    exchange.out.end();
    release();
  });

  it('is noticed by who asks for the signal only afterwards', async () => {
    const server = await open();
    const held = hold(server);
    const client = connectBare(server.port);
    client.socket.write(POST);
    const exchange = await held.next();
    client.socket.destroy();
    await client.closed;
    await aborted(exchange);
    held.release();
  });

  it('aborts the requests it had pipelined behind the first too', async () => {
    const server = await open();
    const held = hold(server);
    const client = connectBare(server.port);
    client.socket.write(POST + POST);
    const exchanges = [await held.next(), await held.next()];
    const gone = Promise.all(exchanges.map(aborted));
    client.socket.destroy();
    await gone;
    held.release();
  });

  it('after the answer aborts nothing', async () => {
    const server = await open();
    const { client, exchange, release } = await connectAndPost(server);
    const { signal } = exchange;
    exchange.out.answer({ status: 200, headers: {}, body: 'done' });
    await client.until('done');
    client.socket.destroy();
    release();
    await server.server.close();
    expect(signal.aborted).toBe(false);
    expect(server.server.statistics()).toMatchObject({ connections: 0, exchanges: 0 });
  });

  it('before its body is whole is settled as gone, and never served', async () => {
    const { port, pipeline, server } = await open();
    const client = connectBare(port);
    client.socket.write(`${HEAD}content-length: 100\r\n\r\n{`);
    client.socket.end();
    await client.closed;
    await server.close();
    expect(pipeline.ran).toEqual([]);
    expect(pipeline.refused.map(({ error }) => error.code)).toEqual(['client_closed']);
  });
});

describe('a body', () => {
  it('is put together from however many pieces it comes in', async () => {
    const { port } = await open();
    const client = connectBare(port);
    const body = Array.from({ length: 3000 }, (_, index) => String.fromCharCode(97 + (index % 26))).join('');
    client.socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
    client.socket.write(`${body.replace(/./g, '1\r\n$&\r\n')}0\r\n\r\n`);
    await client.until('requestId');
    expect(client.text()).toContain(`"body":"${body}"`);
    client.socket.destroy();
  });

  it('is let go of with the end of its exchange', async () => {
    const server = await open();
    const { client, exchange, release } = await connectAndPost(server);
    exchange.out.answer({ status: 200, headers: {}, body: 'done' });
    await client.until('done');
    expect(exchange.request.body).toHaveLength(2);
    client.socket.destroy();
    release();
    await server.server.close();
    expect(exchange.request.body).toHaveLength(0);
  });

  it('that comes too slowly is refused', async () => {
    const time = createSimulatedTime();
    const { port, pipeline } = await open({ requestTimeoutMs: 30_000 }, { timers: time.timers });
    const client = connectBare(port);
    client.socket.write(`${HEAD}expect: 100-continue\r\ncontent-length: 10\r\n\r\n`);
    await client.until('100 Continue');
    await time.advance(29_999);
    expect(client.text()).not.toContain('request_timeout');
    await time.advance(1);
    await client.until('request_timeout');
    expect(pipeline.ran).toEqual([]);
    client.socket.destroy();
  });

  it('is served whatever else its client expects, without asking for it', async () => {
    const { port } = await open();
    const client = connectBare(port);
    client.socket.write(`${HEAD}expect: the-unexpected\r\ncontent-length: 2\r\n\r\n{}`);
    await client.until('requestId');
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 /);
    client.socket.destroy();
  });

  it('is not asked for when the headers are refused', async () => {
    const { port } = await open({ bodyBytesMax: 9 });
    const client = connectBare(port);
    client.socket.write(`${HEAD}expect: 100-continue\r\ncontent-length: 10\r\n\r\n`);
    await client.until('body_too_large');
    expect(client.text()).not.toContain('100 Continue');
    client.socket.destroy();
  });
});

it('a port that is taken is told when opening', async () => {
  const { port } = await open();
  await expect(openServer({ port })).rejects.toThrow(/EADDRINUSE/);
});
