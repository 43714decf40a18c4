// The first signal asks for a graceful end, a second one for an end at once. One press of Ctrl+C often arrives twice, from
// the terminal and again from npm or from our own launcher, so a repeat within half a second is the same press.

import type { Clock } from '../core/platform/index.ts';
import type { StopSignal, Terminal } from './terminal.ts';

const SAME_PRESS_MS = 500;
/** What shells report for a program that a signal ended: 128 and the signal's number. */
const EXIT_BY_SIGNAL: Readonly<Record<StopSignal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

export type StopSignals = {
  /** Resolves at the first signal. */
  readonly asked: Promise<void>;
  end(): void;
};

export function watchStopSignals(terminal: Terminal, clock: Clock): StopSignals {
  const { promise, resolve } = Promise.withResolvers<void>();
  let firstAtMs: number | undefined;
  const end = terminal.onStopSignal((signal) => {
    const nowMs = clock.monotonicMs();
    if (firstAtMs === undefined) {
      firstAtMs = nowMs;
      resolve();
    } else if (nowMs - firstAtMs >= SAME_PRESS_MS) {
      terminal.exit(EXIT_BY_SIGNAL[signal]);
    }
  });
  return { asked: promise, end };
}
