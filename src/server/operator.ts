// The operator's routes: liveness, readiness, health, metrics, and a card that says what this is. They answer without the
// pipeline; only what they refuse goes through it, so that it is told like any other refusal. Anybody learns whether the
// gateway is ready; why not, and how the org is reached, only the operator does.

import type { IncomingMessage, ServerResponse } from 'node:http';

import { GatewayError } from '../core/errors/index.ts';
import type { Dialect } from '../dialects/port.ts';
import type { HttpExchange } from './exchange.ts';
import { identifyCaller, type Identity } from './gate.ts';
import { isLoopbackAddress } from './host-list.ts';
import type { Readiness, ServerDependencies, ServerOptions } from './options.ts';
import type { Reception } from './reception.ts';
import { chatGuide, createOpenApi } from './self-documentation.ts';

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };
const TEXT_HEADERS = { 'content-type': 'text/plain; charset=utf-8' };
const METRICS_HEADERS = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
const SERVICE = 'forcegate';
const MS_PER_S = 1000;
/** In place of the reasons, which may hold Salesforce's own words and where the org logs in. */
const UNTOLD_REASON = 'unavailable';

export type OperatorRoute = {
  readonly path: string;
  answer(request: IncomingMessage, response: ServerResponse): void;
};

export const OPERATOR_PATHS = [
  '/',
  '/api/hello',
  '/livez',
  '/readyz',
  '/health',
  '/metrics',
  // The predecessor's.
  '/metrics/performance',
  '/v1/performance/metrics',
  '/v1/chat/completions',
  '/openapi.json',
] as const;
/** Not the operator's alone, though answered here. */
const UNLISTED: ReadonlySet<string> = new Set(['/', '/api/hello', '/v1/chat/completions']);

function json(exchange: HttpExchange, status: number, body: unknown): void {
  exchange.out.answer({ status, headers: JSON_HEADERS, body: `${JSON.stringify(body)}\n` });
}

export function createOperatorRoutes(
  options: ServerOptions,
  deps: ServerDependencies,
  reception: Reception,
): readonly OperatorRoute[] {
  const { operatorRoutes } = deps;

  /** A wrong key is not refused here: what asks for readiness is often a probe that has none. */
  function mayKnowWhy({ headers, socket }: IncomingMessage): boolean {
    return isOperator(identifyCaller(headers, deps.identify), socket.remoteAddress);
  }

  function readiness(): Readiness {
    if (!reception.closing) return operatorRoutes.readiness();
    return { ready: false, reasons: ['shutting down'] };
  }

  const answers = {
    '/': (exchange) =>
      json(exchange, 200, {
        service: SERVICE,
        version: options.version,
        ...(options.demo ? { demo: true } : {}),
        endpoints: endpointsOf(deps.dialects),
        operator: OPERATOR_PATHS.filter((path) => !UNLISTED.has(path)),
      }),
    // Some clients greet their server before their first request.
    '/api/hello': (exchange) => exchange.out.answer({ status: 204, headers: {}, body: '' }),
    '/livez': (exchange) => exchange.out.answer({ status: 200, headers: TEXT_HEADERS, body: 'ok\n' }),
    '/readyz': (exchange, request) => {
      const { ready, reasons } = readiness();
      json(exchange, ready ? 200 : 503, mayKnowWhy(request) ? { ready, reasons } : untold(ready));
    },
    '/health': (exchange, request) => {
      const { ready, reasons } = readiness();
      json(exchange, ready ? 200 : 503, {
        status: ready ? 'healthy' : 'unhealthy',
        service: SERVICE,
        version: options.version,
        timestamp: Math.floor(deps.clock.nowMs() / MS_PER_S),
        // Monitors of the predecessor read this name, without a key.
        client_initialized: ready,
        ...(mayKnowWhy(request) ? { ready, reasons, ...operatorRoutes.health() } : untold(ready)),
      });
    },
    '/metrics': (exchange, request) => {
      const refusal = refuseMetrics(exchange, request, deps);
      if (refusal === undefined) void tellMetrics(exchange);
      else reception.refuse(exchange, refusal);
    },
    '/metrics/performance': (exchange, request) => tellPage('/metrics/performance', exchange, request),
    '/v1/performance/metrics': (exchange, request) => tellPage('/v1/performance/metrics', exchange, request),
    '/v1/chat/completions': (exchange) => json(exchange, 200, chatGuide()),
    '/openapi.json': (exchange) => json(exchange, 200, createOpenApi(deps.dialects, options.version)),
  } satisfies Record<
    (typeof OPERATOR_PATHS)[number],
    (exchange: HttpExchange, request: IncomingMessage) => void
  >;

  function tellPage(path: string, exchange: HttpExchange, request: IncomingMessage): void {
    const refusal = refuseMetrics(exchange, request, deps);
    if (refusal === undefined) json(exchange, 200, operatorRoutes.pages?.[path]?.() ?? {});
    else reception.refuse(exchange, refusal);
  }

  async function tellMetrics(exchange: HttpExchange): Promise<void> {
    try {
      const body = await operatorRoutes.metrics();
      exchange.out.answer({ status: 200, headers: METRICS_HEADERS, body });
    } catch (thrown) {
      const detail = thrown instanceof Error ? thrown.message : String(thrown);
      reception.refuse(
        exchange,
        new GatewayError('internal', 'The metrics could not be collected.', { detail }),
      );
    }
  }

  return OPERATOR_PATHS.map((path) => ({
    path,
    answer(request, response) {
      const exchange = reception.arriveUnrouted(request, response);
      const refusal = reception.judgeOrigin(request);
      if (refusal === undefined) answers[path](exchange, request);
      else reception.refuse(exchange, refusal);
    },
  }));
}

function untold(ready: boolean): Readiness {
  return { ready, reasons: ready ? [] : [UNTOLD_REASON] };
}

/** Metrics tell who calls what and how much: for operators only. */
function refuseMetrics(
  exchange: HttpExchange,
  request: IncomingMessage,
  deps: ServerDependencies,
): GatewayError | undefined {
  const identity = identifyCaller(request.headers, deps.identify);
  if (identity.type === 'refused') {
    exchange.out.addHeaders(['www-authenticate', 'Bearer']);
    return identity.error;
  }
  if (identity.type === 'known') exchange.caller = identity.caller;
  if (isOperator(identity, request.socket.remoteAddress)) return undefined;
  return new GatewayError(
    'forbidden',
    identity.type === 'open'
      ? 'Without keys, metrics are served to this machine only.'
      : 'Metrics need the admin key.',
  );
}

/** Who bears the admin key; where there are no keys, who calls from this machine. */
export function isOperator(identity: Identity, peer: string | undefined): boolean {
  if (identity.type === 'open') return isLoopbackAddress(peer);
  return identity.type === 'known' && identity.caller.admin;
}

/** Each once: two dialects may share a path. */
function endpointsOf(dialects: readonly Dialect[]): readonly string[] {
  return [
    ...new Set(dialects.flatMap(({ routes }) => routes.map(({ method, path }) => `${method} ${path}`))),
  ];
}
