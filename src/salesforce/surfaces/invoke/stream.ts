// The stream of this surface (reference 3.7): an AWS event stream whose frames hold Anthropic's events, or an exception. It
// ends with `message_stop` and nothing else: one that closes without it was cut short, or was empty. A 2xx that is no event
// stream holds a whole reply or an error. How the events are told is another's choice: translated here, passed on elsewhere.

import {
  isContent,
  mergeUsage,
  UNKNOWN_USAGE,
  type Event,
  type JsonValue,
} from '../../../core/neutral/index.ts';
import {
  createEventStreamParser,
  isJsonObject,
  stringHeaderOf,
  type EventStreamHeaders,
} from '../../../core/wire/index.ts';
import {
  framesOfMessage,
  MessageStreamDecoder,
  parseEvent,
  sniffDelta,
} from '../../../protocols/anthropic/index.ts';
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
import { readChunk } from './chunk.ts';
import { decodeExceptionFailure, decodeForeignFailure, decodeToldFailure } from './errors.ts';
import { usageFrameOf } from './metrics.ts';
import { isHonestlyEmpty, readMessage } from './response.ts';

/** AWS's own limit of a frame. */
const FRAME_BYTES_MAX = 16 * 1024 * 1024;

/** How events are told, and whether deltas that need no reading go to `frame` unparsed. */
export type MessageTelling<S extends EventSink> = Telling<S> & { readonly passesDeltas: boolean };

const TRANSLATED_READ = { ...TRANSLATED, passesDeltas: false };

export function openInvokeStream(head: ResponseHead, context: SurfaceContext): StreamDecoder {
  return openTold(head, context, TRANSLATED_READ);
}

export function openTold<S extends EventSink>(
  head: ResponseHead,
  context: SurfaceContext,
  telling: MessageTelling<S>,
): Told<S> {
  const contentType = readHeader(head, 'content-type')?.toLowerCase() ?? '';
  const isWhole = /\b(?:json|html|xml|plain)\b/.test(contentType);
  const teller = new Teller(head, context, telling);
  return isWhole ? new WholeReply(head, context, teller) : new EventStream(head, context, teller);
}

/** From the JSON of events to what is told of them. Ends once: finished or failed. */
class Teller<S extends EventSink> extends LentSink<S> {
  readonly #head: ResponseHead;
  readonly #context: SurfaceContext;
  readonly #telling: MessageTelling<S>;
  readonly #decoder = new MessageStreamDecoder();
  readonly #emit = (event: Event): void => this.#tell(event);
  #usage = UNKNOWN_USAGE;
  #hasContent = false;
  /** Whether the event under way is content. */
  #isContent = false;
  #isEmpty = false;

  constructor(head: ResponseHead, context: SurfaceContext, telling: MessageTelling<S>) {
    super();
    this.#head = head;
    this.#context = context;
    this.#telling = telling;
  }

