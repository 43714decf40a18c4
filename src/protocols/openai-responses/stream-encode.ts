// Neutral events to the format's stream events and to its response object: one table of small steps, so that a whole answer,
// which is the same steps without a listener, cannot differ from a stream. Items open with their first content and in their
// own order; the end of an item waits for what follows it, since only then is known whether the model was cut off in it.

import { GatewayError } from '../../core/errors/index.ts';
import {
  DistinctIds,
  mergeUsage,
  normaliseArguments,
  UNKNOWN_USAGE,
  type Event,
  type EventType,
  type FinishReason,
  type JsonObject,
  type Seal,
  type Usage,
} from '../../core/neutral/index.ts';
import type { Echo } from './echo.ts';
import {
  callItemId,
  encodeItem,
  encodeSealItem,
  inputOf,
  summaryPart,
  textPart,
  type CallItem,
  type ItemStatus,
  type OutputItem,
} from './output-items.ts';
import { cutOf, encodeResource, UNDER_WAY, type ResourceState } from './resource.ts';
import { knownTool } from './tool-names.ts';

/** Of one answer: the last events repeat all of it. */
const ANSWER_CHARACTERS_MAX = 64 * 1024 * 1024;
/** Blank arguments wait this long for something that is not blank, so that none at all can be told as `{}`. */
const BLANK_CHARACTERS_MAX = 1024;
const CHOICE = 0;

export type StreamParts = {
  readonly id: string;
  readonly model: string;
  readonly createdS: number;
  readonly echo: Echo;
  readonly newId: () => string;
  /** Seconds since the epoch at which the answer is complete. */
  readonly nowS: () => number;
};

/** Takes one event; `body` is the JSON text of its fields without the braces. */
export type TellEvent = (name: string, body: string) => void;

type Open = {
  readonly item: OutputItem;
  readonly index: number;
  readonly pieces: string[];
  /** Blank arguments that were not told yet. */
  blank: string;
  hasArguments: boolean;
  seal: Seal | undefined;
};

export type StreamError = {
  readonly type: string;
  readonly code: string | null;
  readonly message: string;
  readonly param: string | null;
};

type Pending = 'text' | 'reasoning' | undefined;

export class ResponseStreamEncoder {
  readonly #parts: StreamParts;
  readonly #tell: TellEvent | undefined;
  readonly #output: JsonObject[] = [];
  readonly #callIds = new DistinctIds();
  #sequence = 0;
  #characters = 0;
  #started = false;
  /** A part that has begun and has no content yet. */
  #pending: Pending;
  #open: Open | undefined;
  /** An item whose part has ended, and whose own end is not told yet. */
  #closing: Open | undefined;
  #finish: FinishReason | undefined;
  /** JSON text of the settings without its braces: an agent's tools are the mass of what is told twice. */
  #settings: string | undefined;
  #usage = UNKNOWN_USAGE;

  /** @param tell Absent where only the response object is wanted. */
  constructor(parts: StreamParts, tell?: TellEvent) {
    this.#parts = parts;
    this.#tell = tell;
  }

  get itemIds(): readonly string[] {
    return this.#output.flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
  }

  get usage(): Usage {
    return this.#usage;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#tellUnderWay(['response.created', 'response.in_progress']);
  }

