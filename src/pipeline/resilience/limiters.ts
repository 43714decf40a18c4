// The limiters of all surfaces. Together they never have more calls under way than the transport has connections, so that
// no call ever waits within the transport, where it could not be given up.

import type { Clock, Timers } from '../../core/platform/index.ts';
import { Limiter, type LimiterReading, type SharedPlaces } from './limiter.ts';
import type { LimiterOptions } from './options.ts';

export class Limiters implements SharedPlaces {
  readonly #options: LimiterOptions;
  readonly #deps: { readonly clock: Clock; readonly timers: Timers };
  /** As many as there are surfaces. */
  readonly #limiters = new Map<string, Limiter>();
  #taken = 0;

  constructor(options: LimiterOptions, deps: { readonly clock: Clock; readonly timers: Timers }) {
    this.#options = options;
    this.#deps = deps;
  }

  of(surface: string): Limiter {
    const known = this.#limiters.get(surface);
    if (known !== undefined) return known;
    const limiter = new Limiter(this.#options, this, this.#deps);
    this.#limiters.set(surface, limiter);
    return limiter;
  }

  readings(): ReadonlyMap<string, LimiterReading> {
    return new Map(Array.from(this.#limiters, ([surface, limiter]) => [surface, limiter.reading()]));
  }

  hasRoom(): boolean {
    return this.#taken < this.#options.concurrencyMax;
  }

  take(): void {
    this.#taken += 1;
  }

  release(): void {
    this.#taken -= 1;
    // One for each in turn, so that a surface with a long queue does not starve the others.
    for (let admitted = true; admitted;) {
      admitted = false;
      for (const [surface, limiter] of this.#limiters) {
        if (!limiter.admitOne()) continue;
        admitted = true;
        this.#moveLast(surface, limiter);
        break;
      }
    }
  }

  #moveLast(surface: string, limiter: Limiter): void {
    if (this.#limiters.size === 1) return;
    this.#limiters.delete(surface);
    this.#limiters.set(surface, limiter);
  }
}
