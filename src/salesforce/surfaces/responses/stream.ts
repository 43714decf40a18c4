// The stream of this surface (reference 3.8) to events. It ends with the format's own last event and nothing else: one that
// closes without it was cut short, or was empty. A 2xx that is no stream of events holds a whole reply or an error.

import { toGatewayError } from '../../../core/errors/index.ts';
import { eventsOf, isContent, type Event } from '../../../core/neutral/index.ts';
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
import { isForeignError, readResponse } from './response.ts';

/** The last event repeats the whole reply, so this bounds the reply too. */
const EVENT_BYTES_MAX = 16 * 1024 * 1024;
/** A whole reply sent in place of a stream. */
const WHOLE_REPLY_BYTES_MAX = 32 * 1024 * 1024;

export function openResponsesStream(head: ResponseHead, context: SurfaceContext): StreamDecoder {
  return openTold(head, context, TRANSLATED);
}

/** Who is told of a stream, and how. */
export type Telling<S extends EventSink> = {
  event(event: Event, sink: S): void;
  /** After the events that were read from it. @param content Whether it commits the call. */
  frame(name: string, data: string, content: boolean, sink: S): void;
};

type Told<S extends EventSink> = { push(chunk: Uint8Array, sink: S): void; end(sink: S): void };

const TRANSLATED: Telling<EventSink> = {
  event: (event, sink) => sink.event(event),
  frame: () => undefined,
};

export function openTold<S extends EventSink>(
  head: ResponseHead,
  context: SurfaceContext,
  telling: Telling<S>,
): Told<S> {
  const contentType = readHeader(head, 'content-type')?.toLowerCase() ?? '';
  const isWhole = /\b(?:json|html|xml)\b/.test(contentType);
  return isWhole ? new WholeReplyDecoder(head, context, telling) : new EventDecoder(head, context, telling);
}

class WholeReplyDecoder<S extends EventSink> implements Told<S> {
  readonly #head: ResponseHead;
  readonly #context: SurfaceContext;
  readonly #telling: Telling<S>;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #over = false;

  constructor(head: ResponseHead, context: SurfaceContext, telling: Telling<S>) {
    this.#head = head;
    this.#context = context;
    this.#telling = telling;
  }

  push(chunk: Uint8Array, sink: S): void {
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

  end(sink: S): void {
    if (this.#over) return;
    this.#over = true;
    const read = readResponse(this.#head, Buffer.concat(this.#chunks, this.#bytes), this.#context);
    this.#chunks = [];
    if (read.type === 'failure') {
      sink.fail(read.failure);
      return;
    }
    for (const event of eventsOf(read.reply)) this.#telling.event(event, sink);
    // The whole response is what the last event of a stream holds.
    const frame = { type: LAST_EVENT, response: read.body };
    this.#telling.frame(LAST_EVENT, JSON.stringify(frame), true, sink);
  }
}

const LAST_EVENT = 'response.completed';

class EventDecoder<S extends EventSink> implements Told<S> {
  readonly #head: ResponseHead;
  readonly #context: SurfaceContext;
  readonly #parser: SseParser;
  readonly #decoder: ResponsesStreamDecoder;
  readonly #telling: Telling<S>;
  /** The receiver of the push or end under way. */
  #sink: S | undefined;
  /** Whether the event under way commits the call. */
  #isContent = false;
  #over = false;

  constructor(head: ResponseHead, context: SurfaceContext, telling: Telling<S>) {
    this.#head = head;
    this.#context = context;
    this.#telling = telling;
    this.#decoder = new ResponsesStreamDecoder(context.newId, (event: Event) => this.#tell(event));
    this.#parser = createSseParser({
      eventBytesMax: EVENT_BYTES_MAX,
      onEvent: (name, data) => {
        if (!this.#over) this.#read(name, data);
      },
    });
  }

  push(chunk: Uint8Array, sink: S): void {
    this.#guard(sink, () => this.#parser.push(chunk));
  }

  end(sink: S): void {
    this.#guard(sink, () => {
      this.#parser.end();
      this.#fail(this.#decoder.output.hasItems ? endedEarly(this.#head) : emptyReply(this.#head));
    });
  }

  #tell(event: Event): void {
    if (isContent(event)) this.#isContent = true;
    if (this.#sink !== undefined) this.#telling.event(event, this.#sink);
  }

  #read(name: string, data: string): void {
    this.#isContent = false;
    this.#take(this.#decoder.push(name, data), name, data);
  }

  #pass(name: string, data: string): void {
    if (this.#sink !== undefined) this.#telling.frame(name, data, this.#isContent, this.#sink);
  }

  #take(step: StreamStep, name: string, data: string): void {
    switch (step.type) {
      case 'open':
        this.#pass(name, data);
        return;
      case 'finished':
        this.#over = true;
        this.#pass(name, data);
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

  #guard(sink: S, work: () => void): void {
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
