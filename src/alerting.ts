// The operator's side of the composition that acts by itself: watches outcomes and readings, logs each alert once on its
// change, tells the webhook, and counts what the performance pages show.

import type { Config } from './config/index.ts';
import type { Clock, Timers } from './core/platform/index.ts';
import type { GatewayStatus } from './operator-views.ts';
import { tokenHitRate } from './salesforce/credentials/index.ts';
import { collect, createTransport, type Trust } from './salesforce/transport/index.ts';
import type { AlertName } from './telemetry/alert-rules.ts';
import { createAlertWebhook, type AlertWebhook } from './telemetry/alert-webhook.ts';
import { createAlerts, type AlertChange, type AlertReadings } from './telemetry/alerts.ts';
import type { GatewayTelemetry } from './telemetry/index.ts';
import { Performance } from './telemetry/performance.ts';
import type { Telemetry } from './telemetry/port.ts';

export type Watch = {
  /** What the pipeline tells: passed on, and watched. */
  readonly telemetry: Telemetry;
  /** As of the last look. */
  isFiring(alert: AlertName): boolean;
  open(): void;
  /** Fields for `/health`. */
  health(): Readonly<Record<string, unknown>>;
  /** The predecessor's pages, by path. */
  readonly pages: Readonly<Record<string, () => unknown>>;
  close(): Promise<void>;
};

export type WatchDependencies = {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly telemetry: GatewayTelemetry;
  readonly trust: Trust;
  readonly status: () => GatewayStatus;
};

const MS_PER_S = 1000;
const MS_PER_HOUR = 3_600_000;
const WEBHOOK_CONNECTIONS = 1;
const WEBHOOK_ANSWER_BYTES_MAX = 64 * 1024;
const WEBHOOK_MS = 10_000;
const LEVELS = { notice: 'info', warning: 'warn', critical: 'error' } as const;

export function createWatch(config: Config, deps: WatchDependencies): Watch {
  const { clock, telemetry } = deps;
  const startedMs = clock.monotonicMs();
  const performance = new Performance(clock);
  const webhook = createWebhook(config, deps);
  const alerts = createAlerts({
    ...deps,
    read: () => readingsOf(deps.status()),
    onChange(change) {
      logChange(change, telemetry);
      webhook?.hook.tell(change);
    },
  });
  const uptimeMs = (): number => clock.monotonicMs() - startedMs;
  const view: PerformanceView = { config, performance, status: deps.status, uptimeMs };
  return {
    telemetry: {
      begin: () => telemetry.begin(),
      ...(telemetry.wants === undefined ? {} : { wants: telemetry.wants }),
      settle(outcome) {
        alerts.observe(outcome);
        performance.observe(outcome);
        telemetry.settle(outcome);
      },
    },
    isFiring: (alert) => alerts.isFiring(alert),
    open: () => alerts.open(),
    health: () => ({
      global_config_initialized: true,
      configuration: 'valid',
      models_host: new URL(config.api.url).host,
      login_host: new URL(config.login.instanceUrl).host,
      uptime_seconds: Math.round(uptimeMs() / MS_PER_S),
      response_time_baseline_ms: Math.round(alerts.baselineMs()),
      alerts: alerts.firing().map(({ alert, severity, message, sinceMs }) => ({
        alert,
        severity,
        message,
        since: new Date(sinceMs).toISOString(),
      })),
    }),
    pages: {
      '/metrics/performance': () => tokenPage(view),
      '/v1/performance/metrics': () => requestPage(view),
    },
    async close() {
      alerts.close();
      await webhook?.hook.close();
      await webhook?.close();
    },
  };
}

function readingsOf({ token, broken, quotas, certificateExpiresInS }: GatewayStatus): AlertReadings {
  const { hits, coalesced, misses } = token.statistics;
  return {
    tokenExpiresInS: token.expiresInS,
    renewalFailed: token.lastFailure !== undefined,
    tokenHits: hits + coalesced,
    tokenMisses: misses,
    openBreakers: broken
      .filter(({ state }) => state === 'open')
      .map(({ surface, model }) => `${surface} ${model}`),
    quotas: quotas.map(({ surface, limit, lowest }) => ({ surface, limit, lowest })),
    certificateExpiresInS,
  };
}

