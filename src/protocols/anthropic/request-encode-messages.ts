// A neutral conversation as the `system` and `messages` of a request. System messages are lifted to the top; turns of one
// role in a row become one message; what says nothing (blank text, messages left empty) is not sent, because models of
// this format refuse it.

import type {
  AssistantMessage,
  JsonObject,
  MediaPart,
  Message,
  ReasoningPart,
  TextPart,
  ToolResultPart,
} from '../../core/neutral/index.ts';
import { encodeArguments } from './arguments.ts';
import type { Block, CacheMarkers } from './cache-markers.ts';
import { isRedacted, SIGNATURE_MAKER } from './seal.ts';
import { ToolIds } from './tool-ids.ts';

type EncodedMessage = { readonly role: 'user' | 'assistant'; readonly content: Block[] };

export type EncodedConversation = {
  readonly system: readonly Block[];
  readonly messages: readonly EncodedMessage[];
  /** Pieces of reasoning left out, seals of calls among them: another maker's, unsigned, or all where it is stripped. */
  readonly reasoningDropped: number;
  readonly reasoningKept: number;
};

export type ConversationOptions = {
  readonly keepsReasoning: boolean;
  /** The inputs of the tool calls, in order, where they are at hand as values. */
  readonly inputs: readonly JsonObject[];
};

export class ConversationEncoder {
  readonly #markers: CacheMarkers;
  readonly #options: ConversationOptions;
  readonly #ids = new ToolIds();
  readonly #messages: EncodedMessage[] = [];
  #reasoningDropped = 0;
  #reasoningKept = 0;
  #calls = 0;

  constructor(markers: CacheMarkers, options: ConversationOptions) {
    this.#markers = markers;
    this.#options = options;
  }

  encode(messages: readonly Message[]): EncodedConversation {
    // First, since their cache markers come before those of the messages.
    const system: Block[] = [];
    for (const message of messages) {
      if (message.role !== 'system') continue;
      for (const part of message.content) {
        const block = this.#encodeText(part);
        if (block !== undefined) system.push(block);
      }
    }
    for (const message of messages) this.#add(message);
    this.#trimPrefill();
    return {
      system,
      messages: this.#messages,
      reasoningDropped: this.#reasoningDropped,
      reasoningKept: this.#reasoningKept,
    };
  }

  #add(message: Message): void {
    switch (message.role) {
      case 'system':
        return;
      case 'user':
        for (const part of message.content) this.#put('user', this.#encodeContent(part));
        return;
      case 'assistant':
        for (const part of message.content) this.#put('assistant', this.#encodeAssistantPart(part));
        return;
      case 'tool':
        for (const part of message.content) this.#put('user', this.#encodeResult(part));
    }
  }

  /** Into the message under way, or a new one where the role changes: only what says something opens a message. */
  #put(role: EncodedMessage['role'], block: Block | undefined): void {
    if (block === undefined) return;
    const last = this.#messages.at(-1);
    if (last?.role === role) last.content.push(block);
    else this.#messages.push({ role, content: [block] });
  }

  #encodeText(part: TextPart): Block | undefined {
    if (part.text.trim() === '') return undefined;
    return this.#markers.mark({ type: 'text', text: part.text }, part.cache);
  }

  #encodeContent(part: TextPart | MediaPart): Block | undefined {
    return part.type === 'text' ? this.#encodeText(part) : this.#encodeMedia(part);
  }

  #encodeMedia(part: MediaPart): Block {
    const { source } = part;
    const block: Block = {
      type: part.type,
      source:
        source.type === 'url'
          ? { type: 'url', url: source.url }
          : { type: 'base64', media_type: source.mimeType, data: source.data },
    };
    if (part.type === 'document' && part.fileName !== undefined) block['title'] = part.fileName;
    return this.#markers.mark(block, part.cache);
  }

  #encodeAssistantPart(part: AssistantMessage['content'][number]): Block | undefined {
    if (part.type === 'text') return this.#encodeText(part);
    if (part.type === 'reasoning') return this.#encodeReasoning(part);
    const input = this.#options.inputs[this.#calls] ?? encodeArguments(part.arguments);
    this.#calls += 1;
    // Another maker's: this format's own models seal no calls.
    if (part.seal !== undefined) this.#reasoningDropped += 1;
    const call = { type: 'tool_use', id: this.#ids.open(part.id), name: part.name, input };
    return this.#markers.mark(call, part.cache);
  }

  #encodeReasoning(part: ReasoningPart): Block | undefined {
    const block = this.#options.keepsReasoning ? reasoningBlock(part) : undefined;
    if (block === undefined) this.#reasoningDropped += 1;
    else this.#reasoningKept += 1;
    return block;
  }

  #encodeResult(part: ToolResultPart): Block {
    const content: Block[] = [];
    for (const inner of part.content) {
      const encoded = this.#encodeContent(inner);
      if (encoded !== undefined) content.push(encoded);
    }
    const block: Block = { type: 'tool_result', tool_use_id: this.#ids.find(part.callId) };
    if (content.length > 0) block['content'] = content;
    if (part.isError) block['is_error'] = true;
    return this.#markers.mark(block, part.cache);
  }

  /** An assistant's message at the end is a prefill, which must not end in white space. */
  #trimPrefill(): void {
    const last = this.#messages.at(-1);
    const block = last?.role === 'assistant' ? last.content.at(-1) : undefined;
    const text = block?.['text'];
    if (block !== undefined && typeof text === 'string') block['text'] = text.trimEnd();
  }
}

/** A signature is good only for the text and the model that made it; without one the whole request is refused. */
function reasoningBlock(part: ReasoningPart): Block | undefined {
  if (part.seal?.maker === SIGNATURE_MAKER) {
    return { type: 'thinking', thinking: part.text, signature: part.seal.value };
  }
  return isRedacted(part.seal) ? { type: 'redacted_thinking', data: part.seal.value } : undefined;
}
