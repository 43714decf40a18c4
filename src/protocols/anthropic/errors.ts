// The error object of the format, both ways.

import type { GatewayError } from '../../core/errors/index.ts';
import type { JsonObject, JsonValue } from '../../core/neutral/index.ts';
import { isJsonObject } from '../../core/wire/json-reader.ts';
import { textOf } from '../../core/wire/index.ts';

export type MessagesErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'not_found_error'
  | 'request_too_large'
  | 'rate_limit_error'
  | 'api_error'
  | 'timeout_error'
  | 'overloaded_error';

export type MessagesError = {
  readonly type: MessagesErrorType;
  readonly message: string;
  /** Machine-readable extras that some clients act upon. */
  readonly details?: JsonObject;
};

/** JSON text: the whole body of a failed answer, and the data of a stream's `error` event. */
export function formatErrorBody(error: MessagesError, requestId?: string): string {
  return JSON.stringify({
    type: 'error',
    error,
    ...(requestId === undefined ? {} : { request_id: requestId }),
  });
}

export type UpstreamError = { readonly type: string | undefined; readonly message: string | undefined };

/** Undefined where the value is no error of this format. */
export function decodeErrorBody(value: JsonValue): UpstreamError | undefined {
  if (!isJsonObject(value) || value['type'] !== 'error') return undefined;
  const error = value['error'];
  if (!isJsonObject(error)) return { type: undefined, message: textOf(value['message']) };
  return { type: textOf(error['type']), message: textOf(error['message']) };
}

/** Clients shorten the conversation when they read these words, and give up when they do not. */
const TOO_LONG = 'prompt is too long';

/** The message of an error of ours, in the words that this format's clients act on. */
export function wordsOfError(error: GatewayError): string {
  if (error.code !== 'context_length_exceeded' || error.message.toLowerCase().includes(TOO_LONG)) {
    return error.message;
  }
  return `${TOO_LONG}: ${error.message}`;
}
