// The messages of a Messages request as a neutral conversation. Entries of one role in a row are one turn, as the format
// has it. Results of tools come first in their turn and belong to calls of the assistant's turn before it, and to no
// other: models refuse a history in which they do not match. The wording of both refusals is Anthropic's own, because
// clients repair their history by it.

import { GatewayError } from '../../core/errors/index.ts';
import type {
  AssistantMessage,
  CacheHint,
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
  type BlockDecoder,
  type BlockTable,
} from './content.ts';
import type { Labels } from './labels.ts';
import { callSealOf, decodeSignature, REDACTED_MAKER } from './seal.ts';

type AssistantPart = AssistantMessage['content'][number];

/** A call of the assistant's turn under way. */
type OpenCall = { readonly name: string; readonly messageIndex: number; answered: boolean };

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
  /** The assistant's turn under way; undefined before the first. */
  #turn: AssistantPart[] = [];
  #calls = new Map<string, OpenCall>();
  /** Seals of its calls, by id, each beside the part that stands for it where no such call is found. */
  #seals = new Map<string, CallSeal>();
  /** What came after that turn. */
  #results: ToolResultPart[] = [];
  #following: (SystemMessage | UserMessage)[] = [];

  constructor(labels: Labels) {
    this.#labels = labels;
  }

  add(entry: JsonReader, index: number): void {
    const role = entry.field('role').expectOneOf(['user', 'assistant', 'system']);
    for (const [key, value] of Object.entries(entry.expectObject())) {
      if (key !== 'role' && key !== 'content' && value !== null) this.#labels.add(`messages.${key}`, true);
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
    this.#assertAnswered();
    const turn = this.#seals.size === 0 ? this.#turn : sealCalls(this.#turn, this.#seals);
    if (turn.length > 0) this.messages.push({ role: 'assistant', content: turn });
    if (this.#results.length > 0) this.messages.push({ role: 'tool', content: this.#results });
    // One by one, here and below: a caller may send more of them than a function takes arguments.
    for (const message of this.#following) this.messages.push(message);
    this.#turn = [];
    this.#calls = new Map();
    this.#seals = new Map();
    this.#results = [];
    this.#following = [];
  }

  #assertAnswered(): void {
    const missing = [...this.#calls].filter(([, call]) => !call.answered);
    const index = missing[0]?.[1].messageIndex;
    if (index === undefined) return;
    const ids = nameIds(missing.map(([id]) => id));
    throw new GatewayError(
      'invalid_request',
      `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after${ids}. ` +
        'Each `tool_use` block must have a corresponding `tool_result` block in the next message.',
      { param: `messages[${index}]` },
    );
  }

  #addSystem(content: JsonReader): void {
    const parts = decodeContent(content, TEXT_BLOCKS, this.#labels);
    // An entry between calls and their results waits behind the results.
    if (parts.length > 0) this.#following.push({ role: 'system', content: parts });
  }

  #addUser(content: JsonReader, index: number): void {
    const parts: UserMessage['content'][number][] = [];
    let results = 0;
    if (typeof content.value === 'string') {
      for (const part of decodeContent(content, USER_BLOCKS, this.#labels)) parts.push(part);
    } else {
      for (const [place, block] of content.expectArray().entries()) {
        if (block.field('type').value === 'tool_result') {
          this.#addResult(block, `messages.${index}.content.${place}`);
          results += 1;
        } else for (const part of decodeBlock(block, USER_BLOCKS, this.#labels)) parts.push(part);
      }
    }
    if (parts.length > 0) this.#following.push({ role: 'user', content: parts });
    else if (results === 0)
      throw content.fault('must not be empty: user messages must have non-empty content.');
  }

  #addResult(block: JsonReader, path: string): void {
    const reference = block.field('tool_use_id');
    const id = reference.expectString();
    const call = this.#calls.get(id);
    if (call === undefined) {
      throw new GatewayError(
        'invalid_request',
        `${path}: unexpected \`tool_use_id\` found in \`tool_result\` blocks${nameIds([id])}. ` +
          'Each `tool_result` block must have a corresponding `tool_use` block in the previous message.',
        { param: reference.path },
      );
    }
    if (call.answered) {
      throw new GatewayError(
        'invalid_request',
        `${path}: each tool_use must have a single result. Found multiple \`tool_result\` blocks${nameIds([id])}.`,
        { param: reference.path },
      );
    }
    call.answered = true;
    const content = block.field('content');
    this.#results.push({
      type: 'tool-result',
      callId: id,
      name: call.name,
      content: content.isAbsent ? [] : decodeContent(content, RESULT_BLOCKS, this.#labels),
      isError: block.field('is_error').optionalBoolean() ?? false,
      ...decodeCache(block),
    });
  }

  #addAssistant(content: JsonReader, index: number): void {
    if (this.#results.length > 0 || this.#following.length > 0) this.closeTurn();
    for (const part of decodeContent(content, ASSISTANT_BLOCKS, this.#labels)) {
      if (part.type === 'tool-call') {
        if (this.#calls.has(part.id))
          throw content.fault('holds two calls of one id: `tool_use` ids must be unique.');
        this.#calls.set(part.id, { name: part.name, messageIndex: index, answered: false });
      }
      const sealed = part.type === 'reasoning' ? callSealOf(part) : undefined;
      if (sealed === undefined) this.#turn.push(part);
      else this.#seals.set(sealed.id, { part, seal: sealed.seal });
    }
  }
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

function decodeThinking(block: JsonReader): readonly AssistantPart[] {
  const text = block.field('thinking').expectString();
  const seal = decodeSignature(block.field('signature').optionalString() ?? '');
  return text === '' && seal === undefined ? [] : [{ type: 'reasoning', text, seal }];
}

function decodeRedacted(block: JsonReader): readonly AssistantPart[] {
  const value = block.field('data').expectString();
  return [{ type: 'reasoning', text: '', seal: { maker: REDACTED_MAKER, value } }];
}

/** The text is written when it is first asked for: a call that passes through as it came never asks. */
function decodeToolUse(block: JsonReader): readonly ToolCallPart[] {
  const input = block.field('input').optionalObject() ?? {};
  let text: string | undefined;
  return [
    {
      type: 'tool-call',
      id: block.field('id').expectNonEmptyString(),
      name: block.field('name').expectNonEmptyString(),
      get arguments() {
        text ??= JSON.stringify(input);
        return text;
      },
      seal: undefined,
      ...decodeCache(block),
    },
  ];
}

const ASSISTANT_BLOCKS: BlockTable<AssistantPart> = new Map<string, BlockDecoder<AssistantPart>>([
  ['text', decodeText],
  ['thinking', decodeThinking],
  ['redacted_thinking', decodeRedacted],
  ['tool_use', decodeToolUse],
]);

function decodeSystem(field: JsonReader, labels: Labels): readonly TextPart[] {
  return field.isAbsent ? [] : decodeContent(field, TEXT_BLOCKS, labels);
}

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
  const system = decodeSystem(body.field('system'), labels);
  const field = body.field('messages');
  const entries = field.expectArray();
  if (entries.length === 0) throw field.fault('must not be empty: at least one message is required.');
  const conversation = new Conversation(labels);
  for (const [index, entry] of entries.entries()) conversation.add(entry, index);
  conversation.closeTurn();
  const messages: readonly Message[] = [
    ...(system.length === 0 ? [] : [{ role: 'system', content: system } as const]),
    ...conversation.messages,
  ];
  const { cache } = decodeCache(body);
  return cache === undefined ? messages : markEnd(messages, cache);
}
