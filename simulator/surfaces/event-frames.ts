// Frames of the AWS event stream (3.7), made by the published codec: chunks that carry one vendor event each, and the two
// kinds of frames that tell of a failure.
import { EventStreamCodec } from '@smithy/eventstream-codec';

import { wordsFor } from './native-errors.ts';
import type { Context } from './surface.ts';

const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

function encode(headers: Readonly<Record<string, string>>, body: string): Buffer {
  const codec = new EventStreamCodec(
    (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
    (text) => Buffer.from(text, 'utf8'),
  );
  const typed = Object.entries(headers).map(
    ([name, value]) => [name, { type: 'string' as const, value }] as const,
  );
  return Buffer.from(codec.encode({ headers: Object.fromEntries(typed), body: Buffer.from(body) }));
}

/** One event. AWS pads frames so that their size tells nothing; here the padding follows from the content. */
export function chunkFrame(context: Context, event: unknown): Buffer {
  const bytes = Buffer.from(JSON.stringify(event)).toString('base64');
  const padding = alphabet.slice(0, 1 + (bytes.length % alphabet.length));
  const payload = context.org.framePadding === 'present' ? { bytes, p: padding } : { bytes };
  return encode(
    { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' },
    JSON.stringify(payload),
  );
}

const statusOf: Readonly<Record<Context['org']['exceptionType'], number>> = {
  throttlingException: 429,
  validationException: 400,
  internalServerException: 500,
  modelStreamErrorException: 500,
  modelTimeoutException: 504,
  serviceUnavailableException: 503,
};

/** The frame that ends a stream which fails. */
export function failureFrame(context: Context): Buffer {
  const type = context.org.exceptionType;
  const message = wordsFor(statusOf[type]);
  if (context.org.failureFrame === 'error') {
    return encode({ ':error-code': type, ':error-message': message, ':message-type': 'error' }, '');
  }
  return encode(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    JSON.stringify({ message }),
  );
}

/** A frame whose last checksum is wrong. */
export function brokenFrame(context: Context): Buffer {
  const frame = chunkFrame(context, { type: 'ping' });
  const last = frame.length - 1;
  frame.writeUInt8(frame.readUInt8(last) ^ 0xff, last);
  return frame;
}
