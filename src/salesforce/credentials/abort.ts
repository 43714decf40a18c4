// Leaving a wait without ending the work waited for.

import { GatewayError } from '../../core/errors/index.ts';

/** The work's outcome, or the signal's reason as soon as it aborts. The work itself goes on. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(abortError(signal));
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    const stay = (): void => signal.removeEventListener('abort', leave);
    work.then(resolve, reject).then(stay, stay);
  });
}

export function abortError(signal: AbortSignal): GatewayError {
  const reason: unknown = signal.reason;
  if (reason instanceof GatewayError) return reason;
  return new GatewayError('client_closed', 'The call was given up.', { cause: reason });
}
