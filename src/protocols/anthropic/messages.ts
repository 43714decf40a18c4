// The messages of a Messages request as a neutral conversation. Entries of one role in a row are one turn, as the format
// has it. Results of tools come first in their turn and belong to calls of the assistant's turn before it, and to no
// other: models refuse a history in which they do not match. The wording of both refusals is Anthropic's own, because
// clients repair their history by it.

import type { Labels } from '../../core/wire/index.ts';
import { GatewayError } from '../../core/errors/index.ts';
import type {
  AssistantMessage,
  CacheHint,
  JsonObject,
  MediaPart,
  Message,
  Seal,
  SystemMessage,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  UserMessage,
} from '../../core/neutral/index.ts';
import type { JsonReader } from '../../core/wire/json-reader.ts';
import {
  decodeBlock,
  decodeCache,
  decodeContent,
  decodeText,
  RESULT_BLOCKS,
  TEXT_BLOCKS,
  USER_BLOCKS,
  withCache,
  type BlockDecoder,
  type BlockTable,
  type PartSink,
} from './content.ts';
import { callSealOf, decodeSignature, REDACTED_MAKER } from './seal.ts';

const ROLES = ['user', 'assistant', 'system'] as const;

type AssistantPart = AssistantMessage['content'][number];

/** A call of an assistant's turn. */
type OpenCall = {
  readonly name: string;
  readonly messageIndex: number;
  /** Of the conversation's turns. */
  readonly turn: number;
  answered: boolean;
};

type CallSeal = { readonly part: AssistantPart; readonly seal: Seal };

/** Ids are told in errors where they look like ids. */
const PLAIN_ID = /^[A-Za-z0-9_-]{1,128}$/;

function nameIds(ids: readonly string[]): string {
  const plain = ids.filter((id) => PLAIN_ID.test(id));
  return plain.length === 0 ? '' : `: ${plain.join(', ')}`;
}

class Conversation {
  readonly messages: Message[] = [];
  readonly #labels: Labels;
  #turnNumber = 0;
  /** The assistant's turn under way; empty before the first. */
  #turn: AssistantPart[] = [];
  /**
   * The latest call of each id. Those of earlier turns stay and count for nothing: a table for each turn would cost an agent's
   * history, which is hundreds of turns of one call, more than all else here.
   */
  readonly #calls = new Map<string, OpenCall>();
  #unanswered = 0;
  /** Seals of its calls, by id, each beside the part that stands for it where no such call is found. */
  #seals: Map<string, CallSeal> | undefined;
  /** What came after that turn. */
  #results: ToolResultPart[] = [];
  #following: (SystemMessage | UserMessage)[] = [];

  constructor(labels: Labels) {
    this.#labels = labels;
  }

  add(entry: JsonReader, index: number): void {
    const role = entry.field('role').expectOneOf(ROLES);
    const fields = entry.expectObject();
    for (const key in fields) {
      if (key !== 'role' && key !== 'content' && fields[key] !== null) {
        this.#labels.add(`messages.${key}`, true);
      }
    }
    const content = entry.field('content');
    switch (role) {
      case 'system':
        this.#addSystem(content);
        return;
      case 'user':
        this.#addUser(content, index);
        return;
      case 'assistant':
        this.#addAssistant(content, index);
    }
  }

