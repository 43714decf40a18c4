// The messages of a chat-completions call as a neutral conversation. Tool results are matched with the calls of the
// turn before them, and only with those: models refuse a history in which they do not belong together.

import {
  normaliseArguments,
  type AssistantMessage,
  type Message,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
} from '../../core/neutral/index.ts';
import type { JsonReader, Labels } from '../../core/wire/index.ts';
import { decodeMixedContent, decodeTextContent, textPartsOf } from './content.ts';
import { decodeCallSeal } from './seal.ts';
import { expectFunctionType } from './tools.ts';

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const;

/** A call of the last assistant turn; `field` is where it stands, for the error when nobody answers it. */
type OpenCall = { readonly name: string; readonly field: JsonReader; answered: boolean };

class Conversation {
  readonly messages: Message[] = [];
  readonly #labels: Labels;
  /** Those of the turn under way, by id; undefined where it has none. */
  #calls: Map<string, OpenCall> | undefined;
  /** Ids of those calls by name, the next to be answered last; made when a result first comes by name alone. */
  #idsByName: Map<string, string[]> | undefined;
  #results: ToolResultPart[] = [];

  constructor(labels: Labels) {
    this.#labels = labels;
  }

  add(message: JsonReader): void {
    const role = message.field('role').expectOneOf(ROLES);
    if (role !== 'tool' && role !== 'function') this.closeTurn();
    const name = message.given('name')?.expectString();
    if (name !== undefined && role !== 'tool' && role !== 'function') {
      this.#labels.add('messages.name', true);
    }
    switch (role) {
      case 'system':
      case 'developer':
        this.messages.push({
          role: 'system',
          content: decodeTextContent(message.field('content'), ['text']),
        });
        return;
      case 'user':
        this.messages.push({ role, content: decodeMixedContent(message.field('content'), this.#labels) });
        return;
      case 'assistant':
        this.#addAssistant(message);
        return;
      case 'tool':
        this.#addResult(message, message.field('tool_call_id'), message.field('tool_call_id').expectString());
        return;
      case 'function':
        this.#addFunctionResult(message);
    }
  }

  /** Ends the turn of the last assistant message: all of its calls must have their results by now. */
  closeTurn(): void {
    if (this.#calls === undefined) return;
    for (const call of this.#calls.values()) {
      if (call.answered) continue;
      throw call.field.fault(
        "has no result: an assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.",
      );
    }
    if (this.#results.length > 0) this.messages.push({ role: 'tool', content: this.#results });
    this.#calls = undefined;
    this.#idsByName = undefined;
    this.#results = [];
  }

  #addAssistant(message: JsonReader): void {
    const audio = message.given('audio');
    if (audio !== undefined) throw audio.fault('is not supported: replies are text.', 'unsupported');
    const reasoning = message.given('reasoning_content')?.expectString() ?? '';
    const calls = this.#decodeCalls(message);
    const content: AssistantMessage['content'] = [
      ...(reasoning === '' ? [] : [{ type: 'reasoning', text: reasoning, seal: undefined } as const]),
      ...decodeAssistantText(message, calls.length > 0),
      ...calls,
    ];
    this.messages.push({ role: 'assistant', content });
  }

  #decodeCalls(message: JsonReader): ToolCallPart[] {
    const entries = message.given('tool_calls')?.expectArray() ?? [];
    const legacy = message.given('function_call');
    if (entries.length === 0 && legacy !== undefined) {
      // The older spelling has no ids, so one is made of the message's place: the same body gives the same call.
      return [this.#openCall(legacy, legacy, `call_${this.messages.length}`)];
    }
    return entries.map((entry) => {
      const type = entry.field('type');
      if (type.value !== undefined) expectFunctionType(type);
      return this.#openCall(entry, entry.field('function'), entry.field('id').expectNonEmptyString());
    });
  }

  #openCall(entry: JsonReader, called: JsonReader, id: string): ToolCallPart {
    const name = called.field('name').expectNonEmptyString();
    this.#calls ??= new Map();
    if (this.#calls.has(id))
      throw entry.field('id').fault('is the id of an earlier call of this message too.');
    this.#calls.set(id, { name, field: entry, answered: false });
    const argumentText = normaliseArguments(called.given('arguments')?.expectString());
    return { type: 'tool-call', id, name, arguments: argumentText, seal: decodeCallSeal(entry) };
  }

  #addFunctionResult(message: JsonReader): void {
    const nameField = message.field('name');
    const name = nameField.expectNonEmptyString();
    const id = this.#takePending(name);
    if (id === undefined) throw nameField.fault("names no pending 'function_call' of the message before.");
    this.#addResult(message, nameField, id);
  }

  /** The earliest call of this name without a result. Each id is looked at once, however many results there are. */
  #takePending(name: string): string | undefined {
    if (this.#calls === undefined) return undefined;
    this.#idsByName ??= listIdsByName(this.#calls);
    const ids = this.#idsByName.get(name) ?? [];
    let id = ids.pop();
    // Some may have been answered by their id.
    while (id !== undefined && this.#calls.get(id)?.answered === true) id = ids.pop();
    return id;
  }

  #addResult(message: JsonReader, reference: JsonReader, id: string): void {
    const call = this.#calls?.get(id);
    if (call === undefined) {
      throw reference.fault(
        "matches no call: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
      );
    }
    if (call.answered) throw reference.fault('has its result already in an earlier message.');
    call.answered = true;
    const content = message.field('content');
    this.#results.push({
      type: 'tool-result',
      callId: id,
      name: call.name,
      // A tool that returned nothing is told as null by some clients.
      content: content.value === null ? [] : decodeMixedContent(content, this.#labels),
      isError: false,
    });
  }
}

function listIdsByName(calls: ReadonlyMap<string, OpenCall>): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const [id, { name }] of calls) {
    const list = ids.get(name);
    if (list === undefined) ids.set(name, [id]);
    else list.push(id);
  }
  for (const list of ids.values()) list.reverse();
  return ids;
}

function decodeAssistantText(message: JsonReader, hasCalls: boolean): readonly TextPart[] {
  const content = message.field('content');
  const refusal = message.given('refusal')?.expectString();
  const refused = refusal === undefined ? [] : textPartsOf(refusal);
  // Null is what a reply without text looks like when it comes back as history; missing is not.
  if (content.value === null) return refused;
  if (content.value === undefined && (hasCalls || refusal !== undefined)) return refused;
  return [...decodeTextContent(content, ['text', 'refusal']), ...refused];
}

export function decodeMessages(field: JsonReader, labels: Labels): readonly Message[] {
  const entries = field.expectArray();
  if (entries.length === 0) throw field.fault('must not be empty.');
  const conversation = new Conversation(labels);
  for (const entry of entries) conversation.add(entry);
  conversation.closeTurn();
  return conversation.messages;
}
