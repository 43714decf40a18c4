// A call over real sockets on loopback: the order of what is told, back-pressure, limits, failures, closing.

import { createServer as createRawServer, Socket, type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { CancelSource } from '../../core/platform/index.ts';
import { collect } from './collect.ts';
import type { Flow, Transport, TransportHandler } from './port.ts';
import { createReceiver, GET, openOrigin, transportTo, type Origin } from './test-origin.ts';

const open: { close(): Promise<void> }[] = [];
const never = new CancelSource().signal;

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

function kept<T extends { close(): Promise<void> }>(thing: T): T {
  open.push(thing);
  return thing;
}

async function pair(
  listener: Parameters<typeof openOrigin>[0],
  changes: Parameters<typeof transportTo>[1] = {},
): Promise<{ origin: Origin; transport: Transport }> {
  const origin = kept(await openOrigin(listener));
  return { origin, transport: kept(transportTo(origin.url, changes)) };
}

/** A server that speaks bytes, for answers no HTTP server would give. */
async function rawOrigin(answer: string, destroy: boolean): Promise<string> {
  const server = createRawServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      if (destroy) socket.resetAndDestroy();
      else socket.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  kept({ close: () => new Promise((resolve) => server.close(() => resolve())) });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a call that ends well', () => {
  it('tells the head, the data and the end, in this order', async () => {
    const { transport } = await pair((request, response) => {
      response.setHeader('X-Request-Id', 'r-1').setHeader('set-cookie', ['a=1', 'b=2']);
      request.pipe(response);
    });
    const receiver = createReceiver();
    transport.send({ method: 'POST', path: '/echo', headers: {}, body: 'grüße' }, receiver, never);
    expect(await receiver.settled).toBeUndefined();
    expect(receiver.calls).toEqual(['head 200', 'data', 'end']);
    expect(receiver.text()).toBe('grüße');
    const { head } = await receiver.head_;
    expect(head.headers['x-request-id']).toBe('r-1');
    expect(head.headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  it('skips the heads of informational responses', async () => {
    const { transport } = await pair((_request, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.end('ok');
    });
    const receiver = createReceiver();
    transport.send(GET, receiver, never);
    await receiver.settled;
    expect(receiver.calls).toEqual(['head 200', 'data', 'end']);
  });

  it('asks for no compression and sends the headers it was given', async () => {
    const { transport } = await pair((request, response) => {
      response.end(JSON.stringify(request.headers));
    });
    const reply = await collect(
      transport,
      { ...GET, headers: { 'x-one': '1' } },
      { signal: never, bodyBytesMax: 10_000 },
    );
    expect(JSON.parse(reply.body)).toMatchObject({ 'x-one': '1', 'accept-encoding': 'identity' });
  });

  it('uses one connection for calls that follow one another', async () => {
    const { origin, transport } = await pair((_request, response) => response.end('ok'), { connections: 1 });
    for (let round = 0; round < 3; round += 1) {
      await collect(transport, GET, { signal: never, bodyBytesMax: 10 });
    }
    expect(origin.connectionsMade()).toBe(1);
    expect(transport.statistics()).toEqual({ connections: 1, running: 0, pending: 0 });
  });

  it('counts what runs and what waits for a connection', async () => {
    const answers: (() => void)[] = [];
    const arrived = Promise.withResolvers<void>();
    const { transport } = await pair(
      (_request, response) => {
        answers.push(() => response.end());
        arrived.resolve();
      },
      { connections: 1 },
    );
    const receivers = [createReceiver(), createReceiver()];
    for (const receiver of receivers) transport.send(GET, receiver, never);
    await arrived.promise;
    expect(transport.statistics()).toEqual({ connections: 1, running: 1, pending: 1 });
  });
});

describe('back-pressure', () => {
  it('stops reading while paused and goes on when resumed', async () => {
    // More than the kernel's buffers of both sides can take, so that the server can only finish if we read.
    const total = 64 * 1024 * 1024;
    let finished = false;
    const { transport } = await pair((request, response) => {
      if (request.url === '/small') response.end('ok');
      else response.end(Buffer.alloc(total, 'x'), () => (finished = true));
    });
    const receiver = createReceiver();
    const flow = Promise.withResolvers<Flow>();
    let bytes = 0;
    transport.send(
      GET,
      {
        ...receiver,
        head(_head, given) {
          given.pause();
          given.pause();
          flow.resolve(given);
        },
        data(chunk) {
          bytes += chunk.length;
        },
      },
      never,
    );
    const given = await flow.promise;
    // A whole exchange on another connection: the event loop has turned, and the paused call has not moved.
    await collect(transport, { ...GET, path: '/small' }, { signal: never, bodyBytesMax: 10 });
    expect({ bytes, finished }).toEqual({ bytes: 0, finished: false });
    given.resume();
    given.resume();
    expect(await receiver.settled).toBeUndefined();
    expect(bytes).toBe(total);
  });

  it('does not run the idle limit while paused', async () => {
    const { transport } = await pair(
      (request, response) => {
        if (request.url === '/slow') response.write('a');
        else response.end('ok');
      },
      { idleTimeoutMs: 30 },
    );
    const paused = createReceiver();
    transport.send(
      { ...GET, path: '/slow' },
      {
        ...paused,
        head(head, flow) {
          flow.pause();
          paused.head(head, flow);
        },
      },
      never,
    );
    await paused.head_;
    // Another call runs into the same limit; it began later, so the paused one would have failed before it.
    const running = createReceiver();
    transport.send({ ...GET, path: '/slow' }, running, never);
    expect((await running.settled)?.code).toBe('upstream_timeout');
    expect(paused.calls).toEqual(['head 200']);
  });
});

describe('a call that fails', () => {
  it('says which limit ran out before the head', async () => {
    const { transport } = await pair(() => undefined, { firstByteTimeoutMs: 20 });
    const receiver = createReceiver();
    transport.send(GET, receiver, never);
    const error = await receiver.settled;
    expect(error?.code).toBe('upstream_timeout');
    expect(error?.message).toContain('the first-byte time limit of 0.02 s (timeouts.first_byte_seconds)');
  });

  it('says which limit ran out in the middle of the body', async () => {
    const { transport } = await pair((_request, response) => void response.write('a'), { idleTimeoutMs: 20 });
    const receiver = createReceiver();
    transport.send(GET, receiver, never);
    const error = await receiver.settled;
    expect(error?.code).toBe('upstream_timeout');
    expect(error?.message).toContain('the idle time limit of 0.02 s (timeouts.idle_seconds)');
    expect(receiver.calls).toEqual(['head 200', 'data', 'fail upstream_timeout']);
  });

  it('is unreachable when the connection is refused', async () => {
    const origin = await openOrigin(() => undefined);
    await origin.close();
    const receiver = createReceiver();
    kept(transportTo(origin.url)).send(GET, receiver, never);
    const error = await receiver.settled;
    expect(error?.code).toBe('upstream_unreachable');
    expect(error?.message).toBe(`127.0.0.1:${origin.port} refused the connection.`);
  });

  it('is unreachable when the connection is reset before the head', async () => {
    const receiver = createReceiver();
    kept(transportTo(await rawOrigin('', true))).send(GET, receiver, never);
    expect((await receiver.settled)?.code).toBe('upstream_unreachable');
  });

  it('is a protocol fault when the connection closes in the middle of the body', async () => {
    const receiver = createReceiver();
    const cut = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n';
    kept(transportTo(await rawOrigin(cut, false))).send(GET, receiver, never);
    expect((await receiver.settled)?.code).toBe('upstream_protocol');
    expect(receiver.calls).toEqual(['head 200', 'data', 'fail upstream_protocol']);
  });

  it('is a protocol fault when the answer is shorter than it promised', async () => {
    const receiver = createReceiver();
    const cut = 'HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello';
    kept(transportTo(await rawOrigin(cut, false))).send(GET, receiver, never);
    expect((await receiver.settled)?.code).toBe('upstream_protocol');
  });

  it('is a protocol fault when the answer is not HTTP', async () => {
    const receiver = createReceiver();
    kept(transportTo(await rawOrigin('SSH-2.0-OpenSSH\r\n\r\n', false))).send(GET, receiver, never);
    const error = await receiver.settled;
    expect(error?.code).toBe('upstream_protocol');
    expect(error?.message).toContain('not valid HTTP');
  });

  it('is a protocol fault when the answer is compressed though we asked for none', async () => {
    const { transport } = await pair((_request, response) => {
      response.setHeader('content-encoding', 'gzip').end(gzipSync('hello'));
    });
    const receiver = createReceiver();
    transport.send(GET, receiver, never);
    expect((await receiver.settled)?.message).toContain('compressed its answer');
    expect(receiver.calls).toEqual(['fail upstream_protocol']);
  });

  it('is our own fault, and not the end of the process, when a header cannot be sent', async () => {
    const { transport } = await pair((_request, response) => response.end());
    const receiver = createReceiver();
    transport.send({ ...GET, headers: { authorization: 'Bearer a\nb' } }, receiver, never);
    const error = await receiver.settled;
    expect(error?.code).toBe('internal');
    expect(`${error?.message} ${error?.detail}`).not.toContain('Bearer');
  });
});

describe('a receiver that throws', () => {
  for (const where of ['head', 'data', 'end']) {
    it(`in ${where} gets its call ended with an internal error`, async () => {
      const { transport } = await pair((_request, response) => response.end('hello'));
      const receiver = createReceiver((name) => {
        if (name === where) throw new Error('planted');
      });
      transport.send(GET, receiver, never);
      await expect.poll(() => receiver.calls.at(-1)).toBe('fail internal');
      expect(receiver.calls.filter((call) => call.startsWith('fail'))).toHaveLength(1);
      expect(transport.statistics().running).toBe(0);
    });
  }

  it('in fail is not told again and does not end the process', async () => {
    const { transport } = await pair((request) => request.socket.destroy());
    const told = Promise.withResolvers<void>();
    let fails = 0;
    const receiver: TransportHandler = {
      ...createReceiver(),
      fail() {
        fails += 1;
        told.resolve();
        throw new Error('planted');
      },
    };
    transport.send(GET, receiver, never);
    await told.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect(fails).toBe(1);
  });
});

describe('collect', () => {
  it('refuses a body over its limit and lets the connection go', async () => {
    const { origin, transport } = await pair((_request, response) => response.end('x'.repeat(100)));
    await expect(collect(transport, GET, { signal: never, bodyBytesMax: 99 })).rejects.toMatchObject({
      code: 'upstream_protocol',
    });
    await expect.poll(() => origin.sockets.size).toBe(0);
  });

  it('rejects when its signal is aborted', async () => {
    const { transport } = await pair(() => undefined);
    const source = new CancelSource();
    const reply = collect(transport, GET, { signal: source.signal, bodyBytesMax: 99 });
    source.abort(undefined);
    await expect(reply).rejects.toMatchObject({ code: 'client_closed' });
  });
});

describe('closing', () => {
  it('lets running calls end within the grace', async () => {
    const arrived = Promise.withResolvers<() => void>();
    const { origin, transport } = await pair(
      (_request, response) => arrived.resolve(() => response.end('ok')),
      {
        closeGraceMs: 10_000,
      },
    );
    const receiver = createReceiver();
    transport.send(GET, receiver, never);
    const answer = await arrived.promise;
    const closed = transport.close();
    answer();
    await closed;
    expect(receiver.calls).toEqual(['head 200', 'data', 'end']);
    await expect.poll(() => origin.sockets.size).toBe(0);
  });

  it('ends running and waiting calls when the grace is over, and refuses new ones', async () => {
    const arrived = Promise.withResolvers<void>();
    const { origin, transport } = await pair(() => arrived.resolve(), { connections: 1 });
    const receivers = [createReceiver(), createReceiver(), createReceiver()];
    for (const receiver of receivers.slice(0, 2)) transport.send(GET, receiver, never);
    await arrived.promise;
    await transport.close();
    transport.send(GET, receivers[2] ?? createReceiver(), never);
    for (const receiver of receivers) expect(receiver.calls).toEqual(['fail shutting_down']);
    await expect.poll(() => origin.sockets.size).toBe(0);
  });
});

it('a connection is asked now and then whether the other side is still there', async () => {
  const keptAlive = vi.spyOn(Socket.prototype, 'setKeepAlive');
  const { transport } = await pair((_request, response) => response.end());
  const receiver = createReceiver();
  transport.send(GET, receiver, never);
  expect(await receiver.settled).toBeUndefined();
  expect(keptAlive.mock.calls).toContainEqual([true, 30_000]);
  keptAlive.mockRestore();
});
