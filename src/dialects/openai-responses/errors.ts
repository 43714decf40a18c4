// The gateway's errors in the words of every dialect of OpenAI's (see protocols), as the body of an answer and as the end of a
// stream. Here is only what this format says otherwise.

import { retryHeaders, type GatewayError } from '../../core/errors/index.ts';
import {
  describeError as describeRow,
  formatErrorBody,
  type ChatError,
} from '../../protocols/openai-chat/index.ts';
import type { Answer } from '../port.ts';

/** The place named by the error of a client that wants a socket. */
export const UPGRADE = 'upgrade';
/** The place named by the error about a response to go on from. */
const PREVIOUS = 'previous_response_id';
const UPGRADE_REQUIRED_STATUS = 426;
const BAD_REQUEST_STATUS = 400;

function isAboutPrevious({ code, param }: GatewayError): boolean {
  return code === 'response_not_found' && param === PREVIOUS;
}

function describeError(error: GatewayError): ChatError {
  const described = describeRow(error);
  return isAboutPrevious(error) ? { ...described, code: 'previous_response_not_found' } : described;
}

/** The official server's own statuses, where they are not those of the table. */
function statusOf(error: GatewayError): number {
  if (error.code === 'method_not_allowed' && error.param === UPGRADE) return UPGRADE_REQUIRED_STATUS;
  return isAboutPrevious(error) ? BAD_REQUEST_STATUS : error.status;
}

const MS_PER_S = 1000;

/** An error that ends a stream, where no header can tell the wait: agents read it out of the words. */
export function describeEnding(error: GatewayError): ChatError {
  const described = describeError(error);
  if (error.retryAfterMs === undefined) return described;
  const waitS = Math.ceil(error.retryAfterMs / MS_PER_S);
  return { ...described, message: `${error.message} Please try again in ${waitS}s.` };
}

/** The error of a response that failed under way. Clients try again unless the code says that it would not help. */
export function describeFailure(error: GatewayError): { readonly code: string; readonly message: string } {
  const { message } = describeEnding(error);
  if (error.code === 'context_length_exceeded') return { code: error.code, message };
  if (error.code === 'upstream_rate_limited') return { code: 'rate_limit_exceeded', message };
  return { code: error.fault === 'client' ? 'invalid_prompt' : 'server_error', message };
}

export function encodeError(error: GatewayError): Answer {
  return {
    status: statusOf(error),
    headers: { 'content-type': 'application/json', ...retryHeaders(error) },
    body: formatErrorBody(describeError(error)),
  };
}
