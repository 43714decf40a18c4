// The breakers of all surfaces and models. Model names can be invented by clients, so there is a most of them: a closed
// one is forgotten first, since it only loses what it had counted.

import { GatewayError, type ErrorCode } from '../../core/errors/index.ts';
import { Breaker, type BreakerResult } from './breaker.ts';
import type { BreakerOptions } from './options.ts';

const BREAKERS_MAX = 1_000;
const MS_PER_S = 1_000;

export type BreakerEvent = {
  readonly type: 'opened' | 'closed';
  readonly surface: string;
  readonly model: string;
  /** How long it lets no call through; 0 when it closed. */
  readonly openMs: number;
};

/** One that is not closed. */
export type BrokenWay = {
  readonly surface: string;
  readonly model: string;
  /** `half-open`: it has waited long enough, and the next call will probe. */
  readonly state: 'open' | 'half-open' | 'probing';
  /** 0 where the next call may go through. */
  readonly retryAfterS: number;
};

/** What says nothing of the surface's health: limits of rate, logins, and hang-ups of whoever asked. */
const UNCOUNTED: ReadonlySet<ErrorCode> = new Set([
  'upstream_rate_limited',
  'upstream_unauthorized',
  'upstream_login_refused',
  'upstream_login_unavailable',
]);

export function resultOf(error: GatewayError | undefined): BreakerResult {
  if (error === undefined) return 'served';
  if (UNCOUNTED.has(error.code) || error.code === 'client_closed') return 'unknown';
  switch (error.fault) {
    case 'upstream':
      return 'failed';
    case 'client':
      // It was answered, and the answer was about the request.
      return 'served';
    case 'policy':
    case 'gateway':
      return 'unknown';
  }
}

export class Breakers {
  readonly #options: BreakerOptions;
  readonly #observe: (event: BreakerEvent) => void;
  readonly #bySurface = new Map<string, Map<string, Breaker>>();
  #count = 0;

  constructor(options: BreakerOptions, observe: (event: BreakerEvent) => void) {
    this.#options = options;
    this.#observe = observe;
  }

  of(surface: string, model: string): Breaker {
    const ofSurface = this.#bySurface.get(surface);
    return ofSurface?.get(model) ?? this.#make(surface, model);
  }

  /** Those that are open or being probed. */
  broken(nowMs: number): readonly BrokenWay[] {
    const ways: BrokenWay[] = [];
    for (const [surface, ofSurface] of this.#bySurface) {
      for (const [model, breaker] of ofSurface) {
        const { state } = breaker;
        if (state === 'closed') continue;
        const waitMs = breaker.waitMs(nowMs);
        // Without traffic nobody probes, and it would be told as open for ever.
        if (state === 'open' && waitMs === 0)
          ways.push({ surface, model, state: 'half-open', retryAfterS: 0 });
        else ways.push({ surface, model, state, retryAfterS: wholeSeconds(waitMs) });
      }
    }
    return ways;
  }

  #make(surface: string, model: string): Breaker {
    let ofSurface = this.#bySurface.get(surface);
    if (ofSurface === undefined) {
      ofSurface = new Map();
      this.#bySurface.set(surface, ofSurface);
    }
    const breaker = new Breaker(this.#options, (state, openMs) =>
      this.#observe({ type: state === 'open' ? 'opened' : 'closed', surface, model, openMs }),
    );
    if (this.#count >= BREAKERS_MAX) this.#forgetOne();
    ofSurface.set(model, breaker);
    this.#count += 1;
    return breaker;
  }

  #forgetOne(): void {
    for (const ofSurface of this.#bySurface.values()) {
      for (const [model, breaker] of ofSurface) {
        if (breaker.state !== 'closed') continue;
        ofSurface.delete(model);
        this.#count -= 1;
        return;
      }
    }
    // All are open, so which one is forgotten matters little.
    for (const ofSurface of this.#bySurface.values()) {
      const oldest = ofSurface.keys().next();
      if (oldest.done === true) continue;
      ofSurface.delete(oldest.value);
      this.#count -= 1;
      return;
    }
  }
}

/** For a caller whose only way is closed to him now. */
export function brokenError(surface: string, waitMs: number): GatewayError {
  return new GatewayError(
    'upstream_unavailable',
    `Salesforce has failed too often of late on ${surface} for this model, so the gateway lets it rest. Try again later.`,
    { retryAfterMs: wholeSeconds(waitMs) * MS_PER_S },
  );
}

function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / MS_PER_S));
}
