// The input items of a request as a neutral conversation. What a model made in one go (words, reasoning, calls) is one turn
// here; each call's output is put directly behind its turn, wherever the client put it, because models refuse a history in
// which calls and outputs do not stand together.

import {
  normaliseArguments,
  type AssistantMessage,
  type JsonObject,
  type Message,
  type ReasoningPart,
  type Seal,
  type ToolCallPart,
  type ToolResultPart,
} from '../../core/neutral/index.ts';
import { JsonReader, type Labels } from '../../core/wire/index.ts';
import { decodeCompaction, introduceSummary } from './compaction.ts';
import { decodeMixedContent, decodeTextContent, textPartsOf } from './content-decode.ts';
import { decodeCallSeal, decodeSeal } from './seal.ts';
import { plainName, wrapInput, type KnownTool, type ToolNames } from './tool-names.ts';

const ROLES = ['user', 'assistant', 'system', 'developer'] as const;
const BETWEEN_SUMMARIES = '\n\n';
const REFERENCE = 'item_reference';

export type InputOptions = {
  readonly names: ToolNames;
  readonly labels: Labels;
  /** Whether calls may stand in what is stored, so that outputs without a call are no fault yet. */
  readonly openStart: boolean;
};

/** The kind of an item: the format lets messages go without one. */
function itemTypeOf(item: JsonReader): string {
  const type = item.given('type')?.expectString();
  if (type !== undefined) return type;
  if (item.given('role') === undefined) throw item.field('type').fault('is required.');
  return 'message';
}

export function decodeInput(items: readonly JsonReader[], options: InputOptions): readonly Message[] {
  const conversation = new Conversation(options);
  for (const item of items) conversation.survey(item);
  for (const item of items) conversation.add(item);
  conversation.closeTurn();
  return conversation.messages;
}

class Conversation {
  readonly messages: Message[] = [];
  readonly #options: InputOptions;
  /** Of the whole input, by the id of their call, in their order: some clients begin to number anew with each turn. */
  readonly #outputs = new Map<string, JsonReader[]>();
  /** Outputs that stand behind their calls already. */
  readonly #placed = new Set<JsonReader>();
  /** Ids of all calls of the input, and the seals that other items bring for them. */
  readonly #callIds = new Set<string>();
  readonly #callSeals = new Map<string, Seal>();
  #turn: AssistantMessage['content'][number][] = [];
  /** The calls of the turn under way and where they stand. */
  #calls = new Map<string, { readonly name: string; readonly item: JsonReader }>();

  constructor(options: InputOptions) {
    this.#options = options;
  }

  /** Notes what belongs together, before anything is decoded. */
  survey(item: JsonReader): void {
    const type = itemTypeOf(item);
    if (isCall(type)) {
      const id = item.given('call_id')?.expectString();
      if (id !== undefined) this.#callIds.add(id);
    } else if (isOutput(type)) {
      const id = item.given('call_id');
      if (id === undefined) return;
      const known = this.#outputs.get(id.expectString());
      if (known === undefined) this.#outputs.set(id.expectString(), [item]);
      else known.push(item);
    } else if (type === 'reasoning') {
      const sealed = decodeCallSeal(item.given('encrypted_content')?.expectString() ?? '');
      if (sealed !== undefined) this.#callSeals.set(sealed.callId, sealed.seal);
    }
  }

  add(item: JsonReader): void {
    const type = itemTypeOf(item);
    if (type === 'message') this.#addMessage(item);
    else if (isCall(type)) this.#addCall(item, type);
    else if (isOutput(type)) this.#addOutput(item);
    else if (type === 'reasoning') this.#addReasoning(item);
    else if (type === 'compaction' || type === 'compaction_summary') this.#addCompaction(item);
    else if (type !== 'additional_tools' && type !== REFERENCE) {
      throw item
        .field('type')
        .fault('is not supported: it belongs to a tool that runs at the server.', 'unsupported');
    }
  }

  /** Ends the turn under way: its message, then the outputs of its calls. */
  closeTurn(): void {
    if (this.#turn.length > 0) this.messages.push({ role: 'assistant', content: this.#turn });
    const results: ToolResultPart[] = [];
    for (const [id, { name, item }] of this.#calls) {
      const output = this.#outputs.get(id)?.shift();
      if (output === undefined) throw item.fault(`has no output: an item with its call_id must follow.`);
      this.#placed.add(output);
      results.push(this.#decodeOutput(output, id, name));
    }
    if (results.length > 0) this.messages.push({ role: 'tool', content: results });
    this.#turn = [];
    this.#calls = new Map();
  }

  #addMessage(item: JsonReader): void {
    const { labels } = this.#options;
    const role = item.field('role').expectOneOf(ROLES);
    const content = item.field('content');
    if (role === 'assistant') {
      // A call's output between two of a model's messages parts them.
      this.#turn.push(...decodeTextContent(content, labels));
      return;
    }
    this.closeTurn();
    if (role === 'user') this.messages.push({ role, content: decodeMixedContent(content, labels) });
    else this.messages.push({ role: 'system', content: decodeTextContent(content, labels) });
  }

  #addCall(item: JsonReader, type: CallType): void {
    const idField = item.given('call_id');
    // A search that ran at the server: what it found is among the tools already.
    if (idField === undefined && type === 'tool_search_call') return;
    const id = item.field('call_id').expectNonEmptyString();
    if (this.#calls.has(id))
      throw item.field('call_id').fault('is the id of an earlier call of this turn too.');
    const call: ToolCallPart = {
      type: 'tool-call',
      id,
      name: this.#nameOf(item, type),
      arguments: argumentsOf(item, type),
      seal: this.#callSeals.get(id),
    };
    this.#calls.set(id, { name: call.name, item });
    this.#turn.push(call);
  }

  #nameOf(item: JsonReader, type: CallType): string {
    const tool: KnownTool = {
      kind: KINDS[type],
      name: type === 'tool_search_call' ? 'tool_search' : item.field('name').expectNonEmptyString(),
      namespace: item.given('namespace')?.expectString(),
    };
    // A tool that is no longer offered keeps the name it would have.
    return this.#options.names.find(tool) ?? plainName(tool);
  }

