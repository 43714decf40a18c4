// The gateway's errors as answers; their words are those of every dialect of this house (see protocols).

import { retryHeaders, type GatewayError } from '../../core/errors/index.ts';
import { formatError } from '../../protocols/openai-chat/index.ts';
import type { Answer } from '../port.ts';

export function encodeError(error: GatewayError): Answer {
  return {
    status: error.status,
    headers: { 'content-type': 'application/json', ...retryHeaders(error) },
    body: formatError(error),
  };
}
