// Closing over real sockets and on simulated time: what is refused, what may still be asked, what runs to its end, what is
// told to end, and what is cut off.

import { request as httpRequest, Agent } from 'node:http';
import { once } from 'node:events';

import { describe, expect, it } from 'vitest';

import {
  HEAD,
  POST,
  connectBare,
  openServerPerTest,
  send,
  turnUntil,
  type BareClient,
  type RunningServer,
} from '../../test/fakes/server-parts.ts';
import { createSimulatedTime, type SimulatedTime } from '../../test/simulated-time.ts';
import { toGatewayError } from '../core/errors/index.ts';
import type { Exchange } from '../pipeline/port.ts';

const { open } = openServerPerTest();

type Held = { readonly client: BareClient; readonly exchange: Exchange; readonly release: () => void };

/** One request that runs until it is released. */
async function hold({ port, pipeline }: RunningServer, bytes = POST): Promise<Held> {
  const arrived = Promise.withResolvers<Exchange>();
  const released = Promise.withResolvers<void>();
  pipeline.script = (exchange) => {
    arrived.resolve(exchange);
    return released.promise;
  };
  const client = connectBare(port);
  client.socket.write(bytes);
  return { client, exchange: await arrived.promise, release: () => released.resolve() };
}

/** Ends as a pipeline does when its signal aborts: an error as a whole answer, or as the end of the stream. */
function endOnAbort(server: RunningServer): void {
  server.pipeline.script = (exchange) =>
    new Promise((resolve) => {
      exchange.signal.onAbort(() => {
        const { dialect, out, signal, requestId } = exchange;
        out.answer(dialect.encodeError(toGatewayError(signal.reason), requestId));
        out.write('event: error\n\n');
        out.end();
        resolve();
      });
    });
}

const get = (port: number, path: string): ReturnType<typeof send> => send(port, { method: 'GET', path });