  failUnfinished(): void {
    this.fail(this.#hasContent ? endedEarly(this.#head) : emptyReply(this.#head));
  }

  take(data: string): void {
    if (this.#telling.passesDeltas) {
      const delta = sniffDelta(data);
      if (delta !== undefined && this.#decoder.pass(delta)) {
        this.#frame('content_block_delta', data, true);
        return;
      }
    }
    this.takeParsed(parseEvent(data), data);
  }

  takeParsed(frame: JsonValue, data: string): void {
    const supplement = usageFrameOf(frame, this.#usage);
    if (supplement !== undefined) this.takeParsed(supplement, JSON.stringify(supplement));
    if (this.isOver) return;
    this.#isContent = false;
    const error = this.#decoder.push(frame, this.#emit);
    if (error !== undefined) {
      this.fail(decodeToldFailure(this.#head, error, data, this.#context));
    } else if (this.#isEmpty) this.fail(emptyReply(this.#head));
    else this.#pass(frame, data);
  }

  #pass(frame: JsonValue, data: string): void {
    const name = isJsonObject(frame) ? frame['type'] : undefined;
    if (typeof name === 'string') this.#frame(name, data, this.#isContent);
    else if (isForeignError(frame)) this.fail(decodeForeignFailure(this.#head, data, this.#context));
    if (this.#decoder.isFinished && !this.isOver) this.finish();
  }

  #tell(event: Event): void {
    if (event.type === 'usage') this.#usage = mergeUsage(this.#usage, event.usage);
    if (isContent(event)) {
      if (event.type !== 'finish') this.#hasContent = true;
      else if (!this.#hasContent && !isHonestlyEmpty(event.raw, this.#usage.outputTokens)) {
        this.#isEmpty = true;
        return;
      }
      this.#isContent = true;
    }
    if (this.sink !== undefined) this.#telling.event(event, this.sink);
  }

  #frame(name: string, data: string, content: boolean): void {
    if (this.sink !== undefined) this.#telling.frame(name, data, content, this.sink);
  }
}

class EventStream<S extends EventSink> {
  readonly #head: ResponseHead;
  readonly #context: SurfaceContext;
  readonly #teller: Teller<S>;
  readonly #parser = createEventStreamParser({
    frameBytesMax: FRAME_BYTES_MAX,
    onFrame: (headers, payload) => {
      if (!this.#teller.isOver) this.#take(headers, payload);
    },
  });

  constructor(head: ResponseHead, context: SurfaceContext, teller: Teller<S>) {
    this.#head = head;
    this.#context = context;
    this.#teller = teller;
  }

  push(chunk: Uint8Array, sink: S): void {
    this.#teller.lend(sink, () => this.#parser.push(chunk));
  }

  end(sink: S): void {
    this.#teller.lend(sink, () => {
      this.#parser.end();
      this.#teller.failUnfinished();
    });
  }

  #take(headers: EventStreamHeaders, payload: Uint8Array): void {
    const type = stringHeaderOf(headers, ':message-type');
    if (type === 'exception' || type === 'error') {
      this.#takeException(headers, payload);
      return;
    }
    const data = readChunk(payload);
    if (data !== undefined) this.#teller.take(data);
    // A frame of another event is none of ours; one that says it is an event's, and holds none, is broken.
    else if (stringHeaderOf(headers, ':event-type') === 'chunk') {
      this.#teller.fail(unreadableReply(this.#head, `a chunk of ${payload.length} bytes without an event`));
    }
  }

  #takeException(headers: EventStreamHeaders, payload: Uint8Array): void {
    const name =
      stringHeaderOf(headers, ':exception-type') ?? stringHeaderOf(headers, ':error-code') ?? 'exception';
    const message = stringHeaderOf(headers, ':error-message');
    const text = Buffer.from(payload).toString('utf8');
    this.#teller.fail(decodeExceptionFailure(this.#head, name, text, message, this.#context));
  }
}

class WholeReply<S extends EventSink> {
  readonly #head: ResponseHead;
  readonly #context: SurfaceContext;
  readonly #teller: Teller<S>;
  readonly #body = new WholeBody();

  constructor(head: ResponseHead, context: SurfaceContext, teller: Teller<S>) {
    this.#head = head;
    this.#context = context;
    this.#teller = teller;
  }

  push(chunk: Uint8Array, sink: S): void {
    this.#teller.lend(sink, () => {
      if (!this.#body.push(chunk)) this.#teller.fail(replyTooLarge(this.#head));
    });
  }

  end(sink: S): void {
    this.#teller.lend(sink, () => {
      const read = readMessage(this.#head, this.#body.take(), this.#context);
      if (read.type === 'failure') {
        this.#teller.fail(read.failure);
        return;
      }
      for (const frame of framesOfMessage(read.body)) {
        if (!this.#teller.isOver) this.#teller.takeParsed(frame, JSON.stringify(frame));
      }
    });
  }
}
