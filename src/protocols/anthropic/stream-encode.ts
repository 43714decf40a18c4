// Neutral events as the format's stream of events. It alone knows block numbers. A block is opened by its first content
// and not by its start, so that a part without content leaves no empty block, and so that a redacted block is told as one
// though its seal comes last. The stop reason and the usage wait for `finish`.

import {
  mergeUsage,
  UNKNOWN_USAGE,
  type Event,
  type EventType,
  type FinishReason,
  type JsonObject,
  type Usage,
} from '../../core/neutral/index.ts';
import { renumberDelta, type PlainDelta } from './plain-delta.ts';
import { toolUseId, type MessageOptions } from './response.ts';
import { callSignature, encodeSignature, isRedacted } from './seal.ts';
import { encodeStop } from './stop-reason.ts';
import { ToolIds } from './tool-ids.ts';
import { encodeUsage } from './usage.ts';

/** Takes one event: its name and its JSON text. */
export type EmitFrame = (name: string, data: string) => void;

type Open =
  | { readonly kind: 'text' | 'thinking'; isStarted: boolean }
  | { readonly kind: 'tool_use'; readonly id: string; isStarted: true; hasArguments: boolean };

type Finish = { readonly reason: FinishReason; readonly stopSequence: string | undefined };
type Handlers = {
  readonly [T in EventType]: (encoder: MessageStreamEncoder, event: Extract<Event, { type: T }>) => void;
};

const STARTS = {
  text: '{"type":"text","text":""}',
  thinking: '{"type":"thinking","thinking":"","signature":""}',
};
const DELTAS = {
  text: { type: 'text_delta', field: 'text' },
  thinking: { type: 'thinking_delta', field: 'thinking' },
} as const;

export class MessageStreamEncoder {
  readonly #options: MessageOptions;
  readonly #emit: EmitFrame;
  readonly #ids = new ToolIds();
  #isStarted = false;
  /** The number of the open block, or of the next where none is open. */
  #index = 0;
  #open: Open | undefined;
  #hasToolCalls = false;
  #finish: Finish = { reason: 'stop', stopSequence: undefined };
  #usage: Usage = UNKNOWN_USAGE;

  constructor(options: MessageOptions, emit: EmitFrame) {
    this.#options = options;
    this.#emit = emit;
  }

  /** Everything told of usage so far. */
  get usage(): Usage {
    return this.#usage;
  }

  /** Opens the message, once. It waits for content, so that counts known by then stand in it. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const { id, model, estimateInput } = this.#options;
    const message = {
      id,
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: encodeUsage(this.#usage, estimateInput),
    };
    this.#emit('message_start', JSON.stringify({ type: 'message_start', message }));
  }

  /** The format has one choice; what belongs to another is not told. */
  push(event: Event): void {
    if ('choice' in event && event.choice !== 0) return;
    dispatch(this, event);
  }

  /**
   * Writes a delta as it came, in place of `push`. False where it cannot stand as it is: then nothing was written. The
   * first arguments of a call always take the longer way, since blank text before them is left out.
   */
  pass(delta: PlainDelta, data: string): boolean {
    const open = this.#open;
    if (open?.kind !== delta.kind) return false;
    if (open.kind === 'tool_use') {
      if (!open.hasArguments) return false;
    } else this.#startBlock(STARTS[open.kind]);
    this.#emit('content_block_delta', renumberDelta(data, delta, this.#index));
    return true;
  }

