// The gateway's stream (reference 3.6) to events, as a table of handlers by event name. A stream ends well when `[DONE]`
// came, or, where it closes without one, when a reason to finish or a count of tokens had come: both stand at the end
// of every family's stream. Anything else is a stream cut short. One with neither content nor such an end was empty.

import { eventsOf, type Event } from '../../../core/neutral/index.ts';
import { createSseParser, isJsonObject, type SseParser, parseJson } from '../../../core/wire/index.ts';
import {
  Assembler,
  endedEarly,
  LentSink,
  pick,
  readEnvelope,
  readHeader,
  replyTooLarge,
  WholeBody,
  type Envelope,
} from '../generations/index.ts';
import type { EventSink, ResponseHead, StreamDecoder, SurfaceContext } from '../port.ts';
import { decodeErrorEvent, emptyStream, unreadableEvent } from './errors.ts';
import { decodeResponse } from './response.ts';

/** The `scores` event repeats the whole reply, so this bounds the reply too. */
const EVENT_BYTES_MAX = 16 * 1024 * 1024;
const ERROR_FIELDS = ['error', 'errors', 'errorCode', 'error_code', 'messageCode', 'message_code'];
const TERMINATORS: ReadonlySet<string> = new Set(['[DONE]', 'DONE']);

/** A 2xx that is not a stream of events holds a whole reply or an error (reference 7). */
export function openResponseStream(head: ResponseHead, context: SurfaceContext): StreamDecoder {
  const contentType = readHeader(head, 'content-type')?.toLowerCase() ?? '';
  const isWhole = /\b(?:json|html|xml)\b/.test(contentType);
  return isWhole ? new WholeReplyDecoder(head, context) : new GenerationStreamDecoder(head, context);
}

class WholeReplyDecoder implements StreamDecoder {
  readonly #head: ResponseHead;
  readonly #context: SurfaceContext;
  readonly #body = new WholeBody();
  #over = false;

  constructor(head: ResponseHead, context: SurfaceContext) {
    this.#head = head;
    this.#context = context;
  }

  push(chunk: Uint8Array, sink: EventSink): void {
    if (this.#over || this.#body.push(chunk)) return;
    this.#over = true;
    sink.fail(replyTooLarge(this.#head));
  }

  end(sink: EventSink): void {
    if (this.#over) return;
    this.#over = true;
    const decoded = decodeResponse(this.#head, this.#body.take(), this.#context);
    if (decoded.type === 'failure') sink.fail(decoded.failure);
    else for (const event of eventsOf(decoded.reply)) sink.event(event);
  }
}

type Handler = (decoder: GenerationStreamDecoder, data: string) => void;

const ignore: Handler = () => {};

/** Names not listed are read as `generation`: one official client does so, and some streams have no names at all. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  scoringStarted: ignore,
  scoringCompleted: ignore,
  ping: ignore,
  scores: (decoder, data) => decoder.takeScores(data),
  error: (decoder, data) => decoder.takeError(data),
};

const HANDLERS_BY_NAME: ReadonlyMap<string, Handler> = new Map(Object.entries(HANDLERS));

class GenerationStreamDecoder implements StreamDecoder {
  readonly #head: ResponseHead;
  readonly #context: SurfaceContext;
  readonly #parser: SseParser;
  readonly #assembler: Assembler;
  readonly #lent = new LentSink();

  constructor(head: ResponseHead, context: SurfaceContext) {
    this.#head = head;
    this.#context = context;
    this.#assembler = new Assembler(context, (event: Event) => this.#lent.sink?.event(event));
    this.#parser = createSseParser({
      eventBytesMax: EVENT_BYTES_MAX,
      onEvent: (name, data) => {
        if (!this.#lent.isOver) this.#take(name, data);
      },
    });
  }

  push(chunk: Uint8Array, sink: EventSink): void {
    this.#lent.lend(sink, () => this.#parser.push(chunk));
  }

  end(sink: EventSink): void {
    this.#lent.lend(sink, () => {
      this.#parser.end();
      if (this.#assembler.endTold) this.#complete();
      else this.#lent.fail(this.#assembler.hasContent ? endedEarly(this.#head) : emptyStream(this.#head));
    });
  }

  takeGeneration(data: string): void {
    if (TERMINATORS.has(data.trim())) {
      if (this.#assembler.hasContent || this.#assembler.endTold) this.#complete();
      else this.#lent.fail(emptyStream(this.#head));
      return;
    }
    const json = parseJson(data);
    if (isJsonObject(json)) {
      const envelope = readEnvelope(json, this.#context.model);
      if (envelope !== undefined) this.#assembler.push(envelope);
      else if (pick(json, ERROR_FIELDS) !== undefined) this.takeError(data);
      return;
    }
    this.#lent.fail(unreadableEvent(this.#head, data));
  }

  /** Advisory, so scores that cannot be read cost nobody their reply. */
  takeScores(data: string): void {
    const json = parseJson(data);
    const envelope: Envelope | undefined = isJsonObject(json)
      ? readEnvelope(json, this.#context.model)
      : undefined;
    if (envelope !== undefined) this.#assembler.score(envelope);
  }

  takeError(data: string): void {
    this.#lent.fail(decodeErrorEvent(this.#head, data));
  }

  #take(name: string, data: string): void {
    const handler = HANDLERS_BY_NAME.get(name);
    if (handler === undefined) this.takeGeneration(data);
    else handler(this, data);
  }

  #complete(): void {
    this.#assembler.finish();
    this.#lent.finish();
  }
}
