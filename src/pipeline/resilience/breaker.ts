// The circuit breaker of one surface for one model: closed, open, or probing with one call at a time. Decided in plain
// numbers, without timers: that it may be probed again is noticed by the next call that asks.

import type { BreakerOptions } from './options.ts';
import { SlidingCounts } from './sliding-counts.ts';

export type BreakerState = 'closed' | 'open' | 'probing';

/** What the call showed of the upstream: its fault, its health, or neither (a hang-up, a rate limit, a login). */
export type BreakerResult = 'failed' | 'served' | 'unknown';

export const REFUSED = 0;

export class Breaker {
  readonly #options: BreakerOptions;
  readonly #observe: (state: 'open' | 'closed', openMs: number) => void;
  /** Results of health, and of failure, while closed. */
  readonly #counts: SlidingCounts;
  /** Failures in a row, since `#rowSinceMs`: a surface that fell over is not judged by how well it was before. */
  #row = 0;
  #rowSinceMs = 0;
  #state: BreakerState = 'closed';
  #openMs: number;
  #untilMs = 0;
  /** Grows with every change of state, so that a result of before it counts for nothing. */
  #ticket = 1;

  /** @param observe Told when it opens, from closed, and when it closes again. */
  constructor(options: BreakerOptions, observe: (state: 'open' | 'closed', openMs: number) => void) {
    this.#options = options;
    this.#observe = observe;
    this.#counts = new SlidingCounts(options.windowMs);
    this.#openMs = options.openMs;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Milliseconds until a call may be let through; 0 where one may now. */
  waitMs(nowMs: number): number {
    if (this.#state === 'closed') return 0;
    // The probe under way may take any time; if it fails, this is the least it will take after it.
    if (this.#state === 'probing') return this.#openMs;
    return Math.max(0, this.#untilMs - nowMs);
  }

  /** A ticket for one call, to be handed back with its result; `REFUSED` while open. */
  enter(nowMs: number): number {
    if (this.#state === 'closed') return this.#ticket;
    if (this.#state === 'probing' || nowMs < this.#untilMs) return REFUSED;
    this.#become('probing');
    return this.#ticket;
  }

  leave(ticket: number, result: BreakerResult, nowMs: number): void {
    if (ticket !== this.#ticket) return;
    if (this.#state === 'probing') this.#concludeProbe(result, nowMs);
    else if (result === 'served') {
      this.#counts.addFirst(nowMs);
      this.#row = 0;
    } else if (result === 'failed') {
      this.#counts.addSecond(nowMs);
      if (this.#row === 0 || nowMs - this.#rowSinceMs >= this.#options.windowMs) {
        this.#row = 0;
        this.#rowSinceMs = nowMs;
      }
      this.#row += 1;
      if (this.#isBroken(nowMs)) this.#open(this.#options.openMs, nowMs, true);
    }
  }

  #isBroken(nowMs: number): boolean {
    if (this.#row >= this.#options.callsMin) return true;
    const failures = this.#counts.second(nowMs);
    const results = failures + this.#counts.first(nowMs);
    return results >= this.#options.callsMin && failures >= results * this.#options.failureShare;
  }

  #concludeProbe(result: BreakerResult, nowMs: number): void {
    if (result === 'failed') {
      this.#open(Math.min(this.#openMs * 2, this.#options.openMsMax), nowMs, false);
    } else if (result === 'served') {
      this.#become('closed');
      this.#counts.clear();
      this.#row = 0;
      this.#observe('closed', 0);
    } else {
      // It showed nothing, so the next call may probe at once.
      this.#become('open');
      this.#untilMs = nowMs;
    }
  }

  #open(openMs: number, nowMs: number, told: boolean): void {
    this.#become('open');
    this.#openMs = openMs;
    this.#untilMs = nowMs + openMs;
    if (told) this.#observe('open', openMs);
  }

  #become(state: BreakerState): void {
    this.#state = state;
    this.#ticket += 1;
  }
}
