// For the tests here: an HTTP origin on loopback, a transport to it, and a receiver that writes down what it is told.

import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import type { GatewayError } from '../../core/errors/index.ts';
import { systemTimers } from '../../core/platform/index.ts';
import { NO_PROXIES, type TransportOptions } from './options.ts';
import { createTransport } from './pool-transport.ts';
import type { Flow, Transport, TransportHandler, TransportHead, TransportRequest } from './port.ts';
import { createTrust } from './trust.ts';

export type Origin = {
  readonly port: number;
  readonly url: string;
  /** Sockets open now, to show that they were let go. */
  readonly sockets: ReadonlySet<Socket>;
  /** Connections made since the start. */
  connectionsMade(): number;
  close(): Promise<void>;
};

export async function listen(server: Server, scheme = 'http'): Promise<Origin> {
  const sockets = new Set<Socket>();
  let made = 0;
  server.on('connection', (socket: Socket) => {
    made += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${scheme}://127.0.0.1:${port}`,
    sockets,
    connectionsMade: () => made,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

export const openOrigin = (listener: RequestListener): Promise<Origin> => listen(createServer(listener));

function optionsFor(origin: string, changes: Partial<TransportOptions> = {}): TransportOptions {
  return {
    origin,
    connectTimeoutMs: 10_000,
    firstByteTimeoutMs: 10_000,
    idleTimeoutMs: 10_000,
    keepAliveTimeoutMs: 10_000,
    connections: 4,
    proxy: NO_PROXIES,
    closeGraceMs: 0,
    ...changes,
  };
}

export function transportTo(
  origin: string,
  changes: Partial<TransportOptions> = {},
  caPem?: string,
): Transport {
  return createTransport(optionsFor(origin, changes), {
    trust: createTrust({ caPem }),
    timers: systemTimers,
  });
}

export const GET: TransportRequest = { method: 'GET', path: '/', headers: {}, body: undefined };

export type Receiver = TransportHandler & {
  /** `head 200`, `data`, `end`, `fail client_closed`, in the order in which they came. */
  readonly calls: string[];
  readonly text: () => string;
  readonly head_: Promise<{ readonly head: TransportHead; readonly flow: Flow }>;
  readonly firstData: Promise<void>;
  /** The error, or undefined after a good end. */
  readonly settled: Promise<GatewayError | undefined>;
};

export function createReceiver(onCall: (name: string) => void = () => undefined): Receiver {
  const calls: string[] = [];
  const chunks: Uint8Array[] = [];
  const head = Promise.withResolvers<{ readonly head: TransportHead; readonly flow: Flow }>();
  const firstData = Promise.withResolvers<void>();
  const settled = Promise.withResolvers<GatewayError | undefined>();
  return {
    calls,
    text: () => Buffer.concat(chunks).toString(),
    head_: head.promise,
    firstData: firstData.promise,
    settled: settled.promise,
    head(seen, flow) {
      calls.push(`head ${seen.status}`);
      head.resolve({ head: seen, flow });
      onCall('head');
    },
    data(chunk) {
      chunks.push(chunk);
      calls.push('data');
      firstData.resolve();
      onCall('data');
    },
    end() {
      calls.push('end');
      settled.resolve(undefined);
      onCall('end');
    },
    fail(error) {
      calls.push(`fail ${error.code}`);
      settled.resolve(error);
      onCall('fail');
    },
  };
}

/** Resolves when the other side of this request is gone. */
export function closedSocket(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    if (request.socket.destroyed) resolve();
    else request.socket.once('close', () => resolve());
  });
}
