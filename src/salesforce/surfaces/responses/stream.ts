// The stream of this surface (reference 3.8) to events. It ends with the format's own last event and nothing else: one that
// closes without it was cut short, or was empty. A 2xx that is no stream of events holds a whole reply or an error.

import { toGatewayError } from '../../../core/errors/index.ts';
import { eventsOf, type Event } from '../../../core/neutral/index.ts';
import { createSseParser, type SseParser } from '../../../core/wire/index.ts';
import { ResponsesStreamDecoder, type StreamStep } from '../../../protocols/openai-responses/index.ts';
import { parseJson, readHeader } from '../generations/index.ts';
import type { EventSink, Failure, ResponseHead, StreamDecoder, SurfaceContext } from '../port.ts';
import {
  decodeForeignFailure,
  decodeToldFailure,
  emptyReply,
  endedEarly,
  replyTooLarge,
  unreadableReply,
} from './errors.ts';
import { decodeWhole, isForeignError } from './response.ts';

/** The last event repeats the whole reply, so this bounds the reply too. */
const EVENT_BYTES_MAX = 16 * 1024 * 1024;
/** A whole reply sent in place of a stream. */
const WHOLE_REPLY_BYTES_MAX = 32 * 1024 * 1024;

export function openResponsesStream(head: ResponseHead, context: SurfaceContext): StreamDecoder {
  const contentType = readHeader(head, 'content-type')?.toLowerCase() ?? '';
  const isWhole = /\b(?:json|html|xml)\b/.test(contentType);
  return isWhole ? new WholeReplyDecoder(head, context) : new EventDecoder(head, context);
}

class WholeReplyDecoder implements StreamDecoder {
  readonly #head: ResponseHead;
  readonly #context: SurfaceContext;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #over = false;

  constructor(head: ResponseHead, context: SurfaceContext) {
    this.#head = head;
    this.#context = context;
  }

  push(chunk: Uint8Array, sink: EventSink): void {
    if (this.#over) return;
    this.#bytes += chunk.length;
    if (this.#bytes <= WHOLE_REPLY_BYTES_MAX) {
      this.#chunks.push(new Uint8Array(chunk));
      return;
    }
    this.#over = true;
    this.#chunks = [];
    sink.fail(replyTooLarge(this.#head));
  }

  end(sink: EventSink): void {
    if (this.#over) return;
    this.#over = true;
    const decoded = decodeWhole(this.#head, Buffer.concat(this.#chunks, this.#bytes), this.#context);
    this.#chunks = [];
    if (decoded.type === 'failure') sink.fail(decoded.failure);
    else for (const event of eventsOf(decoded.reply)) sink.event(event);
  }
}

class EventDecoder implements StreamDecoder {
  readonly #head: ResponseHead;
  readonly #context: SurfaceContext;
  readonly #parser: SseParser;
  readonly #decoder: ResponsesStreamDecoder;
  /** The receiver of the push or end under way. */
  #sink: EventSink | undefined;
  #over = false;

  constructor(head: ResponseHead, context: SurfaceContext) {
    this.#head = head;
    this.#context = context;
    this.#decoder = new ResponsesStreamDecoder(context.newId, (event: Event) => this.#sink?.event(event));
    this.#parser = createSseParser({
      eventBytesMax: EVENT_BYTES_MAX,
      onEvent: (name, data) => {
        if (!this.#over) this.#take(this.#decoder.push(name, data), name, data);
      },
    });
  }

  push(chunk: Uint8Array, sink: EventSink): void {
    this.#guard(sink, () => this.#parser.push(chunk));
  }

  end(sink: EventSink): void {
    this.#guard(sink, () => {
      this.#parser.end();
      this.#fail(this.#decoder.output.hasItems ? endedEarly(this.#head) : emptyReply(this.#head));
    });
  }

  #take(step: StreamStep, name: string, data: string): void {
    switch (step.type) {
      case 'open':
        return;
      case 'finished':
        this.#over = true;
        this.#sink?.done?.();
        return;
      case 'empty':
        this.#fail(emptyReply(this.#head));
        return;
      case 'failed':
        this.#fail(decodeToldFailure(this.#head, step.error, data, this.#context));
        return;
      case 'foreign':
        this.#takeForeign(name, data);
    }
  }

  #takeForeign(name: string, data: string): void {
    if (name === 'error' || isForeignError(data)) {
      this.#fail(decodeForeignFailure(this.#head, data, this.#context));
    } else if (parseJson(data) === undefined) this.#fail(unreadableReply(this.#head, data));
    // Anything else that is JSON is an event nobody knows, a ping perhaps.
  }

  #fail(failure: Failure): void {
    this.#over = true;
    this.#sink?.fail(failure);
  }

  #guard(sink: EventSink, work: () => void): void {
    if (this.#over) return;
    this.#sink = sink;
    try {
      work();
    } catch (thrown) {
      if (this.#over) throw thrown;
      this.#fail({ error: toGatewayError(thrown), token: 'unaffected' });
    } finally {
      this.#sink = undefined;
    }
  }
}
