// A reply as the format's server-sent events. `open` tells the response that is under way; every event has its number, and
// `[DONE]` closes every stream, as the format's public specification asks and no client minds. A failed stream ends with an
// `error` event, on which the official clients raise, and with `response.failed`, which the others read.

import type { GatewayError } from '../../core/errors/index.ts';
import type { Event, ProtocolFrame, Safety } from '../../core/neutral/index.ts';
import { formatSseData } from '../../core/wire/index.ts';
import { ResponsesStreamDecoder, ResponseStreamEncoder } from '../../protocols/openai-responses/index.ts';
import { extensionField } from '../extension.ts';
import type { ClientStream, FinishedResource, ReplyContext, StreamOut } from '../port.ts';
import { describeEnding, describeFailure } from './errors.ts';
import { encoderParts } from './response.ts';

const DONE = formatSseData('[DONE]');

export class ResponseStream implements ClientStream {
  readonly #out: StreamOut;
  readonly #id: string;
  readonly #encoder: ResponseStreamEncoder;
  readonly #decoder: ResponsesStreamDecoder;
  #hasEnded = false;
  #safety: Safety | undefined;
  #servedModel: string | undefined;

  constructor(context: ReplyContext, out: StreamOut) {
    this.#out = out;
    const parts = encoderParts(context);
    this.#id = parts.id;
    // Names are constants and JSON text holds no raw line break, so the frame is put together as it is.
    this.#encoder = new ResponseStreamEncoder(parts, (name, body) =>
      out.write(`event: ${name}\ndata: {${body}}\n\n`),
    );
    this.#decoder = new ResponsesStreamDecoder(context.newId, (event) => this.push(event));
  }

  open(): void {
    if (!this.#hasEnded) this.#encoder.start();
  }

  /** An event, not a comment: Codex ends a stream on which no event came for five minutes, and counts no comments. */
  keepAlive(): void {
    if (!this.#hasEnded) this.#encoder.keepAlive();
  }

  push(event: Event): void {
    if (this.#hasEnded) return;
    if (event.type === 'reply-start') this.#servedModel = event.servedModel ?? this.#servedModel;
    else if (event.type === 'safety' && event.choice === 0) this.#safety = event.safety;
    this.#encoder.push(event);
  }

  /** Translated as any other reply is, which gives it our id, our numbers and the tools of the client's own kinds. */
  pushFrame(frame: ProtocolFrame): void {
    if (!this.#hasEnded) this.#decoder.push(frame.name, frame.data);
  }

  fail(error: GatewayError): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#encoder.fail(describeEnding(error), describeFailure(error));
    this.#out.write(DONE);
  }

  end(): FinishedResource | undefined {
    if (this.#hasEnded) return undefined;
    this.#hasEnded = true;
    const resource = this.#encoder.finish(
      extensionField(
        { safety: this.#safety, servedModel: this.#servedModel, usage: this.#encoder.usage },
        'unknown',
      ),
    );
    this.#out.write(DONE);
    return { id: this.#id, resource, itemIds: this.#encoder.itemIds };
  }
}