function logChange({ alert, state, severity, message }: AlertChange, telemetry: GatewayTelemetry): void {
  const level = state === 'firing' ? LEVELS[severity] : 'info';
  telemetry.log(level, `alert: ${state}`, { alert, severity, message });
}

function createWebhook(
  config: Config,
  { timers, trust, telemetry }: WatchDependencies,
): { hook: AlertWebhook; close: () => Promise<void> } | undefined {
  const { webhookUrl } = config.alerts;
  if (webhookUrl === undefined) return undefined;
  const url = new URL(webhookUrl.reveal());
  const transport = createTransport(
    {
      origin: url.origin,
      connections: WEBHOOK_CONNECTIONS,
      connectTimeoutMs: WEBHOOK_MS,
      firstByteTimeoutMs: WEBHOOK_MS,
      idleTimeoutMs: WEBHOOK_MS,
      keepAliveTimeoutMs: WEBHOOK_MS,
      closeGraceMs: MS_PER_S,
      proxy: config.network.proxy,
    },
    { trust, timers },
  );
  const request = {
    method: 'POST',
    path: `${url.pathname}${url.search}`,
    headers: { 'content-type': 'application/json' },
  } as const;
  const hook = createAlertWebhook({
    timers,
    source: 'forcegate',
    post: async (body, signal) => {
      const options = { signal, bodyBytesMax: WEBHOOK_ANSWER_BYTES_MAX };
      return (await collect(transport, { ...request, body }, options)).status;
    },
    // The address may hold a key of its own, so it is not told.
    onFailure: (why) => telemetry.log('warn', 'alert: webhook failed', { why }),
  });
  return { hook, close: () => transport.close() };
}

type PerformanceView = {
  readonly config: Config;
  readonly performance: Performance;
  readonly status: () => GatewayStatus;
  readonly uptimeMs: () => number;
};

const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** The predecessor's `/metrics/performance` by its names, as far as they mean something. */
function tokenPage({ performance, status }: PerformanceView): unknown {
  const { token } = status();
  const { statistics } = token;
  const { requests, meanMs, samples } = performance.reading();
  const rate = tokenHitRate(statistics);
  return {
    server_type: 'asynchronous',
    token_cache_optimization: { status: token.state, expires_in_seconds: token.expiresInS ?? null },
    performance_metrics: {
      // Per cent, as it was; null before the first call, which is not the same as none found.
      cache_hit_rate: rate === undefined ? null : rounded(rate * 100),
      cache_hits: statistics.hits + statistics.coalesced,
      cache_misses: statistics.misses,
      total_requests: requests,
    },
    file_io_optimization: {
      actual_file_io_operations: statistics.fileReads,
      token_refresh_count: statistics.minted,
    },
    response_performance: {
      // Seconds, of the last quarter of an hour.
      avg_response_time: meanMs === undefined ? null : rounded(meanMs / MS_PER_S, 3),
      response_samples: samples,
    },
  };
}

/** The predecessor's `/v1/performance/metrics`, likewise. Savings that nobody can measure are left out. */
function requestPage({ config, performance, status, uptimeMs }: PerformanceView): unknown {
  const { requests, failures, upstreamCalls, meanMs } = performance.reading();
  const { models } = status();
  const uptimeHours = rounded(uptimeMs() / MS_PER_HOUR, 4);
  return {
    async_optimization: {
      requests_processed: requests,
      avg_response_time_ms: meanMs === undefined ? null : rounded(meanMs),
      uptime_hours: uptimeHours,
    },
    connection_pool: {
      uptime_hours: uptimeHours,
      requests_made: upstreamCalls,
      session_active: models.connections > 0,
      sessions_open: models.connections,
      requests_running: models.running,
      max_connections: config.network.connectionsMax,
      errors: failures,
    },
  };
}
