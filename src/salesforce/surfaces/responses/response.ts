// A whole response to a reply or a failure. Never throws: what it cannot read is a failure, told as such.

import { toGatewayError } from '../../../core/errors/index.ts';
import type { JsonObject, Reply } from '../../../core/neutral/index.ts';
import { isJsonObject, parseJson } from '../../../core/wire/index.ts';
import { decodeErrorBody, decodeResponse, isResponse } from '../../../protocols/openai-responses/index.ts';
import { emptyReply, pick, unreadableReply } from '../generations/index.ts';
import type { Decoded, Failure, NativeDecoded, ResponseHead, SurfaceContext } from '../port.ts';
import { decodeForeignFailure, decodeStatusFailure, decodeToldFailure } from './errors.ts';

/** Where Salesforce's own errors have their words (reference 3.10). */
const ERROR_FIELDS = ['error', 'errors', 'errorCode', 'error_code', 'messageCode', 'message_code', 'message'];

type Read =
  | { readonly type: 'response'; readonly body: JsonObject; readonly reply: Reply }
  | { readonly type: 'failure'; readonly failure: Failure };

export function decodeWhole(head: ResponseHead, body: Uint8Array, context: SurfaceContext): Decoded {
  const read = readResponse(head, body, context);
  return read.type === 'failure' ? read : { type: 'reply', reply: read.reply };
}

export function decodeNative(head: ResponseHead, body: Uint8Array, context: SurfaceContext): NativeDecoded {
  const read = readResponse(head, body, context);
  if (read.type === 'failure') return read;
  const choices = read.reply.choices.map((choice) => ({ ...choice, parts: [] }));
  return { type: 'native', body: read.body, reply: { ...read.reply, choices } };
}

export function readResponse(head: ResponseHead, body: Uint8Array, context: SurfaceContext): Read {
  try {
    if (head.status < 200 || head.status >= 300) return failed(decodeStatusFailure(head, body, context));
    return decodeSuccess(
      head,
      Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'),
      context,
    );
  } catch (thrown) {
    return failed({ error: toGatewayError(thrown), token: 'unaffected' });
  }
}

function failed(failure: Failure): Read {
  return { type: 'failure', failure };
}

function decodeSuccess(head: ResponseHead, text: string, context: SurfaceContext): Read {
  const value = parseJson(text);
  if (isResponse(value)) {
    const outcome = decodeResponse(value, context.newId);
    if (outcome.type === 'reply') return { type: 'response', body: value, reply: outcome.reply };
    return failed(
      outcome.type === 'empty' ? emptyReply(head) : decodeToldFailure(head, outcome.error, text, context),
    );
  }
  if (text.trim() === '') return failed(emptyReply(head));
  const told = decodeErrorBody(value);
  // Under load a 200 may carry an error (reference 7).
  if (told !== undefined) return failed(decodeToldFailure(head, told, text, context));
  return failed(
    isForeignError(text) ? decodeForeignFailure(head, text, context) : unreadableReply(head, text),
  );
}

/** Whether the text is an error of Salesforce's own. */
export function isForeignError(text: string): boolean {
  const value = parseJson(text);
  const object = Array.isArray(value) ? value.find(isJsonObject) : value;
  return isJsonObject(object) && pick(object, ERROR_FIELDS) !== undefined;
}
