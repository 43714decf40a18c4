// The grammar of a stream of chat-completion chunks: frames in, faults out. Strict where clients are: roles, indexes, finish
// reasons, the usage chunk, the ending. Shares nothing with the code that writes streams, so that both cannot be wrong alike.

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
import { CHAT_RULES, type ChatRule } from './grammar-rules.ts';

export type ReadCall = {
  readonly id: string;
  readonly type: 'function' | 'custom';
  /** Of a custom tool its input, as it is. */
  readonly function: { readonly name: string; arguments: string };
};
/** What a stream says of one choice. */
export type ReadChoice = {
  content: string;
  reasoning: string;
  readonly toolCalls: ReadCall[];
  finish: string | null;
};

const FINISHES: ReadonlySet<unknown> = new Set([
  'stop',
  'length',
  'tool_calls',
  'content_filter',
  'function_call',
]);
const CUTS: ReadonlySet<unknown> = new Set(['length', 'content_filter']);
const TEXTS = ['content', 'refusal', 'reasoning_content'] as const;
const CHOICES_MAX = 1024;

const isTextOrNull = (value: JsonValue | undefined): boolean =>
  value === undefined || value === null || isText(value);

/** What a piece of a call says, of a function or of a custom tool, whose input is no JSON. */
type Called = {
  readonly type: 'function' | 'custom';
  readonly name: JsonValue | undefined;
  readonly piece: JsonValue | undefined;
};

function readCalled({ function: called, custom }: JsonObject): Called {
  if (isJsonObject(custom)) return { type: 'custom', name: custom['name'], piece: custom['input'] };
  const { name, arguments: piece } = isJsonObject(called) ? called : {};
  return { type: 'function', name, piece };
}

class ChatGrammar implements StreamGrammar {
  readonly #log: FaultLog<ChatRule>;
  ending: StreamEnding = 'open';
  error: StreamGrammar['error'];
  readonly #choices = new Map<number, ReadChoice>();
  /** By the calls of each choice. */
  readonly #callIds = new Map<readonly ReadCall[], Set<unknown>>();
  model = '';
  usage: JsonObject | undefined;
  #first: JsonObject | undefined;

  constructor(options: GrammarOptions) {
    this.#log = new FaultLog(CHAT_RULES, options);
  }

  get faults(): readonly StreamFault[] {
    return this.#log.list;
  }

  /** In the order of their indexes. */
  get choices(): readonly ReadChoice[] {
    const inOrder = [...this.#choices].toSorted(([one], [other]) => one - other);
    return inOrder.map(([, choice]) => choice);
  }

  read(frame: StreamFrame): void {
    const log = this.#log;
    log.frame = frame.number;
    log.demand(frame.name === undefined, 'event-line', `The event line says ${quote(frame.name)}.`);
    if (this.ending !== 'open') {
      this.#readBeyondEnd(frame.data);
      return;
    }
    if (frame.data === '[DONE]') {
      this.#finish();
      return;
    }
    const chunk = parseFrameData(frame.data);
    if (chunk === undefined) log.tell('data-json', `The data is ${quote(frame.data)}.`);
    else if (chunk['error'] !== undefined && chunk['error'] !== null) this.#fail(chunk['error']);
    else this.#readChunk(chunk);
  }

  end(): void {
    this.#log.demand(this.ending !== 'open', 'ending', 'The stream has no end.');
  }

  #readBeyondEnd(data: string): void {
    if (this.ending === 'failed' && data === '[DONE]')
      this.#log.tell('error-last', '[DONE] follows an error.');
    else this.#log.tell('after-end', `${quote(data)} follows the end.`);
  }

