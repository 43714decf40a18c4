// The port of telemetry: what is told when a request ends. One outcome a request, once.

import type { ErrorCode, UpstreamFault } from '../core/errors/index.ts';
import type { CallLoss, Usage } from '../core/neutral/index.ts';

export type Outcome = {
  readonly requestId: string;
  readonly dialect: string;
  readonly operation: string;
  readonly result: 'ok' | 'error' | 'client-closed';
  /** The HTTP status sent, or that would have been. */
  readonly status: number;
  readonly errorCode: ErrorCode | undefined;
  /** As shown to the caller. */
  readonly errorMessage: string | undefined;
  /** The message may quote the request, so it is for the caller alone and in no log. */
  readonly errorMessageMayQuote: boolean;
  /** Never shown to the caller. */
  readonly errorDetail: string | undefined;
  readonly upstreamFault: UpstreamFault | undefined;
  readonly keyId: string | undefined;
  readonly stream: boolean;
  /** The name the client asked for; undefined where the body never told. */
  readonly modelAsked: string | undefined;
  /** The catalogue's id of the model that was called. */
  readonly model: string | undefined;
  /** The vendor's id in the reply. */
  readonly modelServed: string | undefined;
  readonly surface: string | undefined;
  /** Upstream calls made. */
  readonly attempts: number;
  readonly usage: Usage;
  readonly loss: readonly CallLoss[];
  /** Salesforce's `x-request-id` of the last upstream call. */
  readonly upstreamRequestId: string | undefined;
  /** Milliseconds from the request's arrival to its end. */
  readonly durationMs: number;
  /** Milliseconds from the request's arrival to the first byte sent; undefined where none was. */
  readonly firstByteMs: number | undefined;
};

export type Telemetry = {
  /** A request has arrived. */
  begin(): void;
  /** That request has ended. */
  settle(outcome: Outcome): void;
};
