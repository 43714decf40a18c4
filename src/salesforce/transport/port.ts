// The port of transport: one HTTP origin, requests out, callbacks in. It knows nothing of models or tokens.

import type { GatewayError } from '../../core/errors/index.ts';
import type { CancelSignal, Secret } from '../../core/platform/index.ts';

export type TransportRequest = {
  readonly method: 'GET' | 'POST';
  /** Begins with `/`. */
  readonly path: string;
  /** By name; or name and value in turn, which costs less (0.4 µs with eight headers, measured). */
  readonly headers: Readonly<Record<string, string>> | readonly string[];
  readonly body: string | Uint8Array | undefined;
};

export type TransportHead = {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
};

/** Stops and restarts the bytes of one response, or gives it up. All idempotent. */
export type Flow = {
  pause(): void;
  resume(): void;
  /** Closes the call at once: the handler has read enough of it. Nothing is called back any more. */
  cancel(): void;
};

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
  send(request: TransportRequest, handler: TransportHandler, signal: CancelSignal): void;
  statistics(): TransportStatistics;
  close(): Promise<void>;
};

/** What a call on the model host needs besides its path and body. */
export type ModelHostRequest = {
  readonly path: string;
  readonly accept: string;
  readonly body: string;
  readonly authorization: Secret;
  readonly tenantKey: string;
  /** Ours, echoed by Salesforce as `x-client-trace-id`. */
  readonly requestId: string;
};

/** The org's model host: a transport that adds the headers every surface demands (reference 2.2, 3.1). */
export type ModelHost = {
  send(request: ModelHostRequest, handler: TransportHandler, signal: CancelSignal): void;
};
