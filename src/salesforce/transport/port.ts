// The port of transport: one HTTP origin, requests out, callbacks in. It knows nothing of models or tokens.

import type { GatewayError } from '../../core/errors/index.ts';

export type TransportRequest = {
  readonly method: 'GET' | 'POST';
  /** Begins with `/`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
};

export type TransportHead = {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
};

/** Stops and restarts the bytes of one response. Idempotent. */
export type Flow = { pause(): void; resume(): void };

/** `head` at most once, then `data` any number of times, and exactly one of `end` and `fail`, also after an abort. */
export type TransportHandler = {
  head(head: TransportHead, flow: Flow): void;
  data(chunk: Uint8Array): void;
  end(): void;
  fail(error: GatewayError): void;
};

export type TransportStatistics = {
  readonly connections: number;
  readonly running: number;
  readonly pending: number;
};

export type Transport = {
  /** An aborted signal ends the call at once and closes what it held. */
  send(request: TransportRequest, handler: TransportHandler, signal: AbortSignal): void;
  statistics(): TransportStatistics;
  close(): Promise<void>;
};