  /** Tells the response once more as far as it is done: an event, where a client's idle timer does not see comments. */
  keepAlive(): void {
    if (this.#started) this.#tellUnderWay(['response.in_progress']);
    else this.start();
  }

  push(event: Event): void {
    this.start();
    dispatch(this, event);
  }

  /** Ends the answer. @param extension Fields that join the response object. */
  finish(extension: JsonObject): JsonObject {
    this.start();
    const cut = cutOf(this.#finish ?? 'stop');
    this.#closePart(undefined);
    this.#closeItem(cut === undefined ? 'completed' : 'incomplete');
    const status = cut === undefined ? 'completed' : 'incomplete';
    const resource = {
      ...this.#resource({
        status,
        output: this.#output,
        usage: this.#usage,
        cut,
        error: undefined,
        completedS: cut === undefined ? this.#parts.nowS() : undefined,
      }),
      ...extension,
    };
    if (this.#tell !== undefined) this.#emit(`response.${status}`, this.#responseText(resource));
    return { ...resource, ...this.#parts.echo.settings };
  }

  /**
   * Ends the answer with an error: first as an event of its own, on which the official clients raise, then as the end of the
   * response, which others read.
   */
  fail(error: StreamError, responseError: JsonObject): void {
    this.start();
    const { code, message, param: place } = error;
    this.#emitObject('error', { code, message, param: place, error });
    const state: ResourceState = {
      ...UNDER_WAY,
      status: 'failed',
      output: this.#output,
      error: responseError,
    };
    if (this.#tell !== undefined) this.#emit('response.failed', this.#responseText(this.#resource(state)));
  }

  addUsage(usage: Usage): void {
    this.#usage = mergeUsage(this.#usage, usage);
  }

  noteFinish(reason: FinishReason): void {
    this.#finish = reason;
  }

  /** A part begins: it shows with its first content. */
  begin(kind: 'text' | 'reasoning'): void {
    this.#closePart(undefined);
    this.#pending = kind;
  }

  addText(kind: 'text' | 'reasoning', text: string): void {
    if (text === '') return;
    const open = this.#open?.item.kind === kind ? this.#open : this.#openPart(kind);
    this.#keep(open, text);
    if (this.#tell === undefined) return;
    const { id } = open.item;
    const delta = JSON.stringify(text);
    if (kind === 'text') {
      const place = `"item_id":"${id}","output_index":${open.index},"content_index":0`;
      this.#emit('response.output_text.delta', `${place},"delta":${delta},"logprobs":[]`);
    } else {
      const place = `"item_id":"${id}","output_index":${open.index},"summary_index":0`;
      this.#emit('response.reasoning_summary_text.delta', `${place},"delta":${delta}`);
    }
  }

  beginCall(id: string, name: string): void {
    this.#closePart(undefined);
    const { newId, echo } = this.#parts;
    const tool = knownTool(echo.names, name);
    // A call without an id could never be answered.
    const callId = this.#callIds.take(id === '' ? `call_${newId()}` : id);
    this.#announce({ kind: 'call', id: callItemId(tool, newId), callId, tool });
  }

  addArguments(text: string): void {
    const open = this.#open;
    // Arguments of no call have nowhere to go: no client could use them.
    if (open?.item.kind !== 'call') return;
    if (open.hasArguments) {
      this.#addArguments(open, open.item, text);
      return;
    }
    open.blank += text;
    if (open.blank.length <= BLANK_CHARACTERS_MAX && open.blank.trim() === '') return;
    open.hasArguments = open.blank.trim() !== '';
    this.#addArguments(open, open.item, open.blank);
    open.blank = '';
  }

  endPart(seal: Seal | undefined): void {
    this.#closePart(seal);
  }

  #addArguments(open: Open, item: CallItem, text: string): void {
    this.#keep(open, text);
    // A custom tool's text is whole only when its JSON is.
    if (this.#tell === undefined || item.tool.kind !== 'function') return;
    const place = `"item_id":"${item.id}","output_index":${open.index}`;
    this.#emit('response.function_call_arguments.delta', `${place},"delta":${JSON.stringify(text)}`);
  }

  #keep(open: Open, text: string): void {
    this.#characters += text.length;
    if (this.#characters > ANSWER_CHARACTERS_MAX) {
      throw new GatewayError(
        'upstream_protocol',
        'The model sent an answer larger than the gateway accepts.',
      );
    }
    open.pieces.push(text);
  }

  #openPart(kind: 'text' | 'reasoning'): Open {
    this.#closePart(undefined);
    const prefix = kind === 'text' ? 'msg' : 'rs';
    const open = this.#announce({ kind, id: `${prefix}_${this.#parts.newId()}` });
    const place = { item_id: open.item.id, output_index: open.index };
    if (kind === 'text') {
      this.#emitObject('response.content_part.added', { ...place, content_index: 0, part: textPart('') });
    } else {
      this.#emitObject('response.reasoning_summary_part.added', {
        ...place,
        summary_index: 0,
        part: summaryPart(''),
      });
    }
    return open;
  }

