// The HTTP listener: routes of the dialects and of the operator on one port. Fastify owns the life cycle and routes what
// is not found by its path alone; each request is taken over before or in its first hook and written to the raw response,
// because the usual reply path would parse the body, and would buffer streams.

import type { IncomingMessage, ServerOptions as HttpOptions, ServerResponse } from 'node:http';
import { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';

import fastify, { type FastifyHttpOptions, type FastifyInstance, type RawServerDefault } from 'fastify';

import { Connections } from './connections.ts';
import { drain } from './drain.ts';
import { answerMalformed } from './malformed.ts';
import { createOperatorRoutes, OPERATOR_PATHS } from './operator.ts';
import type { Server, ServerDependencies, ServerOptions } from './options.ts';
import { Reception } from './reception.ts';
import { RouteTable } from './route-table.ts';
import { createTlsListener, renewTls } from './tls-listener.ts';

export { createTlsRenewal, type TlsRenewal, type TlsRenewalEvent } from './tls-renewal.ts';
export {
  SERVER_DEFAULTS,
  type Server,
  type ServerDependencies,
  type ServerOptions,
  type ServerStatistics,
} from './options.ts';

/** Encoded model ids (Bedrock's are whole ARNs) are longer than the router's usual hundred. */
const PATH_PARAMETER_MAX = 2048;
/** How often Node looks for requests that are late. */
const LATE_CHECK_MS = 5000;
const NO_QUERY = {};

export function createServer(options: ServerOptions, deps: ServerDependencies): Server {
  const connections = new Connections();
  const table = new RouteTable(deps.dialects, OPERATOR_PATHS);
  const reception = new Reception(options, deps, table, connections);
  const app = createRouter(options, reception);
  let malformedTotal = 0;
  let closed: Promise<void> | undefined;

  for (const route of table.routes) {
    // The router takes `*` at the end only; elsewhere the rest is a parameter of one segment.
    const url = route.path.replace(/\*(?=.)/, ':rest');
    app.route<{ Params: { rest?: string; '*'?: string } }>({
      method: route.method === 'GET' ? ['GET', 'HEAD'] : route.method,
      url,
      onRequest(request, reply) {
        reply.hijack();
        reception.receive(route, request.params['*'] ?? request.params.rest ?? '', request.raw, reply.raw);
      },
      handler: never,
    });
  }
  for (const route of createOperatorRoutes(options, deps, reception)) {
    app.route({
      method: ['GET', 'HEAD'],
      url: route.path,
      onRequest(request, reply) {
        reply.hijack();
        route.answer(request.raw, reply.raw);
      },
      handler: never,
    });
  }

  const { server } = app;
  server.maxConnections = options.connectionsMax;
  if (options.tls === undefined) server.on('connection', (socket) => connections.add(socket));
  else {
    server.on('connection', (socket) => connections.addUnready(socket));
    server.on('secureConnection', (socket: Socket) => connections.add(socket));
  }
  // In place of the router's own listener: its request, reply and hooks are made for nothing where the path says all.
  const route = (request: IncomingMessage, response: ServerResponse): void => {
    const straight = table.straightTo(request.method, request.url ?? '');
    if (straight === undefined) app.routing(request, response);
    else reception.receive(straight, '', request, response);
  };
  server.removeAllListeners('request');
  server.on('request', route);
  // Without this Node would ask for the body before the headers were judged.
  server.on('checkContinue', route);
  // Without this Node would answer a 417 without a word, in no dialect; what a client expects besides may be ignored.
  server.on('checkExpectation', route);
  server.on('clientError', (thrown, socket) => {
    malformedTotal += 1;
    // A handshake that failed has no other side to answer to.
    const answerable = connections.has(socket) && !connections.isStreaming(socket);
    answerMalformed(thrown, socket, deps.fallbackDialect({}), answerable);
  });

  return {
    async open() {
      await app.ready();
      await listen(app, options);
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : options.port;
      const scheme = options.tls === undefined ? 'http' : 'https';
      return { url: `${scheme}://${hostForUrl(options.host)}:${port}`, port };
    },
    close() {
      closed ??= drain(options.drainMs, { app, connections, reception, timers: deps.timers });
      return closed;
    },
    renewTls(material) {
      if (server instanceof TlsServer) renewTls(server, material);
    },
    statistics: () => ({
      connections: connections.count,
      exchanges: reception.exchanges,
      bodyBytesHeld: reception.bodyBytesHeld,
      exchangesTotal: reception.exchangesTotal,
      malformedTotal,
    }),
  };
}

function createRouter(options: ServerOptions, reception: Reception): FastifyInstance {
  const http: HttpOptions = {
    maxHeaderSize: options.headerBytesMax,
    headersTimeout: options.headersTimeoutMs,
    connectionsCheckingInterval: Math.min(LATE_CHECK_MS, options.headersTimeoutMs),
    noDelay: true,
    // Refused in the caller's dialect instead.
    requireHostHeader: false,
  };
  const limits = {
    keepAliveTimeout: options.keepAliveTimeoutMs,
    // Only a backstop: the body's own timer answers properly.
    requestTimeout: options.headersTimeoutMs + options.requestTimeoutMs + LATE_CHECK_MS,
  };
  const { tls } = options;
  const listener: FastifyHttpOptions<RawServerDefault> =
    tls === undefined
      ? { http }
      : { serverFactory: (handler) => createTlsListener(tls, { ...http, ...limits }, handler) };
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    // The request's id is our own; the router's would be made for nothing.
    genReqId: () => '',
    ...limits,
    ...listener,
    routerOptions: { maxParamLength: PATH_PARAMETER_MAX, querystringParser: () => NO_QUERY },
    frameworkErrors(_error, request, reply) {
      reply.hijack();
      reception.receiveUnreadablePath(
        request.raw,
        reply.raw,
        'The path is not well-formed, or a part of it is too long.',
      );
    },
    clientErrorHandler: () => undefined,
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) {
      done();
      return;
    }
    reply.hijack();
    reception.receiveUnknown(request.raw, reply.raw);
  });
  return app;
}

/** Never reached: every request is taken over in its first hook. */
function never(): void {
  // Nothing to do.
}

function listen(app: FastifyInstance, options: ServerOptions): Promise<void> {
  const { server } = app;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function hostForUrl(host: string): string {
  if (host === '0.0.0.0' || host === '') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
