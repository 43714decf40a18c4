// A reply as the format's server-sent events. `open` writes nothing: the first event waits for content, a keep-alive or
// the end, so that counts the upstream tells before its content stand in it. A failed stream ends with an `error` event
// and without `message_stop`. Frames of the format's own are translated as any other reply is, which gives them our id,
// our usage and our ending; only the deltas inside a block, the mass of every stream, are written as they came.

import type { GatewayError } from '../../core/errors/index.ts';
import type { Event, ProtocolFrame, Safety } from '../../core/neutral/index.ts';
import { formatSseEvent } from '../../core/wire/sse-format.ts';
import {
  formatErrorBody,
  MessageStreamDecoder,
  MessageStreamEncoder,
  parseEvent,
  sniffDelta,
} from '../../protocols/anthropic/index.ts';
import type { ClientStream, ReplyContext, StreamOut } from '../port.ts';
import { describeError } from './errors.ts';
import { encodeExtension } from './extension.ts';
import { messageId } from './response.ts';

const PING = formatSseEvent('ping', '{"type":"ping"}');

export class MessageStream implements ClientStream {
  readonly #out: StreamOut;
  readonly #encoder: MessageStreamEncoder;
  readonly #decoder = new MessageStreamDecoder();
  readonly #pushEvent = (event: Event): void => this.push(event);
  #hasStarted = false;
  #hasEnded = false;
  #safety: Safety | undefined;
  #servedModel: string | undefined;

  constructor(context: ReplyContext, out: StreamOut) {
    this.#out = out;
    this.#encoder = new MessageStreamEncoder(
      {
        id: messageId(context.newId),
        model: context.call.model,
        newId: context.newId,
        estimateInput: () => context.inputTokensEstimate,
      },
      (name, data) => {
        out.write(formatSseEvent(name, data));
        if (name !== 'message_start') return;
        this.#hasStarted = true;
        out.write(PING);
      },
    );
  }

  open(): void {
    // Nothing to say yet; see above.
  }

  keepAlive(): void {
    if (this.#hasEnded) return;
    this.#encoder.start();
    this.#out.write(PING);
  }

  push(event: Event): void {
    if (this.#hasEnded) return;
    if (event.type === 'reply-start') this.#servedModel = event.servedModel ?? this.#servedModel;
    else if (event.type === 'safety' && event.choice === 0) this.#safety = event.safety;
    this.#encoder.push(event);
  }

  pushFrame(frame: ProtocolFrame): void {
    if (this.#hasEnded) return;
    const { name, data } = frame;
    if (name === 'ping') {
      // Before the opening there is nothing that it could keep alive.
      if (this.#hasStarted) this.#out.write(PING);
      return;
    }
    const delta = name === 'content_block_delta' ? sniffDelta(data) : undefined;
    if (delta !== undefined && this.#decoder.pass(delta) && this.#encoder.pass(delta, data)) return;
    if (!this.#decoder.isFinished) this.#decoder.push(parseEvent(data), this.#pushEvent);
  }

  fail(error: GatewayError): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#out.write(formatSseEvent('error', formatErrorBody(describeError(error))));
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#encoder.finish(
      encodeExtension({
        safety: this.#safety,
        servedModel: this.#servedModel,
        usage: this.#encoder.usage,
      }),
    );
  }
}
