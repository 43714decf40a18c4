// One origin of the org: a socket that listens with or without TLS, HTTP/1.1 and h2 by ALPN, and hands every request on
// as an exchange. Closing it cuts what is still open.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { createSecureServer } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import type { Server, Socket } from 'node:net';

import type { Certificates } from './certificates.ts';
import type { Connections } from './connections.ts';
import type { Origin } from './exchange.ts';
import { Exchange } from './exchange.ts';

export type ListenerOptions = {
  readonly origin: Origin;
  readonly host: string;
  readonly port: number;
  readonly certificates: Certificates | undefined;
  readonly http2: boolean;
};

export type Listener = { readonly url: string; readonly close: () => Promise<void> };

/** Connections are kept longer than any client keeps them, so that a reset is always one that a test asked for. */
const keepAliveTimeoutMs = 300_000;

type OnRequest = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => void;

function createServerFor(options: ListenerOptions, onRequest: OnRequest): Server {
  const { certificates } = options;
  const limits = { keepAliveTimeout: keepAliveTimeoutMs, requestTimeout: 0 };
  if (certificates === undefined) return createServer(limits, onRequest);
  const { key, certificate: cert } = certificates;
  const server = options.http2
    ? Object.assign(createSecureServer({ key, cert, allowHTTP1: true }, onRequest), limits)
    : createTlsServer({ key, cert, ...limits }, onRequest);
  // A client that does not trust the certificate, or hangs up during the handshake, is its own problem.
  server.on('tlsClientError', () => {});
  server.on('sessionError', () => {});
  return server;
}

export async function openListener(
  options: ListenerOptions,
  connections: Connections,
  handle: (exchange: Exchange) => void,
): Promise<Listener> {
  const { origin, certificates } = options;
  const onRequest: OnRequest = (request, response) => {
    const control = (request.url ?? '').startsWith('/__simulator');
    handle(new Exchange(request, response, origin, connections.idOf(origin, request.socket, control)));
  };
  const server = createServerFor(options, onRequest);
  server.on('connection', (socket: Socket) => {
    socket.setNoDelay(true);
    connections.add(origin, socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `${certificates === undefined ? 'http' : 'https'}://${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        connections.destroyAll();
      }),
  };
}
