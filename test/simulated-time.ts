// Time that moves only when a test says so. Timers run in order of their due time; between two of them pending
// promises are let run, as they would be in life.

import type { Clock, Timers } from '../src/core/platform/index.ts';

type Pending = { readonly dueMs: number; readonly order: number; readonly run: () => void };

export type SimulatedTime = {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Moves time on, running what falls due. */
  advance(ms: number): Promise<void>;
  /** Timers set and neither run nor cancelled. */
  pending(): number;
};

/** Lets every chain of promises run to its end, however long: a turn of the event loop comes after all of them. */
export function settlePromises(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

export function createSimulatedTime(startMs = 1_767_225_600_000): SimulatedTime {
  let elapsedMs = 0;
  let order = 0;
  const waiting = new Set<Pending>();

  function nextDue(untilMs: number): Pending | undefined {
    let first: Pending | undefined;
    for (const timer of waiting) {
      if (timer.dueMs > untilMs) continue;
      if (
        first === undefined ||
        timer.dueMs < first.dueMs ||
        (timer.dueMs === first.dueMs && timer.order < first.order)
      ) {
        first = timer;
      }
    }
    return first;
  }

  return {
    clock: { nowMs: () => startMs + elapsedMs, monotonicMs: () => elapsedMs },
    timers: {
      after(delayMs, run) {
        order += 1;
        const timer: Pending = { dueMs: elapsedMs + Math.max(0, delayMs), order, run };
        waiting.add(timer);
        return { cancel: () => void waiting.delete(timer) };
      },
    },
    async advance(ms) {
      const untilMs = elapsedMs + ms;
      await settlePromises();
      for (let due = nextDue(untilMs); due !== undefined; due = nextDue(untilMs)) {
        waiting.delete(due);
        elapsedMs = due.dueMs;
        due.run();
        await settlePromises();
      }
      elapsedMs = untilMs;
    },
    pending: () => waiting.size,
  };
}
