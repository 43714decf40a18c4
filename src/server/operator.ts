// The operator's routes: liveness, readiness, health, metrics, and a card that says what this is. They answer without the
// pipeline; only what they refuse goes through it, so that it is told like any other refusal.

import type { IncomingMessage, ServerResponse } from 'node:http';

import { GatewayError } from '../core/errors/index.ts';
import type { HttpExchange } from './exchange.ts';
import { identifyCaller } from './gate.ts';
import { isLoopbackAddress } from './host-list.ts';
import type { ServerDependencies, ServerOptions } from './options.ts';
import type { Reception } from './reception.ts';

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };
const TEXT_HEADERS = { 'content-type': 'text/plain; charset=utf-8' };
const METRICS_HEADERS = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
const SERVICE = 'forcegate';
const MS_PER_S = 1000;

export type OperatorRoute = {
  readonly path: string;
  answer(request: IncomingMessage, response: ServerResponse): void;
};

export const OPERATOR_PATHS = ['/', '/api/hello', '/livez', '/readyz', '/health', '/metrics'] as const;

function json(exchange: HttpExchange, status: number, body: unknown): void {
  exchange.out.answer({ status, headers: JSON_HEADERS, body: `${JSON.stringify(body)}\n` });
}

export function createOperatorRoutes(
  options: ServerOptions,
  deps: ServerDependencies,
  reception: Reception,
): readonly OperatorRoute[] {
  const { operatorRoutes } = deps;

  function readiness(): { ready: boolean; reasons: readonly string[] } {
    if (!reception.closing) return operatorRoutes.readiness();
    return { ready: false, reasons: ['shutting down'] };
  }

  const answers = {
    '/': (exchange) =>
      json(exchange, 200, {
        service: SERVICE,
        version: options.version,
        ...(options.demo ? { demo: true } : {}),
        endpoints: deps.dialects.flatMap(({ routes }) =>
          routes.map(({ method, path }) => `${method} ${path}`),
        ),
        operator: OPERATOR_PATHS.filter((path) => path.length > 1 && path !== '/api/hello'),
      }),
    // Some clients greet their server before their first request.
    '/api/hello': (exchange) => exchange.out.answer({ status: 204, headers: {}, body: '' }),
    '/livez': (exchange) => exchange.out.answer({ status: 200, headers: TEXT_HEADERS, body: 'ok\n' }),
    '/readyz': (exchange) => {
      const { ready, reasons } = readiness();
      json(exchange, ready ? 200 : 503, { ready, reasons });
    },
    '/health': (exchange) => {
      const { ready } = readiness();
      json(exchange, ready ? 200 : 503, {
        status: ready ? 'healthy' : 'unhealthy',
        service: SERVICE,
        version: options.version,
        timestamp: Math.floor(deps.clock.nowMs() / MS_PER_S),
        ...operatorRoutes.health(),
      });
    },
    '/metrics': (exchange, request) => {
      const refusal = refuseMetrics(exchange, request, deps);
      if (refusal === undefined) void tellMetrics(exchange);
      else reception.refuse(exchange, refusal);
    },
  } satisfies Record<
    (typeof OPERATOR_PATHS)[number],
    (exchange: HttpExchange, request: IncomingMessage) => void
  >;

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

/** Metrics tell who calls what and how much: for operators only, or where there are no keys for this machine only. */
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
  if (identity.type === 'open') {
    if (isLoopbackAddress(request.socket.remoteAddress)) return undefined;
    return new GatewayError('forbidden', 'Without keys, metrics are served to this machine only.');
  }
  exchange.caller = identity.caller;
  return identity.caller.admin ? undefined : new GatewayError('forbidden', 'Metrics need the admin key.');
}
