// A reply as the format's server-sent events (see the relay of protocols/anthropic, which another dialect frames otherwise).
// A failed stream ends with an `error` event and without `message_stop`.

import type { GatewayError } from '../../core/errors/index.ts';
import type { Event, ProtocolFrame } from '../../core/neutral/index.ts';
import { formatSseEvent } from '../../core/wire/sse-format.ts';
import { formatErrorBody, MessageRelay } from '../../protocols/anthropic/index.ts';
import { extensionField } from '../extension.ts';
import type { ClientStream, ReplyContext, StreamOut } from '../port.ts';
import { describeError } from './errors.ts';
import { messageId } from './response.ts';

export class MessageStream implements ClientStream {
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
      (name, data) => out.write(formatSseEvent(name, data)),
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
    if (!this.#relay.fail()) return;
    this.#out.write(formatSseEvent('error', formatErrorBody(describeError(error))));
  }

  end(): void {
    this.#relay.end();
  }
}
