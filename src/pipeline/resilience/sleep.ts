// A wait that its request can end.

import type { CancelSignal, Timers } from '../../core/platform/index.ts';

/** Resolves after `delayMs`; rejects with the signal's reason as soon as it is aborted. */
export function sleep(delayMs: number, timers: Timers, signal: CancelSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const off = signal.onAbort(() => {
      timer.cancel();
      reject(signal.reason);
    });
    const timer = timers.after(delayMs, () => {
      off();
      resolve();
    });
  });
}
