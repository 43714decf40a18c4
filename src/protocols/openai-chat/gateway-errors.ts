// The gateway's errors in OpenAI's words, for every dialect of that house. Total over the table: an error without a row here
// does not compile.

import { retryHeaders, type ErrorCode, type GatewayError } from '../../core/errors/index.ts';
import { formatErrorBody, type ChatError } from './errors.ts';

type Row = { readonly type: string; readonly code: string | null };

const INVALID = 'invalid_request_error';
const SERVER = 'server_error';

/** `type` and `code` are OpenAI's own wherever it has a word; clients match on them. */
const ROWS = {
  invalid_request: { type: INVALID, code: null },
  invalid_json: { type: INVALID, code: null },
  unsupported: { type: INVALID, code: 'unsupported_parameter' },
  context_length_exceeded: { type: INVALID, code: 'context_length_exceeded' },
  model_not_found: { type: INVALID, code: 'model_not_found' },
  // The official server has no code for it.
  response_not_found: { type: INVALID, code: null },
  route_not_found: { type: INVALID, code: 'unknown_url' },
  method_not_allowed: { type: INVALID, code: 'method_not_supported' },
  request_timeout: { type: INVALID, code: 'request_timeout' },
  body_too_large: { type: INVALID, code: 'request_too_large' },
  unsupported_media_type: { type: INVALID, code: 'unsupported_content_type' },
  client_closed: { type: INVALID, code: 'client_closed' },
  unauthenticated: { type: INVALID, code: 'invalid_api_key' },
  forbidden: { type: INVALID, code: 'permission_denied' },
  host_not_allowed: { type: INVALID, code: 'host_not_allowed' },
  origin_not_allowed: { type: INVALID, code: 'origin_not_allowed' },
  overloaded: { type: SERVER, code: 'overloaded' },
  shutting_down: { type: SERVER, code: 'shutting_down' },
  upstream_rejected: { type: INVALID, code: 'upstream_rejected' },
  upstream_forbidden: { type: INVALID, code: 'permission_denied' },
  upstream_unauthorized: { type: SERVER, code: 'upstream_unauthorized' },
  upstream_login_refused: { type: SERVER, code: 'upstream_login_refused' },
  upstream_login_unavailable: { type: SERVER, code: 'upstream_login_unavailable' },
  upstream_rate_limited: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  upstream_busy: { type: SERVER, code: 'upstream_busy' },
  upstream_error: { type: SERVER, code: 'upstream_error' },
  upstream_unavailable: { type: SERVER, code: 'upstream_unavailable' },
  upstream_unreachable: { type: SERVER, code: 'upstream_unreachable' },
  upstream_protocol: { type: SERVER, code: 'upstream_protocol' },
  upstream_timeout: { type: SERVER, code: 'upstream_timeout' },
  internal: { type: SERVER, code: 'internal_error' },
} as const satisfies Record<ErrorCode, Row>;

export function describeError(error: GatewayError): ChatError {
  const { type, code } = ROWS[error.code];
  return { message: error.message, type, param: error.param ?? null, code };
}

/** JSON text of the error, for an answer's body and for a stream's last chunk. */
export function formatError(error: GatewayError): string {
  return formatErrorBody(describeError(error));
}

/** The answer to a request that failed, with the statuses of the table. */
export function encodeError(error: GatewayError): {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
} {
  return {
    status: error.status,
    headers: { 'content-type': 'application/json', ...retryHeaders(error) },
    body: formatError(error),
  };
}
