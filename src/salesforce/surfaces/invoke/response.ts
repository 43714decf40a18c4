// A whole response to a reply or a failure, and to a message on its way through. Never throws: what it cannot read is a
// failure, told as such.

import type { Reply } from '../../../core/neutral/index.ts';
import { isJsonObject, parseJson } from '../../../core/wire/index.ts';
import { decodeErrorBody, decodeMessage } from '../../../protocols/anthropic/index.ts';
import {
  emptyReply,
  failed,
  isForeignError,
  passReply,
  readNativeReply,
  translateReply,
  unreadableReply,
  type NativeReply,
} from '../generations/index.ts';
import type { Decoded, NativeDecoded, ResponseHead, SurfaceContext } from '../port.ts';
import { decodeForeignFailure, decodeStatusFailure, decodeToldFailure } from './errors.ts';

export function decodeWhole(head: ResponseHead, body: Uint8Array, context: SurfaceContext): Decoded {
  return translateReply(readMessage(head, body, context));
}

export function decodeNative(head: ResponseHead, body: Uint8Array, context: SurfaceContext): NativeDecoded {
  return passReply(readMessage(head, body, context), context);
}

export function readMessage(head: ResponseHead, body: Uint8Array, context: SurfaceContext): NativeReply {
  return readNativeReply(head, body, {
    status: () => decodeStatusFailure(head, body, context),
    success: (text) => readSuccess(head, text, context),
  });
}

function readSuccess(head: ResponseHead, text: string, context: SurfaceContext): NativeReply {
  const value = parseJson(text);
  if (isJsonObject(value) && Array.isArray(value['content'])) {
    const reply = decodeMessage(value);
    return saysNothing(reply) ? failed(emptyReply(head)) : { type: 'read', body: value, reply };
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