  #fail(value: JsonValue): void {
    const error = isJsonObject(value) ? value : {};
    const { type, message } = error;
    this.#log.demand(isText(message), 'error-shape', `The error is ${quote(value)}.`);
    this.error = { type: isText(type) ? type : undefined, message: isText(message) ? message : '' };
    this.ending = 'failed';
  }

  #finish(): void {
    this.ending = 'finished';
    this.#log.demand(this.#choices.size > 0, 'finish-missing', 'There was no choice.');
    for (const [index, choice] of this.#choices) {
      this.#log.demand(choice.finish !== null, 'finish-missing', `Choice ${index} has no finish_reason.`);
    }
  }

  #readChunk(chunk: JsonObject): void {
    const log = this.#log;
    const { id, object, created, model, choices } = chunk;
    const isShaped = isText(id) && id !== '' && object === 'chat.completion.chunk' && isCount(created);
    log.demand(
      isShaped && isText(model),
      'chunk-shape',
      'The chunk lacks one of id, object, created, model.',
    );
    this.#first ??= chunk;
    for (const field of ['id', 'created', 'model'] as const) {
      const [found, first] = [chunk[field], this.#first[field]];
      log.demand(found === first, 'chunk-same', `The ${field} is ${quote(found)}, and was ${quote(first)}.`);
    }
    if (isText(id)) log.demand(/^chatcmpl-./u.test(id), 'message-id', `The id is ${quote(id)}.`);
    if (isText(model)) this.model = model;
    if (!Array.isArray(choices)) {
      log.tell('chunk-choices', `The choices are ${quote(choices)}.`);
      return;
    }
    this.#readUsage(chunk['usage'], choices.length);
    for (const choice of choices) this.#readChoice(isJsonObject(choice) ? choice : {});
  }

  #readUsage(usage: JsonValue | undefined, choices: number): void {
    const log = this.#log;
    if (!isJsonObject(usage)) {
      const isNone = usage === undefined || usage === null;
      log.demand(
        isNone && choices > 0,
        'usage-shape',
        `The usage is ${quote(usage)}, of ${choices} choices.`,
      );
      return;
    }
    const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage;
    const isShaped = isCount(prompt) && isCount(completion) && total === prompt + completion;
    log.demand(isShaped, 'usage-shape', `The usage is ${quote(usage)}.`);
    const isLast = choices === 0 && this.choices.every((choice) => choice.finish !== null);
    log.demand(isLast && this.usage === undefined, 'usage-place', 'The usage comes too early, or again.');
    this.usage = usage;
  }

  #readChoice(choice: JsonObject): void {
    const log = this.#log;
    const { index, delta, finish_reason: finish } = choice;
    const hasFinish = finish === null || isText(finish);
    const isShaped = isCount(index) && index < CHOICES_MAX && isJsonObject(delta) && hasFinish;
    if (!log.demand(isShaped, 'choice-shape', `The choice is ${quote(choice)}.`) && !isJsonObject(delta))
      return;
    const place = isCount(index) && index < CHOICES_MAX ? index : 0;
    const told = isJsonObject(delta) ? delta : {};
    const known = this.#choices.get(place);
    if (known === undefined) this.#beginChoice(place, told);
    else log.demand(told['role'] === undefined, 'role-once', `The role is ${quote(told['role'])} again.`);
    const read = known ?? { content: '', reasoning: '', toolCalls: [], finish: null };
    this.#choices.set(place, read);
    log.demand(read.finish === null, 'after-finish', `Choice ${place} goes on after its finish_reason.`);
    this.#addDelta(read, told);
    if (isText(finish)) this.#finishChoice(read, finish);
  }

  #beginChoice(place: number, delta: JsonObject): void {
    const log = this.#log;
    log.demand(
      place === this.#choices.size,
      'choice-order',
      `Choice ${place} begins as number ${this.#choices.size}.`,
    );
    log.demand(
      delta['role'] === 'assistant',
      'role-first',
      `Choice ${place} begins with the role ${quote(delta['role'])}.`,
    );
  }

  #addDelta(choice: ReadChoice, delta: JsonObject): void {
    const { content, reasoning_content: reasoning, tool_calls: calls } = delta;
    const hasCalls = calls === undefined || calls === null || Array.isArray(calls);
    const isShaped = hasCalls && TEXTS.every((field) => isTextOrNull(delta[field]));
    this.#log.demand(isShaped, 'delta-shape', `The delta is ${quote(delta)}.`);
    if (isText(content)) choice.content += content;
    if (isText(reasoning)) choice.reasoning += reasoning;
    if (!Array.isArray(calls)) return;
    for (const call of calls) this.#addCall(choice, isJsonObject(call) ? call : {});
  }

  #addCall({ toolCalls }: ReadChoice, call: JsonObject): void {
    const log = this.#log;
    const { index, id } = call;
    const called = readCalled(call);
    const { name, piece } = called;
    const isKnown = isCount(index) && index <= toolCalls.length;
    log.demand(
      isKnown,
      'call-index',
      `The call's index is ${quote(index)}, after ${toolCalls.length} calls.`,
    );
    // A piece of no call is taken for one of the last, as some clients take it.
    const open = isKnown ? toolCalls[index] : isText(id) ? undefined : toolCalls.at(-1);
    if (open === undefined) {
      this.#beginCall(toolCalls, call, called);
      return;
    }
    const isOther =
      called.type !== open.type ||
      (isText(id) && id !== '' && id !== open.id) ||
      (isText(name) && name !== '' && name !== open.function.name);
    log.demand(isText(piece) && !isOther, 'call-piece', `The piece is ${quote(call)}.`);
    const isAgain = id !== undefined || call['type'] !== undefined || name !== undefined;
    log.demand(isOther || !isAgain, 'call-once', `The piece is ${quote(call)}.`);
    log.demand(
      open === toolCalls.at(-1),
      'call-one',
      `A piece of call ${quote(index)} follows the next call.`,
    );
    if (isText(piece)) open.function.arguments += piece;
  }

  #beginCall(toolCalls: ReadCall[], call: JsonObject, { type, name, piece }: Called): void {
    const log = this.#log;
    const { id } = call;
    const isShaped = isText(id) && id !== '' && call['type'] === type && isText(name) && name !== '';
    log.demand(isShaped, 'call-start', `The call begins with ${quote(call)}.`);
    log.demand(piece === '', 'call-start-empty', `The call begins with the arguments ${quote(piece)}.`);
    const used = this.#callIds.get(toolCalls) ?? new Set();
    this.#callIds.set(toolCalls, used);
    log.demand(!used.has(id), 'call-id', `The id ${quote(id)} is another call's.`);
    used.add(id);
    toolCalls.push({
      id: isText(id) ? id : '',
      type,
      function: { name: isText(name) ? name : '', arguments: isText(piece) ? piece : '' },
    });
  }

  #finishChoice(choice: ReadChoice, finish: string): void {
    const log = this.#log;
    choice.finish = finish;
    if (!log.demand(FINISHES.has(finish), 'finish-known', `The finish_reason is ${quote(finish)}.`)) return;
    const { toolCalls } = choice;
    log.demand(
      finish !== 'tool_calls' || toolCalls.length > 0,
      'finish-tools',
      'tool_calls ends a choice without calls.',
    );
    log.demand(
      finish !== 'stop' || toolCalls.length === 0,
      'finish-tools-told',
      'stop ends a choice with calls.',
    );
    if (CUTS.has(finish)) return;
    for (const { id, type, function: called } of toolCalls) {
      const isWhole = type === 'custom' || parseFrameData(called.arguments) !== undefined;
      log.demand(isWhole, 'call-arguments', `The arguments of ${quote(id)} are no JSON object.`);
    }
  }
}

export function createChatGrammar(options: GrammarOptions): ChatGrammar {
  return new ChatGrammar(options);
}
