// What all requests share to outlive Salesforce's troubles: breakers, limiters, the budget of retries, and what is counted.

import type { ErrorCode } from '../../core/errors/index.ts';
import type { Clock, Timers } from '../../core/platform/index.ts';
import { Breakers, type BreakerEvent, type BrokenWay } from './breakers.ts';
import type { LimiterReading } from './limiter.ts';
import { Limiters } from './limiters.ts';
import type { ResilienceOptions } from './options.ts';
import { Quotas, type QuotaReading } from './quotas.ts';
import { RetryBudget } from './retry-budget.ts';

export type ResilienceReading = {
  /** Calls made once more, by what failed before. */
  readonly retries: ReadonlyMap<ErrorCode, number>;
  /** Retries that were due and not made, because the budget was spent. */
  readonly retriesDenied: number;
  /** Streams opened because nothing had come for a while. */
  readonly streamsOpenedBySilence: number;
  readonly broken: readonly BrokenWay[];
  /** By surface. */
  readonly limiters: ReadonlyMap<string, LimiterReading>;
  /** Of the surfaces whose answers tell. */
  readonly quotas: readonly QuotaReading[];
};

export class Resilience {
  readonly options: ResilienceOptions;
  readonly breakers: Breakers;
  readonly limiters: Limiters;
  readonly budget: RetryBudget;
  readonly quotas: Quotas;
  readonly #clock: Clock;
  readonly #retries = new Map<ErrorCode, number>();
  #retriesDenied = 0;
  streamsOpenedBySilence = 0;

  constructor(
    options: ResilienceOptions,
    deps: {
      readonly clock: Clock;
      readonly timers: Timers;
      readonly observe: (event: BreakerEvent) => void;
    },
  ) {
    this.options = options;
    this.breakers = new Breakers(options.breaker, deps.observe);
    this.limiters = new Limiters(options.limiter, deps);
    this.budget = new RetryBudget(options.retry);
    this.quotas = new Quotas(deps.clock);
    this.#clock = deps.clock;
  }

  /** Whether the budget has a retry left; takes and counts it. */
  takeRetry(cause: ErrorCode): boolean {
    if (!this.budget.take(this.#clock.monotonicMs())) {
      this.#retriesDenied += 1;
      return false;
    }
    this.#retries.set(cause, (this.#retries.get(cause) ?? 0) + 1);
    return true;
  }

  reading(): ResilienceReading {
    return {
      retries: this.#retries,
      retriesDenied: this.#retriesDenied,
      streamsOpenedBySilence: this.streamsOpenedBySilence,
      broken: this.breakers.broken(this.#clock.monotonicMs()),
      limiters: this.limiters.readings(),
      quotas: this.quotas.readings(),
    };
  }
}
