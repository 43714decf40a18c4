// A whole response of a surface that speaks a public format: read once, told as a reply or passed on as it came. Never
// throws: what it cannot read is a failure.

import { toGatewayError } from '../../../core/errors/index.ts';
import type { JsonObject, JsonValue, Reply } from '../../../core/neutral/index.ts';
import { isJsonObject } from '../../../core/wire/index.ts';
import type { Decoded, Failure, NativeDecoded, ResponseHead, SurfaceContext } from '../port.ts';
import { pick } from './fields.ts';

/** A response of the format, as it came and as it was read; or why there is none. */
export type NativeReply =
  | { readonly type: 'read'; readonly body: JsonObject; readonly reply: Reply }
  | { readonly type: 'failure'; readonly failure: Failure };

/** How the two kinds of response are read. */
type Readers = {
  readonly status: () => Failure;
  readonly success: (text: string) => NativeReply;
};

export function readNativeReply(head: ResponseHead, body: Uint8Array, readers: Readers): NativeReply {
  try {
    if (head.status < 200 || head.status >= 300) return failed(readers.status());
    return readers.success(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch (thrown) {
    return failed({ error: toGatewayError(thrown), token: 'unaffected' });
  }
}

export function failed(failure: Failure): NativeReply {
  return { type: 'failure', failure };
}

export function translateReply(read: NativeReply): Decoded {
  return read.type === 'failure' ? read : { type: 'reply', reply: read.reply };
}

/** @param context Says whether the parts are wanted beside the body. */
export function passReply(read: NativeReply, context: SurfaceContext): NativeDecoded {
  if (read.type === 'failure') return read;
  if (context.tapsContent === true) return { type: 'native', body: read.body, reply: read.reply };
  const choices = read.reply.choices.map((choice) => ({ ...choice, parts: [] }));
  return { type: 'native', body: read.body, reply: { ...read.reply, choices } };
}

/** Where Salesforce's own errors have their words (reference 3.10). */
const ERROR_FIELDS = ['error', 'errors', 'errorCode', 'error_code', 'messageCode', 'message_code', 'message'];

/** Whether it is an error of Salesforce's own. */
export function isForeignError(value: JsonValue | undefined): boolean {
  const object = Array.isArray(value) ? value.find(isJsonObject) : value;
  return isJsonObject(object) && pick(object, ERROR_FIELDS) !== undefined;
}
