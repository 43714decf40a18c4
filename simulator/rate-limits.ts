// Requests a minute for each endpoint of the org, in fixed windows of the org's clock. Off where no limit is set.
import type { RateLimit } from './failures.ts';

const windowMs = 60_000;

export class RateLimits {
  #windows = new Map<string, { start: number; used: number }>();

  /** Counts a request; gives the limit it broke, if it did. */
  count(endpoint: string, limit: number | undefined, nowMs: number): RateLimit | undefined {
    if (limit === undefined) return undefined;
    let window = this.#windows.get(endpoint);
    if (window === undefined || nowMs - window.start >= windowMs) {
      window = { start: nowMs, used: 0 };
      this.#windows.set(endpoint, window);
    }
    window.used += 1;
    if (window.used <= limit) return undefined;
    const resetSeconds = Math.ceil((window.start + windowMs - nowMs) / 1000);
    return { limit, remaining: 0, resetSeconds, key: endpoint };
  }

  reset(): void {
    this.#windows.clear();
  }
}
