// The gateway's errors in AWS's words: a type in a header, a message in the body; in a stream, the type of an exception
// frame. Total over the table: an error without a row here does not compile. Statuses are the table's.

import { retryHeaders, type ErrorCode, type GatewayError } from '../../core/errors/index.ts';
import { wordsOfError } from '../../protocols/anthropic/index.ts';
import type { Answer } from '../port.ts';

type ErrorType =
  | 'ValidationException'
  | 'ResourceNotFoundException'
  | 'AccessDeniedException'
  | 'UnrecognizedClientException'
  | 'ThrottlingException'
  | 'ModelTimeoutException'
  | 'ModelErrorException'
  | 'ServiceUnavailableException'
  | 'InternalServerException';

const TYPES = {
  invalid_request: 'ValidationException',
  invalid_json: 'ValidationException',
  unsupported: 'ValidationException',
  context_length_exceeded: 'ValidationException',
  model_not_found: 'ResourceNotFoundException',
  response_not_found: 'ResourceNotFoundException',
  route_not_found: 'ResourceNotFoundException',
  method_not_allowed: 'ValidationException',
  request_timeout: 'ValidationException',
  body_too_large: 'ValidationException',
  unsupported_media_type: 'ValidationException',
  client_closed: 'ValidationException',
  unauthenticated: 'UnrecognizedClientException',
  forbidden: 'AccessDeniedException',
  host_not_allowed: 'AccessDeniedException',
  origin_not_allowed: 'AccessDeniedException',
  overloaded: 'ServiceUnavailableException',
  shutting_down: 'ServiceUnavailableException',
  upstream_rejected: 'ValidationException',
  upstream_forbidden: 'AccessDeniedException',
  upstream_unauthorized: 'InternalServerException',
  upstream_login_refused: 'InternalServerException',
  upstream_login_unavailable: 'ServiceUnavailableException',
  upstream_rate_limited: 'ThrottlingException',
  upstream_busy: 'ServiceUnavailableException',
  upstream_error: 'ModelErrorException',
  upstream_unavailable: 'ServiceUnavailableException',
  upstream_unreachable: 'InternalServerException',
  upstream_protocol: 'ModelErrorException',
  upstream_timeout: 'ModelTimeoutException',
  internal: 'InternalServerException',
} as const satisfies Record<ErrorCode, ErrorType>;

/** What an exception frame may be; clients know no others. */
const EXCEPTIONS = {
  ValidationException: 'validationException',
  ResourceNotFoundException: 'validationException',
  AccessDeniedException: 'validationException',
  UnrecognizedClientException: 'validationException',
  ThrottlingException: 'throttlingException',
  ModelTimeoutException: 'modelTimeoutException',
  ModelErrorException: 'modelStreamErrorException',
  ServiceUnavailableException: 'serviceUnavailableException',
  InternalServerException: 'internalServerException',
} as const satisfies Record<ErrorType, string>;

export function exceptionOf(error: GatewayError): string {
  return EXCEPTIONS[TYPES[error.code]];
}

export function encodeError(error: GatewayError, requestId: string): Answer {
  return {
    status: error.status,
    headers: {
      'content-type': 'application/json',
      'x-amzn-errortype': TYPES[error.code],
      'x-amzn-requestid': requestId,
      ...retryHeaders(error),
    },
    body: JSON.stringify({ message: wordsOfError(error) }),
  };
}
