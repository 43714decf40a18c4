// The one signal that runs from the client's socket to Salesforce's: it aborts when the client leaves or when the time
// is up, and its reason is the error to tell.

import { GatewayError } from '../core/errors/index.ts';
import type { Timer, Timers } from '../core/platform/index.ts';

export type Deadline = {
  readonly signal: AbortSignal;
  /** Ends the call for a reason of its own. */
  abort(reason: GatewayError): void;
  /** The time limit no longer applies (a stream has begun); leaving still does. */
  lift(): void;
  /** Lets go of the timer and of the client's signal. */
  close(): void;
};

export function openDeadline(client: AbortSignal, timeoutMs: number, timers: Timers): Deadline {
  const controller = new AbortController();
  const leave = (): void =>
    controller.abort(new GatewayError('client_closed', 'The client closed the connection.'));
  if (client.aborted) leave();
  else client.addEventListener('abort', leave, { once: true });
  const timer: Timer = timers.after(timeoutMs, () => controller.abort(timeoutError(timeoutMs)));
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    lift: () => timer.cancel(),
    close() {
      timer.cancel();
      client.removeEventListener('abort', leave);
    },
  };
}

function timeoutError(timeoutMs: number): GatewayError {
  return new GatewayError(
    'upstream_timeout',
    `Salesforce did not finish within the total time limit of ${timeoutMs / 1000} s (timeouts.total_seconds). ` +
      'Ask for a shorter reply, stream it, or raise the limit.',
  );
}
