// The gateway's errors in Anthropic's words. Total over the table: an error without a row here does not compile. Statuses
// are the table's: where Anthropic answers 529, its clients take 503 with `overloaded_error` alike, and so do proxies
// between them and us.

import { retryHeaders, type ErrorCode, type GatewayError } from '../../core/errors/index.ts';
import {
  formatErrorBody,
  THREAD,
  type MessagesError,
  type MessagesErrorType,
  wordsOfError,
} from '../../protocols/anthropic/index.ts';
import type { Answer } from '../port.ts';

const TYPES = {
  invalid_request: 'invalid_request_error',
  invalid_json: 'invalid_request_error',
  unsupported: 'invalid_request_error',
  context_length_exceeded: 'invalid_request_error',
  model_not_found: 'not_found_error',
  response_not_found: 'not_found_error',
  route_not_found: 'not_found_error',
  method_not_allowed: 'invalid_request_error',
  request_timeout: 'invalid_request_error',
  body_too_large: 'request_too_large',
  unsupported_media_type: 'invalid_request_error',
  client_closed: 'invalid_request_error',
  unauthenticated: 'authentication_error',
  forbidden: 'permission_error',
  host_not_allowed: 'permission_error',
  origin_not_allowed: 'permission_error',
  overloaded: 'overloaded_error',
  shutting_down: 'overloaded_error',
  upstream_rejected: 'invalid_request_error',
  upstream_forbidden: 'permission_error',
  upstream_unauthorized: 'api_error',
  upstream_login_refused: 'api_error',
  upstream_login_unavailable: 'api_error',
  upstream_rate_limited: 'rate_limit_error',
  upstream_busy: 'overloaded_error',
  upstream_error: 'api_error',
  upstream_unavailable: 'overloaded_error',
  upstream_unreachable: 'api_error',
  upstream_protocol: 'api_error',
  upstream_timeout: 'timeout_error',
  internal: 'api_error',
} as const satisfies Record<ErrorCode, MessagesErrorType>;

/** With these, the official client carries on by sending the whole history; without, its run fails. */
const THREAD_DETAILS = { error_code: 'thread_unsupported_request', unsupported: [THREAD] };

export function describeError(error: GatewayError): MessagesError {
  const described = { type: TYPES[error.code], message: wordsOfError(error) };
  const isThread = error.code === 'unsupported' && error.param === THREAD;
  return isThread ? { ...described, details: THREAD_DETAILS } : described;
}

export function encodeError(error: GatewayError, requestId: string): Answer {
  return {
    status: error.status,
    headers: { 'content-type': 'application/json', 'request-id': requestId, ...retryHeaders(error) },
    body: formatErrorBody(describeError(error), requestId),
  };
}
