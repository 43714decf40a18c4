// The grammar of a Messages stream: frames in, faults out. Strict where clients are: the order of events, block numbers, delta
// types, the fields that each event must have. Shares nothing with the code that writes streams, so that both cannot be wrong
// alike, and goes on after a fault as a client would.

import type { JsonObject, JsonValue } from '../../core/neutral/index.ts';
import {
  FaultLog,
  isCount,
  isJsonObject,
  isText,
  parseFrameData,
  quote,
  type GrammarOptions,
  type StreamEnding,
  type StreamFault,
  type StreamFrame,
  type StreamGrammar,
} from '../../core/wire/index.ts';
import { MESSAGE_RULES, type MessageRule } from './grammar-rules.ts';

export type ReadBlock = Readonly<Record<string, JsonValue>> & { readonly type: string };
/** What the stream adds up to. */
export type ReadMessage = Record<string, JsonValue | readonly ReadBlock[]> & { content: ReadBlock[] };

type OpenBlock = {
  readonly index: number;
  readonly block: ReadBlock;
  readonly pieces: string[];
  signature: string | undefined;
};

const USAGE_FIELDS = [
  'input_tokens',
  'output_tokens',
  'cache_creation_input_tokens',
  'cache_read_input_tokens',
] as const;
const STOP_REASONS: ReadonlySet<unknown> = new Set([
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'refusal',
]);
/** A reply that ended so may have ended inside a tool's input. */
const CUTS: ReadonlySet<unknown> = new Set([
  'max_tokens',
  'model_context_window_exceeded',
  'refusal',
  'stop_sequence',
]);
const TOOL_ID = /^[a-zA-Z0-9_-]+$/u;

/** What deltas each type of block takes, and the field of their text. Other types are unknown to the format's clients. */
const DELTAS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  text: { text_delta: 'text', citations_delta: '' },
  thinking: { thinking_delta: 'thinking', signature_delta: 'signature' },
  redacted_thinking: {},
  tool_use: { input_json_delta: 'partial_json' },
};
const TYPE_OF_DELTA: Readonly<Record<string, string>> = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  signature_delta: 'thinking',
  input_json_delta: 'tool_use',
};

/** Holds a whole message to its shape, as the body of an answer and as the start of a stream. */
export function checkMessage(message: JsonObject, log: FaultLog<MessageRule>): void {
  const { id, type, role, model, content } = message;
  const isMessage = isText(id) && type === 'message' && role === 'assistant' && isText(model) && model !== '';
  const hasStop = 'stop_reason' in message && 'stop_sequence' in message;
  log.demand(isMessage && hasStop && Array.isArray(content), 'start-shape', 'The message lacks fields.');
  log.demand(isText(id) && /^msg_./u.test(id), 'message-id', `The id is ${quote(id)}.`);
  checkUsage(message['usage'], 'start-usage', log);
}

function checkUsage(
  value: JsonValue | undefined,
  rule: 'start-usage' | 'delta-usage',
  log: FaultLog<MessageRule>,
) {
  const usage = isJsonObject(value) ? value : {};
  const needed = rule === 'start-usage' ? ['input_tokens', 'output_tokens'] : ['output_tokens'];
  const hasNeeded = needed.every((field) => isCount(usage[field]));
  log.demand(hasNeeded, rule, `The usage is ${quote(value)}.`);
  const lacks = USAGE_FIELDS.filter((field) => !isCount(usage[field]));
  if (hasNeeded) log.demand(lacks.length === 0, 'cache-usage', `The usage lacks ${lacks.join(', ')}.`);
}

class MessageGrammar implements StreamGrammar {
  readonly log: FaultLog<MessageRule>;
  ending: StreamEnding = 'open';
  error: StreamGrammar['error'];
  message: ReadMessage | undefined;
  /** Of the events in order. */
  readonly names: string[] = [];
  #open: OpenBlock | undefined;
  #stopReason: JsonValue | undefined;
  #hasDelta = false;
  /** Of the tool calls so far. */
  readonly #toolIds = new Set<JsonValue | undefined>();
  /** Calls whose input is no JSON, which only a cut explains: frame of the block's end. */
  readonly #cutCalls: number[] = [];

  constructor(options: GrammarOptions) {
    this.log = new FaultLog(MESSAGE_RULES, options);
  }

  get faults(): readonly StreamFault[] {
    return this.log.list;
  }

