// What keeps one process standing under too much: shedding before memory suffers, and an end to clients that are slow or
// no longer there. Over real sockets; time is simulated wherever the timers are ours.

import { Socket } from 'node:net';

import { afterEach, describe, expect, it, vi } from 'vitest';

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
import { systemTimers, type Timers } from '../core/platform/index.ts';
import type { Exchange } from '../pipeline/port.ts';

const MIB = 1024 * 1024;

// Registered before the server's own, and so run after it: the server closes on the mocks.
afterEach(() => {
  vi.restoreAllMocks();
});

const { open } = openServerPerTest();

/** Every request runs until `release`. */
function holdAll({ pipeline }: RunningServer): () => void {
  const released = Promise.withResolvers<void>();
  pipeline.script = async ({ out }) => {
    await released.promise;
    out.answer({ status: 200, headers: {}, body: 'done' });
  };
  return () => released.resolve();
}

describe('the bytes of all bodies together', () => {
  it('are bounded: what would be too much is refused from its headers, and served once there is room', async () => {
    const server = await open({ bodyBytesMax: 1000, bodiesBytesMax: 2500 });
    const release = holdAll(server);
    const body = ' '.repeat(1000);
    const held = [send(server.port, { body }), send(server.port, { body })];
    await turnUntil(() => server.server.statistics().bodyBytesHeld === 2000);
    const client = connectBare(server.port);
    client.socket.write(`${HEAD}expect: 100-continue\r\ncontent-length: 1000\r\n\r\n`);
    await client.until('overloaded');
    expect(client.text()).toMatch(/^HTTP\/1\.1 503 /);
    expect(client.text()).not.toContain('100 Continue');
    expect(server.pipeline.refused.map(({ error }) => error.retryAfterMs)).toEqual([1000]);
    client.socket.destroy();
    release();
    expect((await Promise.all(held)).map(({ text }) => text)).toEqual(['done', 'done']);
    await turnUntil(() => server.server.statistics().bodyBytesHeld === 0);
    expect((await send(server.port, { body })).status).toBe(200);
  });

  it('are counted as they come, and not as they are announced', async () => {
    const server = await open({ bodyBytesMax: 1000, bodiesBytesMax: 1000 });
    const promised = connectBare(server.port);
    promised.socket.write(`${HEAD}expect: 100-continue\r\ncontent-length: 1000\r\n\r\n`);
    await promised.until('100 Continue');
    const silent = connectBare(server.port);
    silent.socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
    for (let count = 0; count < 9; count += 1) silent.socket.write(`64\r\n${' '.repeat(100)}\r\n`);
    await turnUntil(() => server.server.statistics().bodyBytesHeld === 900);
    promised.socket.write(' '.repeat(101));
    await promised.until('overloaded');
    expect(server.server.statistics().bodyBytesHeld).toBe(900);
    silent.socket.write('0\r\n\r\n');
    await silent.until('requestId');
    await turnUntil(() => server.server.statistics().bodyBytesHeld === 0);
    for (const { socket } of [promised, silent]) socket.destroy();
  });

  it('include what a decoder holds to unpack one', async () => {
    const server = await open({ bodiesBytesMax: 20 * MIB });
    const [first, second] = [connectBare(server.port), connectBare(server.port)];
    const head = `${HEAD}content-encoding: br\r\nexpect: 100-continue\r\ncontent-length: 1000\r\n\r\n`;
    first.socket.write(head);
    await first.until('100 Continue');
    second.socket.write(head);
    await second.until('overloaded');
    for (const { socket } of [first, second]) socket.destroy();
    await turnUntil(() => server.server.statistics().bodyBytesHeld === 0);
  });
});

/** A client that has stopped reading, in the middle of a stream of more than any socket's buffers hold. */
async function stallInStream(
  time: SimulatedTime,
  limits: { readonly clientBehindMs?: number } = {},
): Promise<{ client: BareClient; exchange: Exchange; release: () => void }> {
  const server = await open({ clientStallMs: 60_000, ...limits }, { timers: time.timers });
  const arrived = Promise.withResolvers<Exchange>();
  const released = Promise.withResolvers<void>();
  server.pipeline.script = (exchange) => {
    arrived.resolve(exchange);
    return released.promise;
  };
  const client = connectBare(server.port);
  client.socket.write(POST);
  const exchange = await arrived.promise;
  client.socket.pause();
  exchange.out.openStream(200, {});
  expect(exchange.out.write('x'.repeat(32 * MIB))).toBe(false);
  return { client, exchange, release: () => released.resolve() };
}

/** Nothing more is taken once the buffers between us are full, however many turns that takes. */
async function advanceUntilAborted(
  time: SimulatedTime,
  { signal }: { readonly signal: { readonly aborted: boolean } },
): Promise<void> {
  for (let turns = 0; turns < 10 && !signal.aborted; turns += 1) await time.advance(60_000);
  await turnUntil(() => signal.aborted);
}

