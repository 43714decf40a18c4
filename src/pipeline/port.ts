// What the server hands to the pipeline, and what the pipeline needs of the client's socket.

import type { GatewayError } from '../core/errors/index.ts';
import type { CancelSignal } from '../core/platform/index.ts';
import type { Answer, Dialect, DialectRequest } from '../dialects/port.ts';
import type { Caller } from '../policy/port.ts';

/** The client's side of one exchange. Either `answer` once, or `openStream`, `write`s and one `end`. */
export type ClientOut = {
  /** With further headers, of names that no dialect uses: not merged with the answer's, which would copy both. */
  answer(answer: Answer, further?: Readonly<Record<string, string>>): void;
  openStream(status: number, headers: Readonly<Record<string, string>>): void;
  /** False when the socket's buffer is full: wait for `onDrain` before more. Nothing is lost either way. */
  write(frame: string | Uint8Array): boolean;
  /** Calls back once, at the next drain. */
  onDrain(run: () => void): void;
  end(): void;
};

export type Exchange = {
  readonly requestId: string;
  readonly dialect: Dialect;
  readonly request: DialectRequest;
  readonly caller: Caller | undefined;
  readonly out: ClientOut;
  /** The one signal from the client's socket to Salesforce's: aborts when the client is gone. */
  readonly signal: CancelSignal;
  /** Aborts `signal` for a reason of the pipeline's own, for example when the time is up. */
  abort(reason: GatewayError): void;
  /** Monotonic milliseconds at which the request's headers arrived. */
  readonly receivedMs: number;
};

export type Pipeline = {
  /** Serves the exchange to its end. Never rejects. */
  run(exchange: Exchange): Promise<void>;
  /** Answers with this error and settles: for what the server refuses before a body was read. */
  refuse(exchange: Exchange, error: GatewayError): void;
  /** Exchanges under way. */
  inFlight(): number;
};
