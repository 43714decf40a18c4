// An abort in every phase of a call: the failure is told at once and the upstream sees the connection close.

import { createServer, type AddressInfo, type Socket } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GatewayError } from '../../core/errors/index.ts';
import { CancelSource, type CancelSignal } from '../../core/platform/index.ts';
import type { Transport } from './port.ts';
import { closedSocket, createReceiver, GET, openOrigin, transportTo, type Origin } from './test-origin.ts';

const never = new CancelSource().signal;
const left = new GatewayError('client_closed', 'The client closed the connection.');

function abortedFor(reason: unknown): CancelSignal {
  const source = new CancelSource();
  source.abort(reason);
  return source;
}

let origin: Origin;
let transport: Transport;
let arrivals: { url: string; closed: Promise<void>; answer: (text: string) => void }[];
let onArrival: () => void;
let source: CancelSource;

beforeEach(async () => {
  arrivals = [];
  onArrival = () => undefined;
  source = new CancelSource();
  origin = await openOrigin((request, response) => {
    const url = request.url ?? '';
    arrivals.push({ url, closed: closedSocket(request), answer: (text) => response.end(text) });
    if (url === '/stream') response.write('first');
    onArrival();
  });
  transport = transportTo(origin.url, { connections: 1 });
});

afterEach(async () => {
  await transport.close();
  await origin.close();
});

function arrived(): Promise<void> {
  return new Promise((resolve) => {
    onArrival = resolve;
  });
}

describe('an abort', () => {
  it('before the call fails it at once and sends nothing', () => {
    source.abort(left);
    const receiver = createReceiver();
    transport.send(GET, receiver, source.signal);
    expect(receiver.calls).toEqual(['fail client_closed']);
    expect(transport.statistics()).toEqual({ connections: 0, running: 0, pending: 0 });
  });

  it('while the call waits for the head closes its connection', async () => {
    const here = arrived();
    const receiver = createReceiver();
    transport.send(GET, receiver, source.signal);
    await here;
    source.abort(left);
    expect(receiver.calls).toEqual(['fail client_closed']);
    await arrivals[0]?.closed;
    await expect.poll(() => transport.statistics()).toEqual({ connections: 0, running: 0, pending: 0 });
  });

  it('while the body streams closes its connection, and nothing more is told', async () => {
    const receiver = createReceiver();
    transport.send({ ...GET, path: '/stream' }, receiver, source.signal);
    await receiver.firstData;
    source.abort(left);
    expect(await receiver.settled).toBe(left);
    await arrivals[0]?.closed;
    expect(receiver.calls).toEqual(['head 200', 'data', 'fail client_closed']);
  });

  it('while the body is paused closes its connection', async () => {
    const receiver = createReceiver();
    transport.send({ ...GET, path: '/stream' }, receiver, source.signal);
    const { flow } = await receiver.head_;
    flow.pause();
    source.abort(left);
    await arrivals[0]?.closed;
    flow.resume();
    flow.pause();
    expect(receiver.calls.at(-1)).toBe('fail client_closed');
  });

  it('while the call is queued fails it at once, and it is never sent', async () => {
    const here = arrived();
    const first = createReceiver();
    transport.send({ ...GET, path: '/first' }, first, never);
    const queued = createReceiver();
    transport.send({ ...GET, path: '/queued' }, queued, source.signal);
    const last = createReceiver();
    transport.send({ ...GET, path: '/last' }, last, never);
    await here;
    source.abort(left);
    expect(queued.calls).toEqual(['fail client_closed']);

    const next = arrived();
    arrivals[0]?.answer('ok');
    await next;
    arrivals[1]?.answer('ok');
    await last.settled;
    expect(arrivals.map((arrival) => arrival.url)).toEqual(['/first', '/last']);
    expect(queued.calls).toEqual(['fail client_closed']);
    // The call that left did not take the connection with it.
    expect(origin.connectionsMade()).toBe(1);
  });

  it('while the connection is being made fails the call at once, and it is never sent', async () => {
    const receiver = createReceiver();
    transport.send({ ...GET, path: '/left' }, receiver, source.signal);
    source.abort(left);
    expect(receiver.calls).toEqual(['fail client_closed']);
    const here = arrived();
    const next = createReceiver();
    transport.send({ ...GET, path: '/next' }, next, never);
    await here;
    arrivals[0]?.answer('ok');
    await next.settled;
    expect(arrivals.map((arrival) => arrival.url)).toEqual(['/next']);
  });

  it('after the end does nothing', async () => {
    const here = arrived();
    const receiver = createReceiver();
    transport.send(GET, receiver, source.signal);
    await here;
    arrivals[0]?.answer('ok');
    await receiver.settled;
    source.abort(left);
    expect(receiver.calls).toEqual(['head 200', 'data', 'end']);
    expect(transport.statistics().connections).toBe(1);
  });

  it('hands on the reason when that is an error of ours, and says client_closed otherwise', async () => {
    const own = new GatewayError('upstream_timeout', 'The time is up.');
    const receivers = [createReceiver(), createReceiver()];
    transport.send(GET, receivers[0] ?? createReceiver(), abortedFor(own));
    transport.send(GET, receivers[1] ?? createReceiver(), abortedFor('gone'));
    expect(await receivers[0]?.settled).toBe(own);
    expect((await receivers[1]?.settled)?.code).toBe('client_closed');
  });
});

describe('a cancel by the receiver', () => {
  it('closes the connection and tells nothing more', async () => {
    const receiver = createReceiver();
    transport.send({ ...GET, path: '/stream' }, receiver, source.signal);
    const { flow } = await receiver.head_;
    flow.cancel();
    flow.cancel();
    await arrivals[0]?.closed;
    source.abort(left);
    expect(receiver.calls.filter((call) => call !== 'data')).toEqual(['head 200']);
  });
});

describe('closing while a connection is being made', () => {
  it('gives the connection up', async () => {
    // Accepts and says nothing, so that the TLS handshake does not get on.
    const sockets: Socket[] = [];
    const accepted = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const silent = createServer((socket) => {
      sockets.push(socket);
      socket
        .on('error', () => undefined)
        .once('close', () => gone.resolve())
        .resume();
      accepted.resolve();
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const secure = transportTo(`https://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const receiver = createReceiver();
    secure.send(GET, receiver, never);
    await accepted.promise;
    await secure.close();
    await gone.promise;
    expect(receiver.calls).toEqual(['fail shutting_down']);
    await new Promise((resolve) => silent.close(resolve));
  });
});
