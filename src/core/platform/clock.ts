// Time as an argument. The simulated twins are in test/simulated-time.ts.

import { LongTimers } from './long-timers.ts';

export type Clock = {
  /** Wall clock, milliseconds since the epoch. */
  nowMs(): number;
  /** A clock that never goes back, milliseconds from an arbitrary origin. For durations and deadlines. */
  monotonicMs(): number;
};

export type Timer = { cancel(): void };

export type Timers = {
  /** Runs `run` once after `delayMs`, never sooner; never keeps the process alive by itself. */
  after(delayMs: number, run: () => void): Timer;
};

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

const exactTimers: Timers = {
  after(delayMs, run) {
    const handle = setTimeout(run, delayMs);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** From this delay on a tenth of a second more does not matter. */
const LONG_DELAY_MS = 5_000;
const longTimers = new LongTimers(systemClock, exactTimers);

export const systemTimers: Timers = {
  after: (delayMs, run) => (delayMs < LONG_DELAY_MS ? exactTimers : longTimers).after(delayMs, run),
};
