// The one error class. `message` is safe to show to a caller; `detail` and `cause` are for the log only.

import { ERROR_TABLE, type ErrorCode, type Fault, type RetryRule } from './table.ts';

export type GatewayErrorOptions = {
  /** JSON path of the offending field in the caller's own body, for example `messages[2].content[0].type`. */
  readonly param?: string | undefined;
  /** How long the caller should wait, milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Nothing of the request has left the gateway, so that it may be made again whatever the table says of the code. */
  readonly unsent?: boolean | undefined;
  /** What Salesforce calls it: its `errorCode`, `messageCode` and request id, for the log and for support. */
  readonly upstream?: UpstreamFault | undefined;
  /** A machine's word for what is behind the code, finer than it, for operators: for example `wrong_secret`. */
  readonly reason?: string | undefined;
  /** Anything else worth logging. Never shown. */
  readonly detail?: string | undefined;
  readonly cause?: unknown;
};

export type UpstreamFault = {
  readonly status: number | undefined;
  readonly errorCode: string | undefined;
  readonly messageCode: string | undefined;
  readonly requestId: string | undefined;
};

export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly param: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly unsent: boolean;
  readonly upstream: UpstreamFault | undefined;
  readonly reason: string | undefined;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    // It may quote a name of the caller's, and half a surrogate pair would make an answer that strict parsers refuse.
    super(message.toWellFormed(), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.param = options.param;
    this.retryAfterMs = options.retryAfterMs;
    this.unsent = options.unsent ?? false;
    this.upstream = options.upstream;
    this.reason = options.reason;
    this.detail = options.detail;
  }

  get status(): number {
    return ERROR_TABLE[this.code].status;
  }

  get fault(): Fault {
    return ERROR_TABLE[this.code].fault;
  }

  get retry(): RetryRule {
    return this.unsent ? 'backoff' : ERROR_TABLE[this.code].retry;
  }
}

/** Anything thrown, as a GatewayError: an unknown throw is ours, and its text stays out of the caller's sight. */
export function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  return new GatewayError('internal', 'The gateway failed to handle this request.', {
    cause: thrown,
    detail: thrown instanceof Error ? thrown.message : String(thrown),
  });
}