  #announce(item: OutputItem): Open {
    this.#closeItem('completed');
    const open: Open = {
      item,
      index: this.#output.length,
      pieces: [],
      blank: '',
      hasArguments: false,
      seal: undefined,
    };
    this.#open = open;
    this.#emitObject('response.output_item.added', {
      output_index: open.index,
      item: encodeItem(item, 'in_progress', ''),
    });
    return open;
  }

  #closePart(seal: Seal | undefined): void {
    // Reasoning without a word may still have a seal, which is all that some models give of it.
    const pending = this.#pending;
    this.#pending = undefined;
    if (this.#open === undefined && pending === 'reasoning' && seal !== undefined) {
      this.#announce({ kind: 'reasoning', id: `rs_${this.#parts.newId()}` });
    }
    const open = this.#open;
    if (open === undefined) return;
    open.seal = seal;
    this.#open = undefined;
    this.#closing = open;
    if (open.item.kind === 'reasoning') this.#closeItem('completed');
  }

  #closeItem(status: ItemStatus): void {
    const closing = this.#closing;
    if (closing === undefined) return;
    this.#closing = undefined;
    const { item, index, seal } = closing;
    if (item.kind === 'call' && !closing.hasArguments) {
      this.#addArguments(closing, item, normaliseArguments(closing.blank));
    }
    const text = closing.pieces.join('');
    this.#endContent(item, index, text);
    this.#put(encodeItem(item, status, text, seal));
    if (item.kind === 'call' && seal !== undefined) {
      const carrier = encodeSealItem(item.callId, seal, this.#parts.newId);
      this.#emitObject('response.output_item.added', { output_index: this.#output.length, item: carrier });
      this.#put(carrier);
    }
  }

  #put(item: JsonObject): void {
    this.#emitObject('response.output_item.done', { output_index: this.#output.length, item });
    this.#output.push(item);
  }

  #endContent(item: OutputItem, index: number, text: string): void {
    if (this.#tell === undefined) return;
    const place = { item_id: item.id, output_index: index };
    if (item.kind === 'text') {
      const inside = { ...place, content_index: 0 };
      this.#emitObject('response.output_text.done', { ...inside, text, logprobs: [] });
      this.#emitObject('response.content_part.done', { ...inside, part: textPart(text) });
    } else if (item.kind === 'reasoning') {
      if (text === '') return;
      const inside = { ...place, summary_index: 0 };
      this.#emitObject('response.reasoning_summary_text.done', { ...inside, text });
      this.#emitObject('response.reasoning_summary_part.done', { ...inside, part: summaryPart(text) });
    } else if (item.tool.kind === 'function') {
      const done = { ...place, name: item.tool.name, arguments: text };
      this.#emitObject('response.function_call_arguments.done', done);
    } else if (item.tool.kind === 'custom') {
      const input = inputOf(text);
      this.#emitObject('response.custom_tool_call_input.delta', { ...place, delta: input });
      this.#emitObject('response.custom_tool_call_input.done', { ...place, input });
    }
  }

  #tellUnderWay(names: readonly string[]): void {
    if (this.#tell === undefined) return;
    const body = this.#responseText(this.#resource({ ...UNDER_WAY, output: this.#output }));
    for (const name of names) this.#emit(name, body);
  }

  #resource(state: ResourceState): JsonObject {
    const { id, model, createdS } = this.#parts;
    return encodeResource({ id, model, createdS }, state);
  }

  #responseText(resource: JsonObject): string {
    this.#settings ??= JSON.stringify(this.#parts.echo.settings).slice(1, -1);
    return `"response":${JSON.stringify(resource).slice(0, -1)},${this.#settings}}`;
  }

  #emitObject(name: string, fields: JsonObject): void {
    if (this.#tell !== undefined) this.#emit(name, JSON.stringify(fields).slice(1, -1));
  }

  #emit(name: string, body: string): void {
    this.#tell?.(name, `"type":"${name}","sequence_number":${this.#sequence},${body}`);
    this.#sequence += 1;
  }
}

type Handlers = {
  readonly [T in EventType]: (stream: ResponseStreamEncoder, event: Extract<Event, { type: T }>) => void;
};

const HANDLERS: Handlers = {
  // Neither has a place in the format; whoever writes the answer tells them beside it.
  'reply-start': () => undefined,
  safety: () => undefined,
  'text-start': (stream) => stream.begin('text'),
  'text-delta': (stream, event) => stream.addText('text', event.text),
  'reasoning-start': (stream) => stream.begin('reasoning'),
  'reasoning-delta': (stream, event) => stream.addText('reasoning', event.text),
  'tool-call-start': (stream, event) => stream.beginCall(event.id, event.name),
  'tool-call-delta': (stream, event) => stream.addArguments(event.arguments),
  'part-end': (stream, event) => stream.endPart(event.seal),
  usage: (stream, event) => stream.addUsage(event.usage),
  finish: (stream, event) => stream.noteFinish(event.reason),
};

function dispatch<T extends EventType>(
  stream: ResponseStreamEncoder,
  event: Extract<Event, { type: T }>,
): void {
  // The format has one answer.
  if ('choice' in event && event.choice !== CHOICE) return;
  const handle: Handlers[T] = HANDLERS[event.type];
  handle(stream, event);
}
