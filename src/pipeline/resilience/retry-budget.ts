// Retries as a share of requests, so that an outage of Salesforce is not multiplied by everyone's retries: a gateway that
// tried each request four times would keep a recovering org on its knees.

import type { RetryOptions } from './options.ts';
import { SlidingCounts } from './sliding-counts.ts';

export class RetryBudget {
  readonly #options: Pick<RetryOptions, 'budgetShare' | 'budgetFloor'>;
  /** Requests, and retries. */
  readonly #counts: SlidingCounts;

  constructor(options: RetryOptions) {
    this.#options = options;
    this.#counts = new SlidingCounts(options.budgetWindowMs);
  }

  noteRequest(nowMs: number): void {
    this.#counts.addFirst(nowMs);
  }

  /** Takes one retry; false where none is left within the window. */
  take(nowMs: number): boolean {
    const { budgetFloor, budgetShare } = this.#options;
    const allowed = budgetFloor + budgetShare * this.#counts.first(nowMs);
    if (this.#counts.second(nowMs) + 1 > allowed) return false;
    this.#counts.addSecond(nowMs);
    return true;
  }
}
