// The gateway's errors in the words of every dialect of OpenAI's (see protocols), as the body of an answer and as the end of a
// stream. Here is only what this format says otherwise.

import type { GatewayError } from '../../core/errors/index.ts';
import {
  describeError as describeRow,
  formatErrorBody,
  retryHeaders,
  type ChatError,
} from '../../protocols/openai-chat/index.ts';
import type { Answer } from '../port.ts';

/** The place named by the error of a client that wants a socket. */
export const UPGRADE = 'upgrade';
/** What the official server says when a response to go on from is not there. */
const PREVIOUS = 'previous_response_id';
const UPGRADE_REQUIRED_STATUS = 426;

export function describeError(error: GatewayError): ChatError {
  const described = describeRow(error);
  if (error.code === 'invalid_request' && error.param === PREVIOUS) {
    return { ...described, code: 'previous_response_not_found' };
  }
  return error.code === 'route_not_found' && error.param !== undefined
    ? { ...described, code: null }
    : described;
}

/** The error of a response that failed under way. Clients try again unless the code says that it would not help. */
export function describeFailure(error: GatewayError): { readonly code: string; readonly message: string } {
  const { message } = error;
  if (error.code === 'context_length_exceeded') return { code: error.code, message };
  if (error.code === 'upstream_rate_limited') return { code: 'rate_limit_exceeded', message };
  return { code: error.fault === 'client' ? 'invalid_prompt' : 'server_error', message };
}

export function encodeError(error: GatewayError): Answer {
  const isUpgrade = error.code === 'method_not_allowed' && error.param === UPGRADE;
  return {
    status: isUpgrade ? UPGRADE_REQUIRED_STATUS : error.status,
    headers: { 'content-type': 'application/json', ...retryHeaders(error) },
    body: formatErrorBody(describeError(error)),
  };
}
