// What Salesforce says is left of the org's requests, by surface, from the headers of its answers (`x-ratelimit-*`, reference
// 3.10). Whether every answer carries them or only a refusal is not published, so unknown stays unknown.

import type { Clock } from '../../core/platform/index.ts';

export type QuotaReading = {
  readonly surface: string;
  readonly limit: number;
  /** Undefined once the window that was told of has ended: nobody knows what is left of the next one. */
  readonly remaining: number | undefined;
  /** The least that was left of late, which outlasts the window it was of. */
  readonly lowest: number;
};

type Head = { readonly headers: Readonly<Record<string, string | readonly string[] | undefined>> };

type Quota = {
  limit: number;
  remaining: number;
  /** Monotonic. */
  endsMs: number;
  /** The least of each minute, by its number. */
  readonly lows: Map<number, number>;
};

const MS_PER_S = 1000;
const MINUTE_MS = 60_000;
/** How long a low is remembered: the windows are of a minute, and one that just began proves nothing. */
const LOW_MINUTES = 5;
/** Where no end of the window is told. */
const WINDOW_MS = MINUTE_MS;
const WINDOW_MS_MAX = 86_400_000;
const COUNT = /^\d{1,12}$/;

export class Quotas {
  readonly #clock: Clock;
  /** By surface, of which there are a handful. */
  readonly #quotas = new Map<string, Quota>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(surface: string, { headers }: Head): void {
    const told = headers['x-ratelimit-remaining'];
    if (told === undefined) return;
    const remaining = countOf(told);
    const limit = countOf(headers['x-ratelimit-limit']);
    if (remaining === undefined || limit === undefined || limit === 0) return;
    const nowMs = this.#clock.monotonicMs();
    const resetS = countOf(headers['x-ratelimit-reset']);
    const windowMs = resetS === undefined ? WINDOW_MS : Math.min(resetS * MS_PER_S, WINDOW_MS_MAX);
    const quota = this.#quotas.get(surface) ?? { limit, remaining, endsMs: 0, lows: new Map() };
    quota.limit = limit;
    quota.remaining = Math.min(remaining, limit);
    quota.endsMs = nowMs + windowMs;
    const minute = Math.floor(nowMs / MINUTE_MS);
    quota.lows.set(minute, Math.min(quota.lows.get(minute) ?? limit, quota.remaining));
    forget(quota.lows, minute);
    this.#quotas.set(surface, quota);
  }

  /** Surfaces of which something was told of late. */
  readings(): readonly QuotaReading[] {
    const nowMs = this.#clock.monotonicMs();
    const minute = Math.floor(nowMs / MINUTE_MS);
    return [...this.#quotas].flatMap(([surface, { limit, remaining, endsMs, lows }]) => {
      forget(lows, minute);
      const isCurrent = nowMs < endsMs;
      if (!isCurrent && lows.size === 0) return [];
      const lowest = Math.min(...lows.values(), ...(isCurrent ? [remaining] : []));
      return [{ surface, limit, remaining: isCurrent ? remaining : undefined, lowest }];
    });
  }
}

function forget(lows: Map<number, number>, minute: number): void {
  for (const noted of lows.keys()) if (noted <= minute - LOW_MINUTES) lows.delete(noted);
}

function countOf(header: string | readonly string[] | undefined): number | undefined {
  const text = (typeof header === 'string' ? header : header?.[0])?.trim() ?? '';
  return COUNT.test(text) ? Number(text) : undefined;
}
