// What an operator sees of the parts: status, health, readiness, the numbers read for metrics, and the log lines about what
// parts do by themselves. Nothing here decides anything.

import type { BreakerEvent, BrokenWay } from './pipeline/resilience/breakers.ts';
import { tellBroken, tellQuotas } from './pipeline/resilience/gauges.ts';
import type { QuotaReading } from './pipeline/resilience/quotas.ts';
import { tokenHitRate, type TokenEvent } from './salesforce/credentials/index.ts';
import type { TokenStatus } from './salesforce/credentials/port.ts';
import type { CompressionEvent } from './salesforce/transport/index.ts';
import type { TransportStatistics } from './salesforce/transport/port.ts';
import type { ServerStatistics, TlsRenewalEvent } from './server/index.ts';
import type { GatewayTelemetry } from './telemetry/index.ts';

export type GatewayStatus = {
  readonly token: TokenStatus;
  readonly server: ServerStatistics;
  readonly login: TransportStatistics;
  readonly models: TransportStatistics;
  readonly inFlight: number;
  /** Until the listener's own certificate ends, below 0 afterwards; undefined where it has none. */
  readonly certificateExpiresInS: number | undefined;
  /** Surfaces that are given a rest for a model, because they failed too often. */
  readonly broken: readonly BrokenWay[];
  /** What Salesforce says is left of the org's requests. */
  readonly quotas: readonly QuotaReading[];
};

export type PathObservers = {
  readonly compression?: (event: CompressionEvent) => void;
  readonly breaker?: (event: BreakerEvent) => void;
};

export function logPathEvents(telemetry: GatewayTelemetry): PathObservers {
  return {
    compression: ({ type, root, status }) => telemetry.log('info', `compression: ${type}`, { root, status }),
    breaker: ({ type, ...fields }) =>
      telemetry.log(type === 'opened' ? 'warn' : 'info', `breaker: ${type}`, fields),
  };
}

export function logCertificateEvent(telemetry: GatewayTelemetry, event: TlsRenewalEvent): void {
  if (event.type === 'refused') {
    telemetry.log('error', 'certificate: renewal refused, the old one stays', { why: event.why });
    return;
  }
  const { validToMs, names } = event;
  telemetry.log('info', 'certificate: renewed', { valid_to: new Date(validToMs).toISOString(), names });
}

/** Not ready exactly while no call could be served: without a token that is still good. */
export function readinessOf(status: TokenStatus): { ready: boolean; reasons: readonly string[] } {
  if (status.state === 'valid' || status.state === 'expiring') return { ready: true, reasons: [] };
  return { ready: false, reasons: [status.lastFailure ?? 'not logged in to Salesforce yet'] };
}

export function healthOf(status: GatewayStatus): Readonly<Record<string, unknown>> {
  const { token } = status;
  return {
    client_initialized: token.state === 'valid' || token.state === 'expiring',
    token: {
      state: token.state,
      expires_in_seconds: token.expiresInS,
      last_failure: token.lastFailure,
      hit_rate: tokenHitRate(token.statistics),
      mints: token.statistics.minted,
      mint_failures: token.statistics.mintFailures,
    },
    in_flight: status.inFlight,
    breakers: tellBroken(status.broken),
    quotas: tellQuotas(status.quotas),
    certificate_expires_in_seconds: status.certificateExpiresInS,
  };
}

export function logTokenEvent(telemetry: GatewayTelemetry, event: TokenEvent): void {
  const { type, ...fields } = event;
  const level = LEVEL_OF_TOKEN_EVENT[type];
  if ('error' in fields) {
    const { error, ...rest } = fields;
    telemetry.log(level, `token: ${type}`, {
      ...rest,
      error: error instanceof Error ? error.message : 'unknown',
    });
    return;
  }
  telemetry.log(level, `token: ${type}`, fields);
}

const LEVEL_OF_TOKEN_EVENT = {
  minted: 'info',
  'mint-failed': 'error',
  'mint-outdated': 'info',
  invalidated: 'warn',
  'clock-differs': 'warn',
  'file-loaded': 'info',
  'file-ignored': 'warn',
  'file-exposed': 'warn',
  'file-drafts-removed': 'info',
  'file-not-written': 'warn',
} as const satisfies Record<TokenEvent['type'], 'info' | 'warn' | 'error'>;