describe('a client that stops reading', () => {
  it('its stream is ended after a while, and whoever feeds it is told', async () => {
    const time = createSimulatedTime();
    const { client, exchange, release } = await stallInStream(time);
    await time.advance(59_999);
    expect(exchange.signal.aborted).toBe(false);
    await advanceUntilAborted(time, exchange);
    expect(exchange.signal.reason).toMatchObject({
      code: 'client_closed',
      message: expect.stringContaining('client_stall_seconds'),
    });
    release();
    client.socket.destroy();
    expect(time.pending()).toBe(0);
  });

  it('is waited for as long as it reads a little', async () => {
    const time = createSimulatedTime();
    const { client, exchange, release } = await stallInStream(time);
    for (const mark of [10, 20]) {
      client.socket.resume();
      await turnUntil(() => client.socket.bytesRead >= mark * MIB);
      client.socket.pause();
      await time.advance(60_000);
      expect(exchange.signal.aborted).toBe(false);
    }
    await advanceUntilAborted(time, exchange);
    release();
    client.socket.destroy();
  });

  it('is cut off when it has been behind for too long, though it reads a little', async () => {
    const time = createSimulatedTime();
    const { client, exchange, release } = await stallInStream(time, { clientBehindMs: 150_000 });
    for (const [mark, ms] of [
      [5, 60_000],
      [10, 60_000],
      [15, 29_999],
    ] as const) {
      client.socket.resume();
      await turnUntil(() => client.socket.bytesRead >= mark * MIB);
      client.socket.pause();
      await time.advance(ms);
      expect(exchange.signal.aborted).toBe(false);
    }
    await time.advance(1);
    await turnUntil(() => exchange.signal.aborted);
    expect(exchange.signal.reason).toMatchObject({
      message: expect.stringContaining('client_behind_seconds'),
    });
    release();
    client.socket.destroy();
    expect(time.pending()).toBe(0);
  });

  it('is not cut off when it has caught up and nothing is left to read', async () => {
    const time = createSimulatedTime();
    const { client, exchange, release } = await stallInStream(time);
    client.socket.resume();
    await turnUntil(() => client.socket.bytesRead >= 32 * MIB);
    await turnUntil(() => time.pending() === 0);
    await time.advance(600_000);
    expect(exchange.signal.aborted).toBe(false);
    exchange.out.end();
    release();
    await client.until('\r\n0\r\n\r\n');
    client.socket.destroy();
  });

  it('in the middle of a whole answer is cut off too', async () => {
    const time = createSimulatedTime();
    const server = await open({ clientStallMs: 60_000 }, { timers: time.timers });
    server.pipeline.script = ({ out }) =>
      out.answer({ status: 200, headers: {}, body: 'x'.repeat(32 * MIB) });
    const client = connectBare(server.port);
    client.socket.pause();
    client.socket.write(POST);
    await turnUntil(() => server.pipeline.ran.length === 1 && time.pending() === 1);
    expect(server.server.statistics().connections).toBe(1);
    for (let turns = 0; turns < 10 && time.pending() > 0; turns += 1) await time.advance(60_000);
    await turnUntil(() => server.server.statistics().connections === 0);
    client.socket.destroy();
  });

  it('costs no timer where answers and frames are taken at once', async () => {
    let set = 0;
    const timers: Timers = {
      after(delayMs, run) {
        if (delayMs === 60_000) set += 1;
        return systemTimers.after(delayMs, run);
      },
    };
    const server = await open({ clientStallMs: 60_000 }, { timers });
    const client = connectBare(server.port);
    client.socket.write(POST);
    await client.until('requestId');
    server.pipeline.script = ({ out }) => {
      out.openStream(200, {});
      for (const frame of ['data: one\n\n', 'data: two\n\n']) out.write(frame);
      out.end();
    };
    client.socket.write(POST);
    await client.until('\r\n0\r\n\r\n');
    expect(set).toBe(0);
    client.socket.destroy();
  });
});

describe('a connection', () => {
  it.each([
    ['on which nothing comes', ''],
    ['whose headers never end', 'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n'],
  ])('%s is ended by the time headers have', async (_name, bytes) => {
    // Node's own timer, so this is the one limit here that runs in real time.
    const { port, server } = await open({ headersTimeoutMs: 20 });
    const client = connectBare(port);
    client.socket.write(bytes);
    expect(await client.closed).toMatch(/^HTTP\/1\.1 408 [^]*"code":"request_timeout"/);
    await turnUntil(() => server.statistics().connections === 0);
    expect(server.statistics().malformedTotal).toBe(1);
  });

  it('is asked now and then whether the other side is still there', async () => {
    const keptAlive = vi.spyOn(Socket.prototype, 'setKeepAlive');
    const { port } = await open();
    expect((await send(port)).status).toBe(200);
    expect(keptAlive.mock.calls).toContainEqual([true, 30_000]);
  });
});
