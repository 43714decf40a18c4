// One call on the pool: what undici calls back, turned into the port's grammar. At most one head, and exactly one of
// end and fail, whatever happens and in whatever order; a throw of the receiver ends the call, never the process.

import type { Dispatcher } from 'undici';

import { GatewayError, toGatewayError } from '../../core/errors/index.ts';
import type { CancelSignal } from '../../core/platform/index.ts';
import { transportError, type FailureContext } from './failures.ts';
import type { Flow, TransportHandler } from './port.ts';

const FIRST_FINAL_STATUS = 200;

// Thrown at undici for a call that ended while it waited for a connection: undici then drops the request unsent and
// keeps the connection, where its `abort` would destroy a connection that others can use.
const ABANDONED = new GatewayError('client_closed', 'The call ended before it was sent.');

// undici's handler and the flow in one object: little more is made for a call.
export class TransportCall implements Dispatcher.DispatchHandler, Flow {
  readonly #receiver: TransportHandler;
  readonly #signal: CancelSignal;
  readonly #context: Omit<FailureContext, 'headSeen'>;
  #controller: Dispatcher.DispatchController | undefined;
  /** Stops listening to the signal. */
  #leave: (() => void) | undefined;
  #headSeen = false;
  #settled = false;

  constructor(receiver: TransportHandler, signal: CancelSignal, context: Omit<FailureContext, 'headSeen'>) {
    this.#receiver = receiver;
    this.#signal = signal;
    this.#context = context;
  }

  /** False when the signal has already spoken: then the call has failed and must not be sent. */
  begin(): boolean {
    this.#leave = this.#signal.onAbort(() => this.#fail(abortError(this.#signal)));
    return !this.#settled;
  }

  // --- from undici

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#settled) throw ABANDONED;
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (this.#settled || status < FIRST_FINAL_STATUS) return;
    this.#headSeen = true;
    const coding = headers['content-encoding'];
    if (coding !== undefined && coding !== 'identity') {
      // We ask for none. Passed on, the bytes would fail far from here with a misleading message.
      this.#fail(
        new GatewayError(
          'upstream_protocol',
          `${this.#context.host} compressed its answer though it was asked not to.`,
        ),
      );
      return;
    }
    try {
      this.#receiver.head({ status, headers }, this);
    } catch (thrown) {
      this.#fail(toGatewayError(thrown));
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#settled) return;
    try {
      this.#receiver.data(chunk);
    } catch (thrown) {
      this.#fail(toGatewayError(thrown));
    }
  }

  onResponseEnd(): void {
    if (!this.#settle()) return;
    try {
      this.#receiver.end();
    } catch (thrown) {
      // It did not take its end, so it is told of a failure; what is waiting for it must not wait for ever.
      this.#tell(toGatewayError(thrown));
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, thrown: Error): void {
    this.#fail(transportError(thrown, { ...this.#context, headSeen: this.#headSeen }));
  }

  // --- from the receiver

  pause(): void {
    // undici asserts that nothing is paused while it waits for a head; a flow is only given out after it.
    if (!this.#settled) this.#controller?.pause();
  }

  resume(): void {
    if (!this.#settled) this.#controller?.resume();
  }

  cancel(): void {
    if (this.#settle()) this.#controller?.abort(ABANDONED);
  }

  #fail(error: GatewayError): void {
    if (!this.#settle()) return;
    // First the socket, so that the upstream sees the end even if the receiver is slow. undici answers an abort with
    // onResponseError at once, which finds the call settled.
    this.#controller?.abort(error);
    this.#tell(error);
  }

  #tell(error: GatewayError): void {
    try {
      this.#receiver.fail(error);
    } catch {
      // The last word has been said and there is no one left to tell. Thrown on, it would end the process.
    }
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#leave?.();
    return true;
  }
}

function abortError(signal: CancelSignal): GatewayError {
  const reason: unknown = signal.reason;
  if (reason instanceof GatewayError) return reason;
  return new GatewayError('client_closed', 'The call was given up.', { cause: reason });
}