  read(frame: StreamFrame): void {
    const { log } = this;
    log.frame = frame.number;
    if (this.ending !== 'open') log.tell('after-end', `${frame.name ?? 'A frame'} follows the end.`);
    const data = parseFrameData(frame.data);
    const type = data?.['type'];
    if (data === undefined || !isText(type)) {
      log.tell('data-json', `The data is ${quote(frame.data)}.`);
      return;
    }
    log.demand(
      frame.name === type,
      'event-line',
      `The event line says ${quote(frame.name)}, the data ${quote(type)}.`,
    );
    if (this.ending !== 'open') return;
    if (this.names.length === 1 && this.names[0] === 'message_start')
      log.demand(type === 'ping' || type === 'error', 'opening-ping', `${type} follows the first event.`);
    this.names.push(type);
    const step = STEPS[type];
    if (step === undefined) log.tell('event-known', `The event is ${type}.`);
    else step(this, data);
  }

  end(): void {
    this.log.demand(this.ending !== 'open', 'ending', 'The stream has no end.');
  }

  start(data: JsonObject): void {
    const { log } = this;
    if (!log.demand(this.message === undefined, 'start-once', 'message_start comes again.')) return;
    const message = isJsonObject(data['message']) ? data['message'] : {};
    checkMessage(message, log);
    const { content, stop_reason: reason, stop_sequence: sequence } = message;
    const isEmpty = Array.isArray(content) && content.length === 0 && reason === null && sequence === null;
    if (Array.isArray(content))
      log.demand(isEmpty, 'start-shape', 'The message has content or an end already.');
    this.message = { ...message, content: [] };
  }

  /** The message so far; of a stream that did not begin, an empty one, so that this is told once. */
  begun(event: string): ReadMessage {
    if (this.message === undefined) this.log.tell('start-first', `${event} comes before message_start.`);
    return (this.message ??= { content: [] });
  }

  startBlock(data: JsonObject): void {
    const { log } = this;
    const message = this.begun('content_block_start');
    this.#closeOpen('content_block_start');
    log.demand(!this.#hasDelta, 'block-late', 'A block starts after message_delta.');
    const { index, content_block: value } = data;
    const next = message.content.length;
    log.demand(index === next, 'block-index', `The index is ${quote(index)}, not ${next}.`);
    const block = isJsonObject(value) ? value : {};
    const type = block['type'];
    const isShaped = isText(type) && this.#isShaped(type, block);
    log.demand(isShaped, 'block-shape', `The block starts as ${quote(value)}.`);
    const named = { ...block, type: isText(type) ? type : '' };
    log.demand(Object.hasOwn(DELTAS, named.type), 'block-known', `The block's type is ${quote(type)}.`);
    if (named.type === 'tool_use') this.#checkToolId(block['id']);
    this.#open = { index: isCount(index) ? index : next, block: named, pieces: [], signature: undefined };
  }

  #isShaped(type: string, block: JsonObject): boolean {
    if (type === 'text') return block['text'] === '';
    if (type === 'thinking') {
      this.log.demand(
        block['signature'] === '',
        'thinking-signature',
        'The thinking block has no empty signature.',
      );
      return block['thinking'] === '';
    }
    if (type === 'redacted_thinking') return isText(block['data']);
    if (type !== 'tool_use') return true;
    return isText(block['id']) && isText(block['name']) && JSON.stringify(block['input']) === '{}';
  }

