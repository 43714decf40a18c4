// The circuit breaker of one surface for one model: closed, open, or probing, with one call at a time and another when that
// one says nothing for long. Decided in plain numbers, without timers: that it may be probed is noticed by the next call.

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
  /** Of the probes under way, the oldest: a slow one may still show that all is well. */
  #firstProbe = 0;

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
    const leftMs = Math.max(0, this.#untilMs - nowMs);
    // The probe under way may be over at any time; if it fails, this is the least it will take after it.
    return this.#state === 'probing' ? Math.min(this.#openMs, leftMs) : leftMs;
  }

  /** A ticket for one call, to be handed back with its result; `REFUSED` while open. */
  enter(nowMs: number): number {
    if (this.#state === 'closed') return this.#ticket;
    if (nowMs < this.#untilMs) return REFUSED;
    const isFirst = this.#state === 'open';
    this.#become('probing');
    if (isFirst) this.#firstProbe = this.#ticket;
    // A probe that was swallowed must not keep the way closed as long as its time limit lasts.
    this.#untilMs = nowMs + this.#options.openMsMax;
    return this.#ticket;
  }

  /** The call is being served well, though it has not ended: a probe has shown enough. */
  prove(ticket: number): void {
    if (this.#isProbe(ticket)) this.#close();
  }

  leave(ticket: number, result: BreakerResult, nowMs: number): void {
    if (result === 'served') this.prove(ticket);
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
    } else {
      // It showed nothing, so the next call may probe at once.
      this.#become('open');
      this.#untilMs = nowMs;
    }
  }

  #isProbe(ticket: number): boolean {
    return this.#state === 'probing' && ticket >= this.#firstProbe;
  }

  #close(): void {
    this.#become('closed');
    this.#counts.clear();
    this.#row = 0;
    this.#observe('closed', 0);
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