  /** Closes what is open and ends the message. `extra` joins the last event that carries data. */
  finish(extra: JsonObject): void {
    this.start();
    this.closeBlock();
    // Clients read `content[0]` without asking.
    if (this.#index === 0) {
      this.openBlock('text');
      this.#startBlock(STARTS.text);
      this.closeBlock();
    }
    const { reason, stopSequence } = this.#finish;
    const frame = {
      type: 'message_delta',
      delta: encodeStop(reason, stopSequence, this.#hasToolCalls),
      usage: encodeUsage(this.#usage, this.#options.estimateInput),
      ...extra,
    };
    this.#emit('message_delta', JSON.stringify(frame));
    this.#emit('message_stop', '{"type":"message_stop"}');
  }

  addUsage(usage: Usage): void {
    this.#usage = mergeUsage(this.#usage, usage);
  }

  noteFinish(finish: Finish): void {
    this.#finish = finish;
  }

  openBlock(kind: 'text' | 'thinking'): void {
    this.closeBlock();
    this.#open = { kind, isStarted: false };
  }

  addText(kind: 'text' | 'thinking', text: string): void {
    if (text === '') return;
    if (this.#open?.kind !== kind) this.openBlock(kind);
    this.#startBlock(STARTS[kind]);
    const { type, field } = DELTAS[kind];
    this.#emitDelta(`{"type":"${type}","${field}":${JSON.stringify(text)}}`);
  }

  startToolCall(id: string, name: string): void {
    this.closeBlock();
    this.#hasToolCalls = true;
    const told = this.#ids.open(toolUseId(id, this.#options.newId));
    this.#emitStart(JSON.stringify({ type: 'tool_use', id: told, name, input: {} }));
    this.#open = { kind: 'tool_use', id: told, isStarted: true, hasArguments: false };
  }

  addArguments(text: string): void {
    const open = this.#open;
    // Arguments of no call have nowhere to go: no client could use them.
    if (open?.kind !== 'tool_use') return;
    // White space before the arguments says nothing, and alone it would be no JSON.
    const told = open.hasArguments ? text : text.trimStart();
    if (told === '') return;
    open.hasArguments = true;
    this.#emitDelta(`{"type":"input_json_delta","partial_json":${JSON.stringify(told)}}`);
  }

  endPart(seal: Extract<Event, { type: 'part-end' }>['seal']): void {
    const open = this.#open;
    if (open?.kind === 'tool_use' && seal !== undefined) {
      this.openBlock('thinking');
      this.#sign(callSignature(open.id, seal));
    } else if (open?.kind === 'thinking') {
      const redacted = isRedacted(seal) ? seal : undefined;
      const signature = redacted === undefined ? encodeSignature(seal) : '';
      if (signature !== '') this.#sign(signature);
      this.closeBlock();
      if (redacted !== undefined) {
        this.#emitStart(JSON.stringify({ type: 'redacted_thinking', data: redacted.value }));
        this.#emitStop();
      }
    }
    this.closeBlock();
  }

  #sign(signature: string): void {
    this.#startBlock(STARTS.thinking);
    this.#emitDelta(`{"type":"signature_delta","signature":${JSON.stringify(signature)}}`);
  }

  closeBlock(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined || !open.isStarted) return;
    // Clients parse what they collected: without a delta, some of them parse an empty text.
    if (open.kind === 'tool_use' && !open.hasArguments) {
      this.#emitDelta('{"type":"input_json_delta","partial_json":"{}"}');
    }
    this.#emitStop();
  }

  #startBlock(block: string): void {
    if (this.#open === undefined || this.#open.isStarted) return;
    this.#open.isStarted = true;
    this.#emitStart(block);
  }

  #emitStart(block: string): void {
    this.start();
    this.#emit(
      'content_block_start',
      `{"type":"content_block_start","index":${this.#index},"content_block":${block}}`,
    );
  }

  #emitDelta(delta: string): void {
    this.#emit(
      'content_block_delta',
      `{"type":"content_block_delta","index":${this.#index},"delta":${delta}}`,
    );
  }

  #emitStop(): void {
    this.#emit('content_block_stop', `{"type":"content_block_stop","index":${this.#index}}`);
    this.#index += 1;
  }
}

const HANDLERS: Handlers = {
  'reply-start': () => undefined,
  'text-start': (encoder) => encoder.openBlock('text'),
  'text-delta': (encoder, event) => encoder.addText('text', event.text),
  'reasoning-start': (encoder) => encoder.openBlock('thinking'),
  'reasoning-delta': (encoder, event) => encoder.addText('thinking', event.text),
  'tool-call-start': (encoder, event) => encoder.startToolCall(event.id, event.name),
  'tool-call-delta': (encoder, event) => encoder.addArguments(event.arguments),
  'part-end': (encoder, event) => encoder.endPart(event.seal),
  usage: (encoder, event) => encoder.addUsage(event.usage),
  safety: () => undefined,
  finish: (encoder, event) => encoder.noteFinish(event),
};

function dispatch<T extends EventType>(
  encoder: MessageStreamEncoder,
  event: Extract<Event, { type: T }>,
): void {
  const handle: Handlers[T] = HANDLERS[event.type];
  handle(encoder, event);
}