  #addOutput(item: JsonReader): void {
    const idField = item.given('call_id');
    if (idField === undefined && itemTypeOf(item) === 'tool_search_output') return;
    if (this.#placed.has(item)) return;
    const id = item.field('call_id').expectString();
    if (this.#calls.has(id)) {
      this.closeTurn();
      return;
    }
    if (!this.#options.openStart || this.#callIds.has(id)) {
      throw item.field('call_id').fault('matches no call: no earlier item has this call_id.');
    }
    this.closeTurn();
    this.messages.push({ role: 'tool', content: [this.#decodeOutput(item, id, '')] });
  }

  #decodeOutput(item: JsonReader, callId: string, name: string): ToolResultPart {
    const content =
      itemTypeOf(item) === 'tool_search_output'
        ? textPartsOf(describeFound(item))
        : decodeMixedContent(item.field('output'), this.#options.labels);
    return { type: 'tool-result', callId, name, content, isError: false };
  }

  #addReasoning(item: JsonReader): void {
    const encrypted = item.given('encrypted_content')?.expectString() ?? '';
    const sealed = decodeCallSeal(encrypted);
    // It went with its call. Where that is gone, it stays a piece of reasoning, so that its loss is told.
    if (sealed !== undefined && this.#callIds.has(sealed.callId)) return;
    const texts = [...textsOf(item, 'summary'), ...textsOf(item, 'content')];
    const part: ReasoningPart = {
      type: 'reasoning',
      text: texts.join(BETWEEN_SUMMARIES),
      seal: sealed?.seal ?? decodeSeal(encrypted),
    };
    if (part.text !== '' || part.seal !== undefined) this.#turn.push(part);
  }

  #addCompaction(item: JsonReader): void {
    const field = item.field('encrypted_content');
    const summary = decodeCompaction(field.expectString());
    if (summary === undefined)
      throw field.fault('was made by another server and cannot be read here.', 'unsupported');
    this.closeTurn();
    this.messages.push({ role: 'user', content: textPartsOf(introduceSummary(summary)) });
  }
}

type CallType = 'function_call' | 'custom_tool_call' | 'tool_search_call';

const KINDS = {
  function_call: 'function',
  custom_tool_call: 'custom',
  tool_search_call: 'tool_search',
} as const satisfies Record<CallType, KnownTool['kind']>;

function isCall(type: string): type is CallType {
  return Object.hasOwn(KINDS, type);
}

function isOutput(type: string): boolean {
  return (
    type === 'function_call_output' || type === 'custom_tool_call_output' || type === 'tool_search_output'
  );
}

function argumentsOf(item: JsonReader, type: CallType): string {
  if (type === 'custom_tool_call') return wrapInput(item.field('input').expectString());
  const given = item.given('arguments');
  if (type === 'tool_search_call' && typeof given?.value !== 'string') {
    return JSON.stringify(given?.expectObject() ?? {});
  }
  return normaliseArguments(given?.expectString());
}

function textsOf(item: JsonReader, field: string): readonly string[] {
  const entries = item.given(field)?.expectArray() ?? [];
  return entries.map((entry) => entry.field('text').expectString()).filter((text) => text !== '');
}

/** The tools themselves have joined the request's; the model is told their names. */
function describeFound(item: JsonReader): string {
  const names = item
    .field('tools')
    .expectArray()
    .flatMap((tool) => namesOf(tool, undefined));
  return names.length === 0 ? 'No tools were found.' : `These tools can be called now: ${names.join(', ')}.`;
}

function namesOf(tool: JsonReader, namespace: string | undefined): readonly string[] {
  const name = tool.given('name')?.expectString() ?? '';
  const inner = tool.given('tools')?.expectArray();
  if (inner !== undefined && namespace === undefined) return inner.flatMap((one) => namesOf(one, name));
  return [plainName({ name, namespace })];
}

/** Lists of tools that the input brings: added by the client, or found by a search that it ran. */
export function toolListsOf(items: readonly JsonReader[]): readonly (readonly JsonReader[])[] {
  return items.flatMap((item) => {
    const type = itemTypeOf(item);
    return type === 'additional_tools' || type === 'tool_search_output'
      ? [item.field('tools').expectArray()]
      : [];
  });
}

/** Ids of the stored items that the input names. */
export function referencesOf(items: readonly JsonReader[]): readonly string[] {
  return items
    .filter((item) => itemTypeOf(item) === REFERENCE)
    .map((item) => item.field('id').expectNonEmptyString());
}

/**
 * The items with those in place that others only name.
 * @throws GatewayError for a name that nothing is stored under.
 */
export function resolveReferences(
  items: readonly JsonReader[],
  found: ReadonlyMap<string, JsonObject>,
): readonly JsonReader[] {
  return items.map((item) => {
    if (itemTypeOf(item) !== REFERENCE) return item;
    const id = item.field('id');
    const stored = found.get(id.expectString());
    if (stored !== undefined) return new JsonReader(stored);
    throw id.fault(
      'names no stored item: it was not stored, or is stored no longer. Send the item itself, and "store": false.',
    );
  });
}

/** A string input as the item that it is short for. */
export function itemOfText(text: string): JsonObject {
  return { type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
}
