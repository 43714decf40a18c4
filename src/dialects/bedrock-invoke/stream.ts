// A reply as an AWS event stream: each event of the Messages format is one `chunk` frame that holds it in base64. A failed
// stream ends with an exception frame and without `message_stop`.

import type { GatewayError } from '../../core/errors/index.ts';
import { formatEventStreamFrame, type EventStreamHeaders } from '../../core/wire/index.ts';
import { MessageRelay, wordsOfError } from '../../protocols/anthropic/index.ts';
import { extensionField } from '../extension.ts';
import type { ClientStream, ReplyContext, StreamOut } from '../port.ts';
import { exceptionOf } from './errors.ts';
import { messageOptions } from './response.ts';

function headersOf(fields: Readonly<Record<string, string>>): EventStreamHeaders {
  return new Map(Object.entries(fields).map(([name, value]) => [name, { type: 'string', value }]));
}

const CHUNK = headersOf({
  ':event-type': 'chunk',
  ':content-type': 'application/json',
  ':message-type': 'event',
});

function formatChunk(data: string): Uint8Array {
  return formatEventStreamFrame(
    CHUNK,
    Buffer.from(`{"bytes":"${Buffer.from(data).toString('base64')}"}`, 'latin1'),
  );
}

function formatException(error: GatewayError): Uint8Array {
  const headers = headersOf({
    ':exception-type': exceptionOf(error),
    ':content-type': 'application/json',
    ':message-type': 'exception',
  });
  return formatEventStreamFrame(headers, Buffer.from(JSON.stringify({ message: wordsOfError(error) })));
}

export function openInvokeStream(context: ReplyContext, out: StreamOut): ClientStream {
  return new MessageRelay(
    {
      ...messageOptions(context),
      ending: (told) => extensionField(told, 'estimated'),
      tellError: (error) => out.write(formatException(error)),
    },
    (_name, data) => out.write(formatChunk(data)),
  );
}
