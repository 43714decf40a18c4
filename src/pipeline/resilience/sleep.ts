// A wait that its request can end.

import type { Timers } from '../../core/platform/index.ts';

/** Resolves after `delayMs`; rejects with the signal's reason as soon as it is aborted. */
export function sleep(delayMs: number, timers: Timers, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const wake = (): void => {
      timer.cancel();
      reject(signal.reason);
    };
    const timer = timers.after(delayMs, () => {
      signal.removeEventListener('abort', wake);
      resolve();
    });
    signal.addEventListener('abort', wake, { once: true });
  });
}
