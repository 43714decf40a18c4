// Leaving a wait without ending the work waited for.

import { GatewayError } from '../../core/errors/index.ts';
import type { CancelSignal } from '../../core/platform/index.ts';

/** The work's outcome, or the signal's reason as soon as it aborts. The work itself goes on. */
export function untilAborted<T>(work: Promise<T>, signal: CancelSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stay = signal.onAbort(() => reject(abortError(signal)));
    work.then(resolve, reject).then(stay, stay);
  });
}

export function abortError(signal: CancelSignal): GatewayError {
  const reason: unknown = signal.reason;
  if (reason instanceof GatewayError) return reason;
  return new GatewayError('client_closed', 'The call was given up.', { cause: reason });
}
