// The stream of this surface (reference 3.8) to events. It ends with the format's own last event and nothing else: one that
// closes without it was cut short, or was empty. A 2xx that is no stream of events holds a whole reply or an error.

import { eventsOf, isContent, type Event } from '../../../core/neutral/index.ts';
import { createSseParser, type SseParser, parseJson } from '../../../core/wire/index.ts';
import { ResponsesStreamDecoder, type StreamStep } from '../../../protocols/openai-responses/index.ts';
import {
  emptyReply,
  endedEarly,
  isForeignError,
  LentSink,
  readHeader,
  replyTooLarge,
  TRANSLATED,
  unreadableReply,
  WholeBody,
  type Telling,
  type Told,
} from '../generations/index.ts';
import type { EventSink, ResponseHead, StreamDecoder, SurfaceContext } from '../port.ts';
import { decodeForeignFailure, decodeToldFailure } from './errors.ts';
import { readResponse } from './response.ts';

/** The last event repeats the whole reply, so this bounds the reply too. */
const EVENT_BYTES_MAX = 16 * 1024 * 1024;

export function openResponsesStream(head: ResponseHead, context: SurfaceContext): StreamDecoder {
  return openTold(head, context, TRANSLATED);
}

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
  readonly #body = new WholeBody();
  #over = false;

  constructor(head: ResponseHead, context: SurfaceContext, telling: Telling<S>) {
    this.#head = head;
    this.#context = context;
    this.#telling = telling;
  }

  push(chunk: Uint8Array, sink: S): void {
    if (this.#over || this.#body.push(chunk)) return;
    this.#over = true;
    sink.fail(replyTooLarge(this.#head));
  }

  end(sink: S): void {
    if (this.#over) return;
    this.#over = true;
    const read = readResponse(this.#head, this.#body.take(), this.#context);
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
  readonly #lent = new LentSink<S>();
  /** Whether the event under way commits the call. */
  #isContent = false;

  constructor(head: ResponseHead, context: SurfaceContext, telling: Telling<S>) {
    this.#head = head;
    this.#context = context;
    this.#telling = telling;
    this.#decoder = new ResponsesStreamDecoder(context.newId, (event: Event) => this.#tell(event));
    this.#parser = createSseParser({
      eventBytesMax: EVENT_BYTES_MAX,
      onEvent: (name, data) => {
        if (!this.#lent.isOver) this.#read(name, data);
      },
    });
  }

  push(chunk: Uint8Array, sink: S): void {
    this.#lent.lend(sink, () => this.#parser.push(chunk));
  }

  end(sink: S): void {
    this.#lent.lend(sink, () => {
      this.#parser.end();
      this.#lent.fail(this.#decoder.output.hasItems ? endedEarly(this.#head) : emptyReply(this.#head));
    });
  }

  #tell(event: Event): void {
    if (isContent(event)) this.#isContent = true;
    if (this.#lent.sink !== undefined) this.#telling.event(event, this.#lent.sink);
  }

  #read(name: string, data: string): void {
    this.#isContent = false;
    this.#take(this.#decoder.push(name, data), name, data);
  }

  #pass(name: string, data: string): void {
    const { sink } = this.#lent;
    if (sink !== undefined) this.#telling.frame(name, data, this.#isContent, sink);
  }

  #take(step: StreamStep, name: string, data: string): void {
    switch (step.type) {
      case 'open':
        this.#pass(name, data);
        return;
      case 'finished':
        this.#lent.isOver = true;
        this.#pass(name, data);
        this.#lent.finish();
        return;
      case 'empty':
        this.#lent.fail(emptyReply(this.#head));
        return;
      case 'failed':
        this.#lent.fail(decodeToldFailure(this.#head, step.error, data, this.#context));
        return;
      case 'foreign':
        this.#takeForeign(name, data);
    }
  }

  #takeForeign(name: string, data: string): void {
    const value = parseJson(data);
    if (name === 'error' || isForeignError(value)) {
      this.#lent.fail(decodeForeignFailure(this.#head, data, this.#context));
    } else if (value === undefined) this.#lent.fail(unreadableReply(this.#head, data));
    // Anything else that is JSON is an event nobody knows, a ping perhaps.
  }
}
