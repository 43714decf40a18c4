// What an operator watches of resilience, as numbers that are read when the metrics are asked for.

import { ERROR_CODES, ERROR_TABLE } from '../../core/errors/index.ts';
import type { BrokenWay } from './breakers.ts';
import type { LimiterReading } from './limiter.ts';
import type { QuotaReading } from './quotas.ts';
import type { ResilienceReading } from './resilience.ts';

export type ResilienceGauge = {
  readonly name: string;
  readonly help: string;
  readonly type?: 'gauge' | 'counter';
  readonly labels?: Readonly<Record<string, string>>;
  readonly read: () => number;
};

const QUOTA_HELP = {
  limit: 'Requests that Salesforce lets the org make in its window; NaN while it tells nothing',
  remaining: 'Requests left of that window; NaN while it tells nothing',
} as const;

/** For the health page. */
export function tellQuotas(quotas: readonly QuotaReading[]): readonly Readonly<Record<string, unknown>>[] {
  return quotas.map(({ surface, limit, remaining, lowest }) => ({
    surface,
    limit,
    remaining: remaining ?? null,
    lowest,
  }));
}

/** For the health page. */
export function tellBroken(broken: readonly BrokenWay[]): readonly Readonly<Record<string, unknown>>[] {
  return broken.map(({ surface, model, state, retryAfterS }) => ({
    surface,
    model,
    state,
    retry_after_seconds: retryAfterS,
  }));
}

/** What can be tried again after a wait; of time limits, the one to a connection. */
const RETRIED = ERROR_CODES.filter(
  (code) => code === 'upstream_timeout' || ['told', 'backoff'].includes(ERROR_TABLE[code].retry),
);
const STATES = ['open', 'half-open', 'probing'] as const;

export function resilienceGauges(
  read: () => ResilienceReading,
  surfaces: readonly string[],
): readonly ResilienceGauge[] {
  const limiter = (surface: string, state: keyof LimiterReading): ResilienceGauge => ({
    name: 'forcegate_surface_calls',
    help: 'Calls running on a surface, waiting for it, and the most that it is given at once',
    labels: { surface, state },
    read: () => read().limiters.get(surface)?.[state] ?? 0,
  });
  return [
    ...RETRIED.map((reason) => ({
      name: 'forcegate_retries_total',
      help: 'Calls made once more, by what had failed',
      type: 'counter' as const,
      labels: { reason },
      read: () => read().retries.get(reason) ?? 0,
    })),
    {
      name: 'forcegate_retries_denied_total',
      help: 'Retries not made because the budget of retries was spent',
      type: 'counter',
      read: () => read().retriesDenied,
    },
    {
      name: 'forcegate_streams_opened_by_silence_total',
      help: 'Streams opened to the client before Salesforce had said anything',
      type: 'counter',
      read: () => read().streamsOpenedBySilence,
    },
    ...surfaces.flatMap((surface) =>
      STATES.map((state) => ({
        name: 'forcegate_breakers',
        help: 'Circuit breakers of a surface, one for each model, that are not closed',
        labels: { surface, state },
        read: () => read().broken.filter((way) => way.surface === surface && way.state === state).length,
      })),
    ),
    ...surfaces.flatMap((surface) =>
      (['limit', 'remaining'] as const).map((what) => ({
        name: `forcegate_quota_${what}`,
        help: QUOTA_HELP[what],
        labels: { surface },
        read: () => read().quotas.find((quota) => quota.surface === surface)?.[what] ?? Number.NaN,
      })),
    ),
    ...surfaces.flatMap((surface) =>
      (['running', 'queued', 'limit'] as const).map((state) => limiter(surface, state)),
    ),
  ];
}
