// A neutral conversation as input items: messages, function calls and their outputs, reasoning. One assistant turn becomes
// several items, in the order the model made them, since reasoning belongs to the item that follows it.

import type {
  AssistantMessage,
  JsonObject,
  Message,
  ReasoningPart,
  TextPart,
  ToolResultPart,
} from '../../core/neutral/index.ts';
import { encodeInputPart } from './content.ts';
import { SEAL_MAKER } from './seal.ts';

/** The format allows ids of 64 characters; other vendors' ids in a history may be longer. */
const CALL_ID_CHARACTERS_MAX = 64;
/** The format has no flag for a failed tool; without a word the model would take the text for a result. */
const ERROR_PREFIX = 'Error: ';
/** Between text parts that were apart in the client's message. */
const BETWEEN_PARTS = '\n';

export function encodeInput(messages: readonly Message[]): readonly JsonObject[] {
  const encoder = new InputEncoder();
  for (const message of messages) encoder.add(message);
  return encoder.items;
}

class InputEncoder {
  readonly items: JsonObject[] = [];
  readonly #shortIds = new Map<string, string>();

  add(message: Message): void {
    switch (message.role) {
      case 'system':
      case 'user':
        if (message.content.length > 0) this.#message(message.role, message.content.map(encodeInputPart));
        return;
      case 'assistant':
        this.#assistant(message);
        return;
      case 'tool':
        for (const result of message.content) this.#result(result);
    }
  }

  #message(role: 'system' | 'user' | 'assistant', content: readonly JsonObject[]): void {
    this.items.push({ type: 'message', role, content });
  }

  #assistant(message: AssistantMessage): void {
    let texts: TextPart[] = [];
    let thoughts: ReasoningPart[] = [];
    const flushTexts = (): void => {
      const content = texts.map((part) => ({ type: 'output_text', text: part.text }));
      if (content.length > 0) this.#message('assistant', content);
      texts = [];
    };
    const flushThoughts = (): void => {
      for (const thought of thoughts) this.items.push(encodeReasoning(thought));
      thoughts = [];
    };
    for (const part of message.content) {
      if (part.type === 'reasoning') {
        flushTexts();
        // Held until something follows: reasoning without the item it led to is refused.
        if (part.seal?.maker === SEAL_MAKER) thoughts.push(part);
        continue;
      }
      flushThoughts();
      if (part.type === 'text') texts.push(part);
      else {
        flushTexts();
        const { name, arguments: text } = part;
        this.items.push({ type: 'function_call', call_id: this.#callId(part.id), name, arguments: text });
      }
    }
    flushTexts();
  }

  #result(result: ToolResultPart): void {
    this.items.push({
      type: 'function_call_output',
      call_id: this.#callId(result.callId),
      output: encodeOutput(result),
    });
  }

  #callId(id: string): string {
    if (id.length <= CALL_ID_CHARACTERS_MAX) return id;
    const short =
      this.#shortIds.get(id) ?? `${id.slice(0, CALL_ID_CHARACTERS_MAX - 8)}_${this.#shortIds.size}`;
    this.#shortIds.set(id, short);
    return short;
  }
}

function encodeReasoning(part: ReasoningPart): JsonObject {
  const summary = part.text === '' ? [] : [{ type: 'summary_text', text: part.text }];
  return { type: 'reasoning', summary, encrypted_content: part.seal?.value ?? '' };
}

/** A string wherever it says all there is: every server of the format takes one. */
function encodeOutput(result: ToolResultPart): string | readonly JsonObject[] {
  const texts = result.content.filter((part): part is TextPart => part.type === 'text');
  const prefix = result.isError ? ERROR_PREFIX : '';
  if (texts.length === result.content.length)
    return prefix + texts.map((part) => part.text).join(BETWEEN_PARTS);
  const content = result.content.map(encodeInputPart);
  return prefix === '' ? content : [{ type: 'input_text', text: prefix.trimEnd() }, ...content];
}
