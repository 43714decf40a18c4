// One request of a dialect as the pipeline sees it. The cancel signal is made only when somebody asks for it: refusals and
// short answers never do.

import { GatewayError } from '../core/errors/index.ts';
import { CancelSource, type CancelSignal } from '../core/platform/index.ts';
import type { Dialect, DialectRequest } from '../dialects/port.ts';
import type { Exchange } from '../pipeline/port.ts';
import type { Caller } from '../policy/port.ts';
import type { ResponseOut } from './client-out.ts';
import { NOWHERE, type Underway } from './under-way.ts';

/** The body comes after the headers have been judged. */
export type AskedRequest = DialectRequest & { body: Uint8Array };

export class HttpExchange implements Exchange, Underway {
  readonly requestId: string;
  readonly dialect: Dialect;
  readonly out: ResponseOut;
  readonly receivedMs: number;
  caller: Caller | undefined;
  readonly request: AskedRequest;
  place = NOWHERE;
  /** Set while the body is read: ends the reading with this error. */
  cancelReading: ((reason: GatewayError) => void) | undefined;
  #source: CancelSource | undefined;
  #gone = false;

  constructor(
    requestId: string,
    dialect: Dialect,
    request: AskedRequest,
    out: ResponseOut,
    receivedMs: number,
  ) {
    this.requestId = requestId;
    this.dialect = dialect;
    this.request = request;
    this.out = out;
    this.receivedMs = receivedMs;
  }

  get signal(): CancelSignal {
    this.#source ??= new CancelSource();
    if (this.#gone) this.#source.abort(this.#clientClosed());
    return this.#source.signal;
  }

  abort(reason: GatewayError): void {
    if (this.cancelReading !== undefined) {
      this.cancelReading(reason);
      return;
    }
    this.#source ??= new CancelSource();
    this.#source.abort(reason);
  }

  /** The client's socket is closed. Aborts only what had not ended. */
  leave(): void {
    const premature = !this.out.ended;
    this.out.leave();
    if (!premature) return;
    this.#gone = true;
    this.#source?.abort(this.#clientClosed());
  }

  #clientClosed(): GatewayError {
    const { cutOffBy } = this.out;
    const message =
      cutOffBy === undefined
        ? 'The client closed the connection.'
        : `The client was cut off because it read too slowly, or nothing for too long (${cutOffBy}).`;
    return new GatewayError('client_closed', message);
  }
}