describe('a server that drains', () => {
  it('lets requests under way end, and ends idle connections at once', async () => {
    const server = await open();
    const idle = connectBare(server.port);
    idle.socket.write(POST);
    await idle.until('requestId');
    const { client, exchange, release } = await hold(server);
    const closed = server.server.close();
    await idle.closed;
    expect(exchange.signal.aborted).toBe(false);
    exchange.out.answer({ status: 200, headers: {}, body: 'still served' });
    release();
    await closed;
    expect(await client.closed).toContain('still served');
    expect(client.text()).toMatch(/connection: close/i);
    expect(server.server.statistics()).toMatchObject({ connections: 0, exchanges: 0 });
  });

  it('answers what comes on a connection that was made just before', async () => {
    const server = await open();
    const { exchange, release } = await hold(server);
    const [asking, silent] = [connectBare(server.port), connectBare(server.port)];
    await turnUntil(() => server.server.statistics().connections === 3);
    const closed = server.server.close();
    asking.socket.write('GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n');
    expect(await asking.closed).toMatch(/^HTTP\/1\.1 503 /);
    exchange.out.answer({ status: 200, headers: {}, body: '' });
    release();
    await closed;
    expect(await silent.closed).toBe('');
  });

  it('is not ready, is alive, and says so on new connections', async () => {
    const server = await open();
    expect((await get(server.port, '/readyz')).status).toBe(200);
    const { exchange, release } = await hold(server);
    const closed = server.server.close();
    const ready = await get(server.port, '/readyz');
    expect([ready.status, JSON.parse(ready.text)]).toEqual([
      503,
      { ready: false, reasons: ['shutting down'] },
    ]);
    expect(ready.headers.connection).toBe('close');
    expect((await get(server.port, '/health')).status).toBe(503);
    expect((await get(server.port, '/livez')).status).toBe(200);
    exchange.out.answer({ status: 200, headers: {}, body: '' });
    release();
    await closed;
    await expect(get(server.port, '/livez')).rejects.toThrow(/ECONNREFUSED/);
  });

  it('refuses new requests in the caller’s dialect, on new and on kept connections', async () => {
    const server = await open();
    const { client, exchange, release } = await hold(server);
    const closed = server.server.close();
    for (const [path, dialect] of [
      ['/v1/chat/completions', 'first'],
      ['/v1/messages', 'second'],
    ] as const) {
      const answer = await send(server.port, { path });
      expect([answer.status, answer.headers.connection]).toEqual([503, 'close']);
      expect(JSON.parse(answer.text)).toMatchObject({ dialect, code: 'shutting_down' });
    }
    client.socket.write(POST);
    await turnUntil(() => server.pipeline.refused.length === 3);
    exchange.out.answer({ status: 200, headers: {}, body: 'first' });
    release();
    await closed;
    expect(server.pipeline.refused.map(({ error }) => [error.code, error.retryAfterMs])).toEqual(
      Array.from({ length: 3 }, () => ['shutting_down', 1000]),
    );
    expect(server.pipeline.ran).toHaveLength(1);
    await client.closed;
  });

  it('lets a stream that had begun end properly, to its last byte', async () => {
    const server = await open();
    const { client, exchange, release } = await hold(server);
    client.socket.pause();
    exchange.out.openStream(200, {});
    exchange.out.write('x'.repeat(8 * 1024 * 1024));
    exchange.out.end();
    release();
    const closed = server.server.close();
    client.socket.resume();
    await closed;
    expect((await client.closed).endsWith('\r\n0\r\n\r\n')).toBe(true);
  });

  it('is quick where nothing is under way, and accepts nothing afterwards', async () => {
    const time = createSimulatedTime();
    const { port, server } = await open({}, { timers: time.timers });
    await server.close();
    expect(time.pending()).toBe(0);
    await expect(send(port)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('is the same when asked twice, or before opening', async () => {
    const { server } = await open();
    await Promise.all([server.close(), server.close()]);
  });
});

describe('what runs longer than the server drains', () => {
  let time: SimulatedTime;

  async function openDraining(): Promise<RunningServer> {
    time = createSimulatedTime();
    return open({ drainMs: 10_000 }, { timers: time.timers });
  }

  it('is told to end: a stream ends with its error, a whole answer is one', async () => {
    const server = await openDraining();
    endOnAbort(server);
    const [stream, whole] = [connectBare(server.port), connectBare(server.port)];
    stream.socket.write(POST);
    whole.socket.write(POST);
    await turnUntil(() => server.pipeline.ran.length === 2);
    server.pipeline.ran[0]?.out.openStream(200, {});
    const closed = server.server.close();
    await time.advance(9999);
    expect(server.pipeline.ran.map(({ signal }) => signal.aborted)).toEqual([false, false]);
    await time.advance(1);
    await closed;
    expect(server.pipeline.ran.map(({ signal }) => toGatewayError(signal.reason).code)).toEqual([
      'shutting_down',
      'shutting_down',
    ]);
    const texts = [await stream.closed, await whole.closed];
    expect(texts.find((text) => text.startsWith('HTTP/1.1 200'))).toMatch(/event: error\n\n\r\n0\r\n\r\n$/);
    expect(texts.find((text) => text.startsWith('HTTP/1.1 503'))).toContain('"code":"shutting_down"');
    expect(server.server.statistics()).toMatchObject({ connections: 0, exchanges: 0 });
    expect(time.pending()).toBe(0);
  });

  it('is refused where its body has not even come', async () => {
    const server = await openDraining();
    const client = connectBare(server.port);
    client.socket.write(`${HEAD}expect: 100-continue\r\ncontent-length: 10\r\n\r\n{`);
    await client.until('100 Continue');
    const closed = server.server.close();
    await time.advance(10_000);
    await client.until('shutting_down');
    // The rest of the body may still run out.
    await time.advance(5000);
    await closed;
    expect(server.pipeline.ran).toEqual([]);
    expect(time.pending()).toBe(0);
  });

  it('is cut off when it does not end although told to', async () => {
    const server = await openDraining();
    const { client, exchange, release } = await hold(server);
    exchange.out.openStream(200, {});
    const closed = server.server.close();
    await time.advance(10_000);
    expect(exchange.signal.aborted).toBe(true);
    expect(server.server.statistics().connections).toBe(1);
    await time.advance(5000);
    await client.closed;
    release();
    await closed;
    expect(server.server.statistics()).toMatchObject({ connections: 0, exchanges: 0 });
  });

  it('does not keep the server when the pipeline never ends', async () => {
    const server = await openDraining();
    const { client } = await hold(server);
    const closed = server.server.close();
    await time.advance(15_000);
    await client.closed;
    await time.advance(5000);
    await closed;
    expect(server.server.statistics().connections).toBe(0);
  });

  it('does not keep the server when its client does not read the end', async () => {
    const server = await openDraining();
    const { client, exchange, release } = await hold(server);
    client.socket.pause();
    exchange.out.openStream(200, {});
    exchange.out.write('x'.repeat(32 * 1024 * 1024));
    exchange.out.end();
    release();
    const closed = server.server.close();
    await time.advance(15_000);
    await closed;
    expect(server.server.statistics().connections).toBe(0);
    client.socket.destroy();
  });
});

it('a client that keeps its connections finds the next server as soon as it is told to', async () => {
  const server = await open();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { release, exchange } = await hold(server);
  const closed = server.server.close();
  const asked = httpRequest({ port: server.port, host: '127.0.0.1', path: '/livez', agent });
  asked.end();
  const [response] = await once(asked, 'response');
  response.resume();
  await once(response, 'end');
  exchange.out.answer({ status: 200, headers: {}, body: '' });
  release();
  await closed;
  expect(Object.keys(agent.freeSockets)).toEqual([]);
  agent.destroy();
});
