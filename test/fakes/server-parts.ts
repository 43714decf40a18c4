// Stand-ins for the server's neighbours, and a few ways to talk to it: a dialect that says what it was told, a pipeline
// that remembers and does what the test says, an HTTP client that may send any header, and a bare socket.

import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';

import { afterEach } from 'vitest';

import type { GatewayError } from '../../src/core/errors/index.ts';
import { systemClock, systemTimers, type Random } from '../../src/core/platform/index.ts';
import type { Dialect, Route } from '../../src/dialects/port.ts';
import type { Exchange, Pipeline } from '../../src/pipeline/port.ts';
import {
  createServer,
  SERVER_DEFAULTS,
  type Server,
  type ServerDependencies,
  type ServerOptions,
} from '../../src/server/index.ts';

function createEchoDialect(id: string, routes: readonly Route[]): Dialect {
  return {
    id,
    routes,
    streamHeaders: { 'content-type': 'text/event-stream' },
    decode: () => ({ type: 'list-models' }),
    encode: () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: '{}' }),
    openStream: () => {
      throw new Error('not asked for');
    },
    encodeError: (error) => ({
      status: error.status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ dialect: id, code: error.code, message: error.message, param: error.param }),
    }),
  };
}

export type ScriptedPipeline = Pipeline & {
  readonly ran: Exchange[];
  readonly refused: { readonly exchange: Exchange; readonly error: GatewayError }[];
  /** What `run` does; answers with what arrived unless told otherwise. */
  script: (exchange: Exchange) => void | Promise<void>;
};

function createScriptedPipeline(): ScriptedPipeline {
  return {
    ran: [],
    refused: [],
    script({ dialect, request, requestId, caller, out }) {
      const body = JSON.stringify({
        dialect: dialect.id,
        route: request.route,
        rest: request.rest,
        query: request.query,
        body: Buffer.from(request.body).toString(),
        requestId,
        keyId: caller?.keyId,
      });
      out.answer({ status: 200, headers: { 'content-type': 'application/json' }, body });
    },
    async run(exchange) {
      this.ran.push(exchange);
      await this.script(exchange);
    },
    refuse(exchange, error) {
      this.refused.push({ exchange, error });
      exchange.out.answer(exchange.dialect.encodeError(error, exchange.requestId));
    },
    inFlight: () => 0,
  };
}

function createCountingRandom(): Random {
  let count = 0;
  return {
    uuid: () => 'uuid',
    fraction: () => 0,
    hex(length) {
      count += 1;
      return String(count).padStart(length, '0');
    },
  };
}

const CHAT: Route = { method: 'POST', path: '/v1/chat/completions' };
const MODELS: Route = { method: 'GET', path: '/v1/models' };
const MODEL: Route = { method: 'GET', path: '/v1/models/*' };
const MESSAGES: Route = { method: 'POST', path: '/v1/messages' };
const anthropic: Route = {
  ...MODELS,
  claims: (headers) => headers['anthropic-version'] !== undefined,
};
const INVOKE: Route = { method: 'POST', path: '/model/*/invoke' };

export type RunningServer = {
  readonly server: Server;
  readonly pipeline: ScriptedPipeline;
  readonly port: number;
};

/** A server on a free loopback port, with two dialects that share `/v1/models`. */
export async function openServer(
  options: Partial<ServerOptions> = {},
  deps: Partial<ServerDependencies> = {},
): Promise<RunningServer> {
  const pipeline = createScriptedPipeline();
  const first = createEchoDialect('first', [CHAT, MODELS, MODEL, INVOKE]);
  const second = createEchoDialect('second', [MESSAGES, anthropic]);
  const server = createServer(
    { ...SERVER_DEFAULTS, host: '127.0.0.1', port: 0, version: '1.2.3', ...options },
    {
      pipeline,
      dialects: [first, second],
      fallbackDialect: (headers) => (headers['anthropic-version'] === undefined ? first : second),
      identify: 'open',
      clock: systemClock,
      timers: systemTimers,
      random: createCountingRandom(),
      operatorRoutes: {
        readiness: () => ({ ready: true, reasons: [] }),
        health: () => ({ client_initialized: true }),
        metrics: () => Promise.resolve('metrics 1\n'),
      },
      ...deps,
    },
  );
  const { port } = await server.open();
  return { server, pipeline, port };
}

export type ServerPerTest = {
  readonly open: typeof openServer;
  /** The server that the present test opened last. */
  readonly running: () => RunningServer | undefined;
};

/** Opens servers for the tests of a file, and closes what a test has opened when it ends. */
export function openServerPerTest(): ServerPerTest {
  let running: RunningServer | undefined;
  afterEach(async () => {
    await running?.server.close();
    running = undefined;
  });
  return {
    async open(options, deps) {
      running = await openServer(options, deps);
      return running;
    },
    running: () => running,
  };
}

/** Lets what is under way go on, until it is so. */
export async function turnUntil(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

/** The head of a request to the chat route, to which more lines may be added. */
export const HEAD =
  'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
/** A whole request to the chat route. */
export const POST = `${HEAD}content-length: 2\r\n\r\n{}`;

export type ClientAnswer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
};

export type ClientRequest = {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};

const JSON_BODY = { 'content-type': 'application/json' };

/** POSTs JSON to the chat route unless told otherwise. */
export function send(port: number, asked: ClientRequest = {}): Promise<ClientAnswer> {
  const method = asked.method ?? 'POST';
  const body = asked.body ?? (method === 'POST' ? '{}' : undefined);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        host: '127.0.0.1',
        port,
        method,
        path: asked.path ?? '/v1/chat/completions',
        headers: { ...(method === 'POST' ? JSON_BODY : {}), ...asked.headers },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

export type BareClient = {
  readonly socket: Socket;
  /** All that has arrived. */
  text(): string;
  /** Resolves when what has arrived holds this. */
  until(part: string): Promise<void>;
  /** Resolves with all that arrived, when the server has closed. */
  readonly closed: Promise<string>;
};

export function connectBare(port: number): BareClient {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  return {
    socket,
    text: () => text,
    until: (part) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!text.includes(part)) return;
          socket.off('data', look);
          resolve();
        };
        socket.on('data', look);
        look();
      }),
    closed: new Promise((resolve) => {
      socket.on('close', () => resolve(text));
    }),
  };
}

/** Sends these bytes on a fresh socket and reads until the server closes. */
export function sendBare(port: number, bytes: string): Promise<string> {
  const client = connectBare(port);
  client.socket.write(bytes, 'latin1');
  return client.closed;
}
