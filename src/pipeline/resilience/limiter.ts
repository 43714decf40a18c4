// How many calls one surface is given at once, and who waits for a place, in order. The limit follows Salesforce: it
// grows while calls fill it and their first bytes come as soon as ever, and shrinks when it says "too many" or takes too long.

import { GatewayError } from '../../core/errors/index.ts';
import type { CancelSignal, Clock, Timer, Timers } from '../../core/platform/index.ts';
import type { LimiterOptions } from './options.ts';

const SHRINK_FACTOR = 0.7;
/** A first byte later than this many times the usual is a sign of strain. */
const LATENCY_FACTOR = 2;
const RECENT_WEIGHT = 0.1;
const USUAL_WEIGHT = 0.01;
/** What those are told who find no place: by then some of those before them are through. */
const RETRY_AFTER_MS = 5_000;
const MS_PER_S = 1_000;

/** What a call showed: `strained` is a rate limit or a timeout. */
export type CallSign = 'good' | 'strained' | 'none';

export type LimiterReading = { readonly running: number; readonly queued: number; readonly limit: number };

type Waiter = {
  readonly expiresMs: number;
  /** Takes the place that was given. */
  readonly enter: () => void;
  readonly giveUp: () => void;
};

/** The places that all limiters share: connections, of which each running call has one. */
export type SharedPlaces = {
  hasRoom(): boolean;
  take(): void;
  /** Gives the place back, to whoever waits for one. */
  release(): void;
};

export class Limiter {
  readonly #options: LimiterOptions;
  readonly #places: SharedPlaces;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #min: number;
  readonly #max: number;
  /** All wait equally long, so the order of their coming is that of their expiry. */
  readonly #queue = new Set<Waiter>();
  #expiry: Timer | undefined;
  #limit: number;
  #running = 0;
  #successes = 0;
  /** Whether the limit was near being reached since it last grew: one that nobody needs proves nothing. */
  #filled = false;
  /** It has shrunk, and no whole window of served calls has come since. */
  #strained = false;
  #shrunkMs = Number.NEGATIVE_INFINITY;
  #recentMs = 0;
  #usualMs = 0;

  constructor(
    options: LimiterOptions,
    places: SharedPlaces,
    deps: { readonly clock: Clock; readonly timers: Timers },
  ) {
    this.#options = options;
    this.#places = places;
    this.#clock = deps.clock;
    this.#timers = deps.timers;
    this.#max = options.concurrencyMax;
    this.#min = Math.min(options.concurrencyMin, this.#max);
    this.#limit = Math.min(Math.max(options.concurrencyStart, this.#min), this.#max);
  }

  reading(): LimiterReading {
    return { running: this.#running, queued: this.#queue.size, limit: Math.floor(this.#limit) };
  }

  /** Takes a place, unless someone waits or there is none. */
  tryEnter(): boolean {
    if (this.#queue.size > 0 || !this.#hasRoom()) return false;
    this.#take();
    return true;
  }

  /**
   * Resolves with a place taken.
   * @throws GatewayError `overloaded`, or the signal's reason.
   */
  enter(signal: CancelSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const { queueMax, queueMs } = this.#options;
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      this.#filled = true;
      if (this.#queue.size >= queueMax) {
        reject(overloaded(`${queueMax} requests wait for Salesforce already.`));
        return;
      }
      const off = signal.onAbort(() => {
        this.#queue.delete(waiter);
        this.#armExpiry();
        reject(signal.reason);
      });
      const waiter: Waiter = {
        expiresMs: this.#clock.monotonicMs() + queueMs,
        enter: () => {
          off();
          resolve();
        },
        giveUp: () => {
          off();
          reject(overloaded(`no place was free within ${queueMs / MS_PER_S} s.`));
        },
      };
      this.#queue.add(waiter);
      if (this.#expiry === undefined) this.#armExpiry();
    });
  }

  /** Gives the place back. */
  leave(): void {
    this.#running -= 1;
    this.#places.release();
  }

  /** Lets the first waiter in; false where nobody waits or there is no room. */
  admitOne(): boolean {
    const first = this.#queue.values().next();
    if (first.done === true || !this.#hasRoom()) return false;
    this.#queue.delete(first.value);
    this.#armExpiry();
    this.#take();
    first.value.enter();
    return true;
  }

  /** @param firstByteMs From the call's sending to the head of its answer; undefined where none came. */
  learn(sign: CallSign, startedMs: number, firstByteMs: number | undefined): void {
    if (sign === 'none') return;
    if (sign === 'strained') this.#shrink(startedMs);
    else this.#countSuccess(firstByteMs);
  }

  #hasRoom(): boolean {
    return this.#running < Math.floor(this.#limit) && this.#places.hasRoom();
  }

  #take(): void {
    this.#running += 1;
    this.#places.take();
    if (this.#running * 2 >= this.#limit) this.#filled = true;
  }

  #countSuccess(firstByteMs: number | undefined): void {
    if (firstByteMs !== undefined) this.#noteLatency(firstByteMs);
    this.#successes += 1;
    // While nothing speaks against it, a place more for each call that was served while others waited: one a window would
    // take a quarter of an hour to follow a morning's first rush, and one lone timeout in a hundred calls would hold the
    // limit near ten for good (measured in a soak: thirty waiting for an upstream that was idle).
    const isRush = !this.#strained && this.#queue.size > 0;
    if (this.#successes < this.#limit && !isRush) return;
    if (this.#successes >= this.#limit) this.#strained = false;
    if (this.#filled && this.#recentMs <= this.#usualMs * LATENCY_FACTOR) {
      this.#limit = Math.min(this.#max, this.#limit + 1);
    }
    this.#successes = 0;
    this.#filled = this.#queue.size > 0;
  }

  #noteLatency(latencyMs: number): void {
    if (this.#usualMs === 0) {
      this.#recentMs = latencyMs;
      this.#usualMs = latencyMs;
      return;
    }
    this.#recentMs += (latencyMs - this.#recentMs) * RECENT_WEIGHT;
    this.#usualMs += (latencyMs - this.#usualMs) * USUAL_WEIGHT;
  }

  /** Once a round trip: calls sent before the last shrinking knew nothing of it. */
  #shrink(startedMs: number): void {
    if (startedMs < this.#shrunkMs) return;
    this.#strained = true;
    this.#shrunkMs = this.#clock.monotonicMs();
    this.#limit = Math.max(this.#min, this.#limit * SHRINK_FACTOR);
    this.#successes = 0;
  }

  #expire(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const waiter of this.#queue) {
      if (waiter.expiresMs > nowMs) break;
      this.#queue.delete(waiter);
      waiter.giveUp();
    }
    this.#armExpiry();
  }

  /** One timer, for the first in the queue. */
  #armExpiry(): void {
    this.#expiry?.cancel();
    this.#expiry = undefined;
    const first = this.#queue.values().next();
    if (first.done === true) return;
    const delayMs = Math.max(0, first.value.expiresMs - this.#clock.monotonicMs());
    this.#expiry = this.#timers.after(delayMs, () => this.#expire());
  }
}

function overloaded(why: string): GatewayError {
  return new GatewayError(
    'overloaded',
    `The gateway has as many calls to Salesforce under way as it takes, and ${why}`,
    { retryAfterMs: RETRY_AFTER_MS },
  );
}
