// What the predecessor's performance pages promised, counted truly: requests, failures, and the times of late.

import { WindowSum } from './window.ts';
import type { Clock } from '../core/platform/index.ts';
import type { Outcome } from './port.ts';

export type PerformanceReading = {
  /** Since the start. */
  readonly requests: number;
  readonly failures: number;
  readonly upstreamCalls: number;
  /** Of the requests that Salesforce answered in the last quarter of an hour; undefined without any. */
  readonly meanMs: number | undefined;
  readonly samples: number;
};

const WINDOW_MS = 15 * 60_000;

export class Performance {
  readonly #clock: Clock;
  readonly #count = new WindowSum(WINDOW_MS);
  readonly #totalMs = new WindowSum(WINDOW_MS);
  #requests = 0;
  #failures = 0;
  #upstreamCalls = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  observe(outcome: Outcome): void {
    this.#requests += 1;
    this.#upstreamCalls += outcome.attempts;
    if (outcome.result === 'error') this.#failures += 1;
    // Lists of models take no time, and would make all else look quick.
    if (outcome.result !== 'ok' || outcome.attempts === 0) return;
    const nowMs = this.#clock.monotonicMs();
    this.#count.add(nowMs, 1);
    this.#totalMs.add(nowMs, outcome.durationMs);
  }

  reading(): PerformanceReading {
    const nowMs = this.#clock.monotonicMs();
    const samples = this.#count.sum(nowMs);
    return {
      requests: this.#requests,
      failures: this.#failures,
      upstreamCalls: this.#upstreamCalls,
      meanMs: samples === 0 ? undefined : this.#totalMs.sum(nowMs) / samples,
      samples,
    };
  }
}
