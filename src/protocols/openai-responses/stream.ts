// A stream's events to neutral ones: a table of small handlers over one output. Events the table does not know are passed
// over, since the format grows by new ones; what is after the last one is not read.

import type { Event, JsonObject, JsonValue } from '../../core/neutral/index.ts';
import { isJsonObject, countOf, objectOf, parseJson, textOf } from '../../core/wire/index.ts';
import { decodeErrorBody } from './errors.ts';
import { Output } from './output.ts';
import { DeltaSniffer } from './plain-delta.ts';
import { conclude, decodeReplyStart, type Conclusion } from './response.ts';

/** `foreign`: the frame is none of this format; whoever knows the server may know what it is. */
export type StreamStep = { readonly type: 'open' } | { readonly type: 'foreign' } | Conclusion;

const OPEN: StreamStep = { type: 'open' };
const FOREIGN: StreamStep = { type: 'foreign' };
/** The end of a stream in a neighbouring format. Not of this one, but servers send it. */
const DONE = '[DONE]';

export class ResponsesStreamDecoder {
  readonly #emit: (event: Event) => void;
  readonly #sniffer = new DeltaSniffer();
  readonly output: Output;
  #start: Extract<Event, { type: 'reply-start' }> | undefined;
  #ended = false;

  constructor(newId: () => string, emit: (event: Event) => void) {
    this.#emit = emit;
    this.output = new Output(newId, emit);
  }

  /**
   * Takes one event. Anything but `open` and `foreign` is the end.
   * @throws GatewayError `upstream_protocol` for output that no reply can be made of.
   */
  push(name: string, data: string): StreamStep {
    if (this.#ended) return OPEN;
    const plain = this.#sniffer.sniff(data);
    if (plain !== undefined && this.output.passText(plain.item, plain.part, plain.text)) return OPEN;
    if (data.trim() === DONE) return OPEN;
    const value = parseJson(data);
    if (!isJsonObject(value)) return FOREIGN;
    const type = textOf(value['type']) ?? name;
    const handle = HANDLERS.get(type);
    if (handle === undefined) return type.startsWith('response.') ? OPEN : FOREIGN;
    return handle(this, value) ?? OPEN;
  }

  start(response: JsonObject): void {
    const told = this.#start;
    const start = decodeReplyStart(response);
    const servedModel = start.servedModel ?? told?.servedModel;
    const upstreamId = start.upstreamId ?? told?.upstreamId;
    if (told !== undefined && told.servedModel === servedModel && told.upstreamId === upstreamId) return;
    this.#start = { type: 'reply-start', servedModel, upstreamId };
    this.#emit(this.#start);
  }

  end(response: JsonObject): StreamStep {
    this.start(response);
    this.#ended = true;
    return conclude(response, this.output, this.#emit);
  }

  fail(value: JsonValue): StreamStep {
    this.#ended = true;
    return { type: 'failed', error: decodeErrorBody(value) };
  }
}

type Handler = (stream: ResponsesStreamDecoder, event: JsonObject) => StreamStep | void;

function itemOf(event: JsonObject): number {
  return countOf(event['output_index']) ?? 0;
}

function partOf(event: JsonObject): number {
  return countOf(event['content_index']) ?? 0;
}

/** The text of a delta, or the whole text at an end. */
function wordsOf(event: JsonObject, field: string): string {
  return textOf(event[field]) ?? '';
}

const start: Handler = (stream, event) => stream.start(objectOf(event['response']));

const ENDINGS: ReadonlySet<string | undefined> = new Set(['completed', 'incomplete', 'failed']);

/** The event's name says how it ended where the response inside does not. */
const end =
  (status: string): Handler =>
  (stream, event) => {
    const response = objectOf(event['response']);
    return stream.end(ENDINGS.has(textOf(response['status'])) ? response : { ...response, status });
  };

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['response.created', start],
  ['response.in_progress', start],
  [
    'response.output_item.added',
    (stream, event) => stream.output.addItem(itemOf(event), objectOf(event['item'])),
  ],
  [
    'response.output_item.done',
    (stream, event) => stream.output.endItem(itemOf(event), objectOf(event['item'])),
  ],
  [
    'response.output_text.delta',
    (stream, event) => stream.output.addText(itemOf(event), partOf(event), wordsOf(event, 'delta')),
  ],
  [
    'response.output_text.done',
    (stream, event) => stream.output.completeText(itemOf(event), partOf(event), wordsOf(event, 'text')),
  ],
  [
    'response.refusal.delta',
    (stream, event) => stream.output.addRefusal(itemOf(event), partOf(event), wordsOf(event, 'delta')),
  ],
  [
    'response.refusal.done',
    (stream, event) => stream.output.completeRefusal(itemOf(event), partOf(event), wordsOf(event, 'refusal')),
  ],
  ['response.content_part.done', endPart],
  [
    'response.function_call_arguments.delta',
    (stream, event) => stream.output.addArguments(itemOf(event), wordsOf(event, 'delta')),
  ],
  [
    'response.function_call_arguments.done',
    (stream, event) => stream.output.completeArguments(itemOf(event), wordsOf(event, 'arguments')),
  ],
  [
    'response.reasoning_summary_text.delta',
    (stream, event) =>
      stream.output.addSummary(itemOf(event), countOf(event['summary_index']) ?? 0, wordsOf(event, 'delta')),
  ],
  ['response.completed', end('completed')],
  ['response.incomplete', end('incomplete')],
  ['response.failed', end('failed')],
  ['error', (stream, event) => stream.fail(event)],
]);

function endPart(stream: ResponsesStreamDecoder, event: JsonObject): void {
  const part = objectOf(event['part']);
  const [index, place] = [itemOf(event), partOf(event)];
  if (part['type'] === 'refusal') stream.output.completeRefusal(index, place, wordsOf(part, 'refusal'));
  // Parts of other kinds (reasoning of open models) are no text of the reply.
  else if (part['type'] === 'output_text') stream.output.completeText(index, place, wordsOf(part, 'text'));
}
