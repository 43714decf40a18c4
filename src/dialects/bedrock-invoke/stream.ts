// A reply as an AWS event stream: each event of the Messages format is one `chunk` frame that holds it in base64. A failed
// stream ends with an exception frame and without `message_stop`.

import type { GatewayError } from '../../core/errors/index.ts';
import type { Event, ProtocolFrame } from '../../core/neutral/index.ts';
import { formatEventStreamFrame, type EventStreamHeaders } from '../../core/wire/index.ts';
import { MessageRelay, wordsOfError } from '../../protocols/anthropic/index.ts';
import { extensionField } from '../extension.ts';
import type { ClientStream, ReplyContext, StreamOut } from '../port.ts';
import { exceptionOf } from './errors.ts';
import { messageId } from './response.ts';

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

export class InvokeStream implements ClientStream {
  readonly #out: StreamOut;
  readonly #relay: MessageRelay;

  constructor(context: ReplyContext, out: StreamOut) {
    this.#out = out;
    this.#relay = new MessageRelay(
      {
        id: messageId(context.newId),
        model: context.call.model,
        newId: context.newId,
        estimateInput: () => context.inputTokensEstimate,
        ending: (told) => extensionField(told, 'estimated'),
      },
      (_name, data) => out.write(formatChunk(data)),
    );
  }

  open(): void {
    // Nothing to say yet: the first event waits for content.
  }

  keepAlive(): void {
    this.#relay.keepAlive();
  }

  push(event: Event): void {
    this.#relay.push(event);
  }

  pushFrame(frame: ProtocolFrame): void {
    this.#relay.pushFrame(frame);
  }

  fail(error: GatewayError): void {
    if (this.#relay.fail()) this.#out.write(formatException(error));
  }

  end(): void {
    this.#relay.end();
  }
}
