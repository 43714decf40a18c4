// A whole response to a reply or a failure. Never throws: what it cannot read is a failure, told as such.

import { parseJson } from '../../../core/wire/index.ts';
import { decodeErrorBody, decodeResponse, isResponse } from '../../../protocols/openai-responses/index.ts';
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
  return translateReply(readResponse(head, body, context));
}

export function decodeNative(head: ResponseHead, body: Uint8Array, context: SurfaceContext): NativeDecoded {
  return passReply(readResponse(head, body, context), context);
}

export function readResponse(head: ResponseHead, body: Uint8Array, context: SurfaceContext): NativeReply {
  return readNativeReply(head, body, {
    status: () => decodeStatusFailure(head, body, context),
    success: (text) => readSuccess(head, text, context),
  });
}

function readSuccess(head: ResponseHead, text: string, context: SurfaceContext): NativeReply {
  const value = parseJson(text);
  if (isResponse(value)) {
    const outcome = decodeResponse(value, context.newId);
    if (outcome.type === 'reply') return { type: 'read', body: value, reply: outcome.reply };
    return failed(
      outcome.type === 'empty' ? emptyReply(head) : decodeToldFailure(head, outcome.error, text, context),
    );
  }
  if (text.trim() === '') return failed(emptyReply(head));
  const told = decodeErrorBody(value);
  // Under load a 200 may carry an error (reference 7).
  if (told !== undefined) return failed(decodeToldFailure(head, told, text, context));
  return failed(
    isForeignError(value) ? decodeForeignFailure(head, text, context) : unreadableReply(head, text),
  );
}
