// The time limit on the one signal that runs from the client's socket to Salesforce's. The signal's reason is the error
// to tell.

import { GatewayError } from '../core/errors/index.ts';
import type { CancelSignal, Timers } from '../core/platform/index.ts';
import type { Exchange } from './port.ts';

export type Deadline = {
  readonly signal: CancelSignal;
  /** Ends the call for a reason of its own. */
  abort(reason: GatewayError): void;
  /** The time limit no longer applies: a stream has begun, or the exchange is over. Leaving still does. */
  lift(): void;
};

export function openDeadline(
  exchange: Pick<Exchange, 'signal' | 'abort'>,
  timeoutMs: number,
  timers: Timers,
): Deadline {
  const timer = timers.after(timeoutMs, () => exchange.abort(timeoutError(timeoutMs)));
  return {
    signal: exchange.signal,
    abort: (reason) => exchange.abort(reason),
    lift: () => timer.cancel(),
  };
}

function timeoutError(timeoutMs: number): GatewayError {
  return new GatewayError(
    'upstream_timeout',
    `Salesforce did not finish within the total time limit of ${timeoutMs / 1000} s (timeouts.total_seconds). ` +
      'Ask for a shorter reply, stream it, or raise the limit.',
  );
}
