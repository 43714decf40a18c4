// A whole response to a reply or a failure, and to a message on its way through. Never throws: what it cannot read is a
// failure, told as such.

import { toGatewayError } from '../../../core/errors/index.ts';
import type { JsonObject, JsonValue, Reply } from '../../../core/neutral/index.ts';
import { isJsonObject, parseJson } from '../../../core/wire/index.ts';
import { decodeErrorBody, decodeMessage } from '../../../protocols/anthropic/index.ts';
import { emptyReply, pick, unreadableReply } from '../generations/index.ts';
import type { Decoded, Failure, NativeDecoded, ResponseHead, SurfaceContext } from '../port.ts';
import { decodeForeignFailure, decodeStatusFailure, decodeToldFailure } from './errors.ts';

/** Where Salesforce's own errors have their words (reference 3.10). */
const ERROR_FIELDS = ['error', 'errors', 'errorCode', 'error_code', 'messageCode', 'message_code', 'message'];

type Read =
  | { readonly type: 'message'; readonly body: JsonObject; readonly reply: Reply }
  | { readonly type: 'failure'; readonly failure: Failure };

export function decodeWhole(head: ResponseHead, body: Uint8Array, context: SurfaceContext): Decoded {
  const read = readMessage(head, body, context);
  return read.type === 'failure' ? read : { type: 'reply', reply: read.reply };
}

export function decodeNative(head: ResponseHead, body: Uint8Array, context: SurfaceContext): NativeDecoded {
  const read = readMessage(head, body, context);
  if (read.type === 'failure') return read;
  const choices = read.reply.choices.map((choice) => ({ ...choice, parts: [] }));
  return { type: 'native', body: read.body, reply: { ...read.reply, choices } };
}

export function readMessage(head: ResponseHead, body: Uint8Array, context: SurfaceContext): Read {
  try {
    if (head.status < 200 || head.status >= 300) return failed(decodeStatusFailure(head, body, context));
    return readSuccess(
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

function readSuccess(head: ResponseHead, text: string, context: SurfaceContext): Read {
  const value = parseJson(text);
  if (isJsonObject(value) && Array.isArray(value['content'])) {
    const reply = decodeMessage(value);
    return saysNothing(reply) ? failed(emptyReply(head)) : { type: 'message', body: value, reply };
  }
  if (text.trim() === '') return failed(emptyReply(head));
  const told = value === undefined ? undefined : decodeErrorBody(value);
  // Under load a 200 may carry an error (reference 3.7).
  if (told !== undefined) return failed(decodeToldFailure(head, told, text, context));
  if (isForeignError(value)) return failed(decodeForeignFailure(head, text, context));
  return failed(unreadableReply(head, `${text.length} characters that are no message`));
}

/**
 * Models do end a turn without a word, after a tool's result for example, and count the tokens of it; a reply without words,
 * reason or tokens is an overloaded server's (reference 3.7).
 */
export function isHonestlyEmpty(reason: string | undefined, outputTokens: number | undefined): boolean {
  return reason !== undefined && outputTokens !== undefined && outputTokens > 0;
}

function saysNothing({ choices, usage }: Reply): boolean {
  return choices.every(
    ({ parts, finishRaw }) => parts.length === 0 && !isHonestlyEmpty(finishRaw, usage.outputTokens),
  );
}

/** Whether it is an error of Salesforce's own. */
export function isForeignError(value: JsonValue | undefined): boolean {
  const object = Array.isArray(value) ? value.find(isJsonObject) : value;
  return isJsonObject(object) && pick(object, ERROR_FIELDS) !== undefined;
}