  /** Ends the assistant's turn and what followed it: all of its calls must have their results by now. */
  closeTurn(): void {
    if (this.#unanswered > 0) throw this.#refuseUnanswered();
    const turn = this.#seals === undefined ? this.#turn : sealCalls(this.#turn, this.#seals);
    if (turn.length > 0) this.messages.push({ role: 'assistant', content: turn });
    if (this.#results.length > 0) this.messages.push({ role: 'tool', content: this.#results });
    // One by one, here and below: a caller may send more of them than a function takes arguments.
    for (const message of this.#following) this.messages.push(message);
    this.#turnNumber += 1;
    this.#turn = [];
    this.#seals = undefined;
    this.#results = [];
    this.#following = [];
  }

  #refuseUnanswered(): GatewayError {
    const missing: string[] = [];
    let index: number | undefined;
    for (const part of this.#turn) {
      const call = part.type === 'tool-call' ? this.#callOf(part.id) : undefined;
      if (part.type !== 'tool-call' || call === undefined || call.answered) continue;
      missing.push(part.id);
      index ??= call.messageIndex;
    }
    return new GatewayError(
      'invalid_request',
      `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after${nameIds(missing)}. ` +
        'Each `tool_use` block must have a corresponding `tool_result` block in the next message.',
      { param: `messages[${index}]` },
    );
  }

  /** The call of this id in the turn under way. */
  #callOf(id: string): OpenCall | undefined {
    const call = this.#calls.get(id);
    return call?.turn === this.#turnNumber ? call : undefined;
  }

  #addSystem(content: JsonReader): void {
    const parts: TextPart[] = [];
    decodeContent(content, TEXT_BLOCKS, this.#labels, parts);
    // An entry between calls and their results waits behind the results.
    if (parts.length > 0) this.#following.push({ role: 'system', content: parts });
  }

  #addUser(content: JsonReader, index: number): void {
    const parts: UserMessage['content'][number][] = [];
    let results = 0;
    if (typeof content.value === 'string') decodeContent(content, USER_BLOCKS, this.#labels, parts);
    else {
      let place = 0;
      for (const block of content.expectArray()) {
        if (block.expectObject()['type'] === 'tool_result') {
          this.#addResult(block, index, place);
          results += 1;
        } else decodeBlock(block, USER_BLOCKS, this.#labels, parts);
        place += 1;
      }
    }
    if (parts.length > 0) this.#following.push({ role: 'user', content: parts });
    else if (results === 0)
      throw content.fault('must not be empty: user messages must have non-empty content.');
  }

  #addResult(block: JsonReader, index: number, place: number): void {
    const id = block.stringAt('tool_use_id');
    const call = this.#callOf(id);
    if (call === undefined || call.answered)
      throw refuseResult(block, id, call, `messages.${index}.content.${place}`);
    call.answered = true;
    this.#unanswered -= 1;
    const content: (TextPart | MediaPart)[] = [];
    const field = block.given('content');
    if (field !== undefined) decodeContent(field, RESULT_BLOCKS, this.#labels, content);
    const result: ToolResultPart = {
      type: 'tool-result',
      callId: id,
      name: call.name,
      content,
      isError: block.given('is_error')?.expectBoolean() ?? false,
    };
    this.#results.push(withCache(result, decodeCache(block)));
  }

  #addAssistant(content: JsonReader, index: number): void {
    if (this.#results.length > 0 || this.#following.length > 0) this.closeTurn();
    const parts: AssistantPart[] = [];
    decodeContent(content, ASSISTANT_BLOCKS, this.#labels, parts);
    for (const part of parts) {
      if (part.type === 'tool-call') this.#openCall(part, content, index);
      const sealed = part.type === 'reasoning' ? callSealOf(part) : undefined;
      if (sealed === undefined) this.#turn.push(part);
      else {
        this.#seals ??= new Map();
        this.#seals.set(sealed.id, { part, seal: sealed.seal });
      }
    }
  }

  #openCall({ id, name }: ToolCallPart, content: JsonReader, messageIndex: number): void {
    if (this.#callOf(id) !== undefined)
      throw content.fault('holds two calls of one id: `tool_use` ids must be unique.');
    this.#calls.set(id, { name, messageIndex, turn: this.#turnNumber, answered: false });
    this.#unanswered += 1;
  }
}

function refuseResult(block: JsonReader, id: string, call: OpenCall | undefined, path: string): GatewayError {
  const why =
    call === undefined
      ? `unexpected \`tool_use_id\` found in \`tool_result\` blocks${nameIds([id])}. ` +
        'Each `tool_result` block must have a corresponding `tool_use` block in the previous message.'
      : `each tool_use must have a single result. Found multiple \`tool_result\` blocks${nameIds([id])}.`;
  return new GatewayError('invalid_request', `${path}: ${why}`, { param: block.field('tool_use_id').path });
}

/** Gives the calls their seals. A seal without its call stays reasoning, so that its loss is told. */
function sealCalls(
  turn: readonly AssistantPart[],
  seals: ReadonlyMap<string, CallSeal>,
): AssistantMessage['content'] {
  const left = new Map(seals);
  const sealed = turn.map((part) => {
    const found = part.type === 'tool-call' ? left.get(part.id) : undefined;
    if (part.type !== 'tool-call' || found === undefined) return part;
    left.delete(part.id);
    return { ...part, seal: found.seal };
  });
  return [...[...left.values()].map(({ part }) => part), ...sealed];
}

function decodeThinking(block: JsonReader, _labels: Labels, parts: PartSink<AssistantPart>): void {
  const text = block.stringAt('thinking');
  const seal = decodeSignature(block.given('signature')?.expectString() ?? '');
  if (text !== '' || seal !== undefined) parts.push({ type: 'reasoning', text, seal });
}

function decodeRedacted(block: JsonReader, _labels: Labels, parts: PartSink<AssistantPart>): void {
  const value = block.stringAt('data');
  parts.push({ type: 'reasoning', text: '', seal: { maker: REDACTED_MAKER, value } });
}

function decodeToolUse(block: JsonReader, _labels: Labels, parts: PartSink<AssistantPart>): void {
  const input = block.given('input')?.expectObject() ?? NO_INPUT;
  const id = block.nonEmptyStringAt('id');
  const name = block.nonEmptyStringAt('name');
  const part = isLong(input) ? callWithLateText(id, name, input) : callWithText(id, name, input);
  parts.push(withCache(part, decodeCache(block)));
}

const NO_INPUT: JsonObject = {};
const LONG_CHARACTERS = 1_000;

/** Whether it holds a long text, as a call that writes a file does. */
function isLong(input: JsonObject): boolean {
  for (const key in input) {
    const value = input[key];
    if (typeof value === 'string' && value.length > LONG_CHARACTERS) return true;
  }
  return false;
}

function callWithText(id: string, name: string, input: JsonObject): ToolCallPart {
  return { type: 'tool-call', id, name, arguments: JSON.stringify(input), seal: undefined };
}

/**
 * The text is written when it is first asked for: a call that passes through as it came never asks. Only for long ones,
 * since to make an object with a getter of its own takes as long as to write a thousand characters.
 */
function callWithLateText(id: string, name: string, input: JsonObject): ToolCallPart {
  let text: string | undefined;
  return {
    type: 'tool-call',
    id,
    name,
    get arguments() {
      text ??= JSON.stringify(input);
      return text;
    },
    seal: undefined,
  };
}

const ASSISTANT_BLOCKS: BlockTable<AssistantPart> = new Map<string, BlockDecoder<AssistantPart>>([
  ['text', decodeText],
  ['thinking', decodeThinking],
  ['redacted_thinking', decodeRedacted],
  ['tool_use', decodeToolUse],
]);

/** The hint of the whole request marks its end: the last part that can carry one. */
function markEnd(messages: readonly Message[], cache: CacheHint): readonly Message[] {
  const last = messages.at(-1);
  const part = last?.content.at(-1);
  if (last === undefined || part === undefined || part.type === 'reasoning' || part.cache !== undefined) {
    return messages;
  }
  const content = [...last.content.slice(0, -1), { ...part, cache }];
  // The part is of the message's own kind: it was taken from it.
  return [...messages.slice(0, -1), { ...last, content } as Message];
}

export function decodeMessages(body: JsonReader, labels: Labels): readonly Message[] {
  const system: TextPart[] = [];
  const systemField = body.given('system');
  if (systemField !== undefined) decodeContent(systemField, TEXT_BLOCKS, labels, system);
  const field = body.field('messages');
  const entries = field.expectArray();
  if (entries.length === 0) throw field.fault('must not be empty: at least one message is required.');
  const conversation = new Conversation(labels);
  if (system.length > 0) conversation.messages.push({ role: 'system', content: system });
  for (const [index, entry] of entries.entries()) conversation.add(entry, index);
  conversation.closeTurn();
  const { messages } = conversation;
  const cache = decodeCache(body);
  return cache === undefined ? messages : markEnd(messages, cache);
}
