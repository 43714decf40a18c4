// The time limit on the one signal that runs from the client's socket to Salesforce's. The signal's reason is the error
// to tell.

import { GatewayError } from '../core/errors/index.ts';
import type { CancelSignal, Timer, Timers } from '../core/platform/index.ts';
import type { Exchange } from './port.ts';
import type { TimeLimit } from './resilience/time-limit.ts';

export type Deadline = {
  readonly signal: CancelSignal;
  /** Monotonic milliseconds at which the time is up, whether or not the limit was lifted since. */
  readonly dueMs: number;
  /** How long the whole limit is. */
  readonly limitMs: number;
  /** Whether the call was ended because the time was up. */
  readonly expired: boolean;
  /** Whether this is the first call that was ended because the time was up: together they are one fault of the upstream. */
  takeBlame(): boolean;
  /** Ends the call for a reason of its own. */
  abort(reason: GatewayError): void;
  /** The time limit no longer applies: a stream has begun, or the exchange is over. Leaving still does. */
  lift(): void;
};

const MS_PER_S = 1_000;

export class ExchangeDeadline implements Deadline {
  readonly signal: CancelSignal;
  readonly dueMs: number;
  readonly limitMs: number;
  expired = false;
  #blamed = false;
  readonly #exchange: Pick<Exchange, 'signal' | 'abort'>;
  readonly #timer: Timer;

  /** The limit counts from now, when the body is whole: how long it took is the client's affair. @param nowMs Monotonic. */
  constructor(exchange: Pick<Exchange, 'signal' | 'abort'>, limit: TimeLimit, nowMs: number, timers: Timers) {
    this.#exchange = exchange;
    this.signal = exchange.signal;
    this.limitMs = limit.limitMs;
    this.dueMs = nowMs + limit.limitMs;
    this.#timer = timers.after(limit.limitMs, () => {
      this.expired = !exchange.signal.aborted;
      exchange.abort(timeoutError(limit));
    });
  }

  takeBlame(): boolean {
    const isFirst = !this.#blamed;
    this.#blamed = true;
    return isFirst;
  }

  abort(reason: GatewayError): void {
    this.#exchange.abort(reason);
  }

  lift(): void {
    this.#timer.cancel();
  }
}

function timeoutError({ limitMs, key }: TimeLimit): GatewayError {
  const cap = key === CAP ? '' : `; never above ${CAP}`;
  return new GatewayError(
    'upstream_timeout',
    `Salesforce did not finish within the total time limit of ${limitMs / MS_PER_S} s (${key}${cap}). ` +
      'Ask for a shorter reply, stream it, or raise the limit.',
  );
}

const CAP = 'timeouts.total_seconds';