  #checkToolId(id: JsonValue | undefined): void {
    const isUsed = this.#toolIds.has(id);
    this.#toolIds.add(id);
    if (isText(id)) this.log.demand(TOOL_ID.test(id) && !isUsed, 'tool-id', `The id is ${quote(id)}.`);
  }

  addDelta(data: JsonObject): void {
    const { log } = this;
    const message = this.begun('content_block_delta');
    const delta = isJsonObject(data['delta']) ? data['delta'] : {};
    const type = isText(delta['type']) ? delta['type'] : '';
    if (this.#open === undefined) {
      log.tell('delta-outside-block', `${quote(type)} comes while no block is open.`);
      this.#open = {
        index: message.content.length,
        block: { type: TYPE_OF_DELTA[type] ?? '' },
        pieces: [],
        signature: undefined,
      };
    }
    const open = this.#open;
    if (open.block.type === 'tool_use') this.#toolIds.add(open.block['id']);
    log.demand(
      data['index'] === open.index,
      'block-index',
      `The index is ${quote(data['index'])}, not ${open.index}.`,
    );
    log.demand(open.signature === undefined, 'signature-last', `${quote(type)} follows the signature.`);
    const fields = DELTAS[open.block.type];
    if (fields === undefined) return;
    const field = Object.hasOwn(fields, type) ? fields[type] : undefined;
    if (field === '') return;
    const piece = field === undefined ? undefined : delta[field];
    if (!isText(piece)) log.tell('delta-type', `${quote(delta)} comes in a ${open.block.type} block.`);
    else if (type === 'signature_delta') open.signature = piece;
    else open.pieces.push(piece);
  }

  stopBlock(data: JsonObject): void {
    const { log } = this;
    this.begun('content_block_stop');
    const open = this.#open;
    if (open === undefined) {
      log.tell('stop-outside-block', 'content_block_stop comes while no block is open.');
      return;
    }
    log.demand(
      data['index'] === open.index,
      'block-index',
      `The index is ${quote(data['index'])}, not ${open.index}.`,
    );
    this.#close(open);
  }

  #closeOpen(event: string): void {
    if (this.#open === undefined) return;
    this.log.tell('block-still-open', `${event} comes while block ${this.#open.index} is open.`);
    this.#close(this.#open);
  }

  #close(open: OpenBlock): void {
    this.#open = undefined;
    this.message?.content.push(this.#closed(open));
  }

  /** What a client holds at the block's end. A tool's input that is no JSON is kept as text. */
  #closed({ block, pieces, signature }: OpenBlock): ReadBlock {
    const text = pieces.join('');
    if (block.type === 'text') return { ...block, text };
    if (block.type === 'thinking')
      return { ...block, thinking: text, ...(signature === undefined ? {} : { signature }) };
    if (block.type !== 'tool_use') return block;
    if (!this.log.demand(text.trim() !== '', 'tool-arguments-empty', 'The call has no input.')) return block;
    if (text.trim() === '') return block;
    const input = parseFrameData(text);
    if (input === undefined) this.#cutCalls.push(this.log.frame);
    return { ...block, input: input ?? text };
  }

  addMessageDelta(data: JsonObject): void {
    const { log } = this;
    const message = this.begun('message_delta');
    this.#closeOpen('message_delta');
    log.demand(!this.#hasDelta, 'delta-once', 'message_delta comes again.');
    this.#hasDelta = true;
    const { type: _type, delta: value, usage, ...rest } = data;
    const delta = isJsonObject(value) ? value : {};
    this.#checkStop(delta);
    checkUsage(usage, 'delta-usage', log);
    Object.assign(message, delta, usage === undefined ? {} : { usage }, rest);
  }

  #checkStop(delta: JsonObject): void {
    const { log } = this;
    const { stop_reason: reason, stop_sequence: sequence } = delta;
    this.#stopReason = reason ?? this.#stopReason;
    if (!isText(reason)) return;
    log.demand(STOP_REASONS.has(reason), 'stop-reason-known', `The stop reason is ${quote(reason)}.`);
    const isNamed = (reason === 'stop_sequence') === isText(sequence);
    log.demand(isNamed, 'stop-sequence', `${quote(sequence)} comes with the stop reason ${reason}.`);
    const hasTools = this.#toolIds.size > 0;
    const fits = reason === 'tool_use' ? hasTools : reason !== 'end_turn' || !hasTools;
    log.demand(
      fits,
      'stop-reason-tools',
      `${reason} ends a message with${hasTools ? '' : 'out'} tool calls.`,
    );
  }

  stop(): void {
    const { log } = this;
    const message = this.begun('message_stop');
    this.#closeOpen('message_stop');
    this.ending = 'finished';
    if (!log.demand(this.#hasDelta, 'stop-before-delta', 'No message_delta came before message_stop.'))
      return;
    log.demand(isText(this.#stopReason), 'stop-reason', `The stop reason is ${quote(this.#stopReason)}.`);
    const empty = message.content.some((block) => block.type === 'text' && block['text'] === '');
    log.demand(
      !empty || message.content.length === 1,
      'empty-text',
      'An empty text block stands beside others.',
    );
    if (CUTS.has(this.#stopReason)) return;
    for (const frame of this.#cutCalls) {
      log.frame = frame;
      log.tell(
        'tool-arguments',
        `The input is no JSON object, but the message ended with ${quote(this.#stopReason)}.`,
      );
    }
  }

  fail(data: JsonObject): void {
    const error = isJsonObject(data['error']) ? data['error'] : {};
    const { type, message } = error;
    const isShaped = isText(type) && isText(message);
    this.log.demand(isShaped, 'error-shape', `The error is ${quote(data['error'])}.`);
    this.error = { type: isText(type) ? type : undefined, message: isText(message) ? message : '' };
    this.ending = 'failed';
  }
}

type Step = (grammar: MessageGrammar, data: JsonObject) => void;

const STEPS: Readonly<Record<string, Step>> = {
  message_start: (grammar, data) => grammar.start(data),
  ping: (grammar) => {
    grammar.log.demand(grammar.message !== undefined, 'opening-ping', 'A ping comes before the message.');
  },
  content_block_start: (grammar, data) => grammar.startBlock(data),
  content_block_delta: (grammar, data) => grammar.addDelta(data),
  content_block_stop: (grammar, data) => grammar.stopBlock(data),
  message_delta: (grammar, data) => grammar.addMessageDelta(data),
  message_stop: (grammar) => grammar.stop(),
  error: (grammar, data) => grammar.fail(data),
};

export function createMessageGrammar(options: GrammarOptions): MessageGrammar {
  return new MessageGrammar(options);
}
