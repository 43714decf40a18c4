// Reads the messages of `invoke` (3.7): Anthropic's turns and blocks, and the rules between tool use and tool results.
// Turns of one role in a row count as one turn, as they do at Anthropic.
import type { AttachedFile, Message } from '../mind.ts';
import type { Body } from './classic-body.ts';
import { isRecord } from './classic-body.ts';
import { readDocument, readImage } from './invoke-media.ts';
import { checkThinkingBlock } from './invoke-thinking.ts';
import { nativeRefusal, shown } from './native-errors.ts';
import type { Context } from './surface.ts';

const cacheMarkersMax = 4;
const toolUseId = /^[a-zA-Z0-9_-]+$/u;

type Role = 'user' | 'assistant' | 'system';
type Placed = { readonly block: Body; readonly path: string };
type Turn = { readonly role: Role; readonly index: number; readonly blocks: Placed[] };

export type InvokeConversation = {
  readonly messages: readonly Message[];
  readonly files: readonly AttachedFile[];
};

/** Reads the prompt of one request, and counts what is counted over all of it. */
export class InvokeReader {
  readonly #context: Context;
  readonly #files: AttachedFile[] = [];
  #cacheMarkers = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  #invalid(message: string): Error {
    return nativeRefusal(this.#context, 'invoke', 400, message);
  }

  /** Counts a cache marker where there is one. */
  readonly seeMarker = (block: Body, path: string): void => {
    const { cache_control: marker } = block;
    if (marker === undefined || marker === null) return;
    if (!isRecord(marker) || marker['type'] !== 'ephemeral') {
      throw this.#invalid(`${path}.cache_control.type: Input should be 'ephemeral'`);
    }
    const extra = Object.keys(marker).find((key) => key !== 'type');
    if (extra !== undefined && this.#context.org.cacheControlExtras === 'refused') {
      throw this.#invalid(`${path}.cache_control.ephemeral.${extra}: Extra inputs are not permitted`);
    }
    if (marker['ttl'] !== undefined && marker['ttl'] !== '5m' && marker['ttl'] !== '1h') {
      throw this.#invalid(`${path}.cache_control.ephemeral.ttl: Input should be '5m' or '1h'`);
    }
    this.#cacheMarkers += 1;
  };

  checkCacheMarkers(): void {
    if (this.#cacheMarkers <= cacheMarkersMax) return;
    throw this.#invalid(
      `A maximum of ${cacheMarkersMax} blocks with cache_control may be provided. Found ${this.#cacheMarkers}.`,
    );
  }

  #textOf(block: Body, path: string): string {
    const { text } = block;
    if (typeof text !== 'string') throw this.#invalid(`${path}.text.text: Field required`);
    if (text === '') throw this.#invalid(`${path}: text content blocks must be non-empty`);
    this.seeMarker(block, path);
    return text;
  }

  readSystem(system: unknown): readonly Message[] {
    if (system === undefined || system === null) return [];
    if (typeof system === 'string') return [{ role: 'system', text: system }];
    if (!Array.isArray(system)) throw this.#invalid('system: Input should be a valid list');
    const texts = system.map((block: unknown, index) => {
      if (!isRecord(block) || block['type'] !== 'text') {
        throw this.#invalid(`system.${index}.type: Input should be 'text'`);
      }
      return this.#textOf(block, `system.${index}`);
    });
    return texts.length === 0 ? [] : [{ role: 'system', text: texts.join('\n') }];
  }

  #role(message: Body, path: string): Role {
    const { role } = message;
    if (role === 'user' || role === 'assistant') return role;
    if (role === 'system' && this.#context.org.invokeSystemMessages === 'accepted') return role;
    throw this.#invalid(`${path}.role: Input should be 'user' or 'assistant'`);
  }

  #blocks(content: unknown, path: string, mayBeEmpty: boolean): readonly Placed[] {
    if (content === undefined || content === null) throw this.#invalid(`${path}.content: Field required`);
    if (typeof content !== 'string' && !Array.isArray(content)) {
      throw this.#invalid(`${path}.content: Input should be a valid list`);
    }
    if (content.length === 0) {
      if (mayBeEmpty) return [];
      throw this.#invalid(
        `${path}: all messages must have non-empty content except for the optional final assistant message`,
      );
    }
    if (typeof content === 'string') return [{ block: { type: 'text', text: content }, path }];
    return content.map((block: unknown, index) => {
      const at = `${path}.content.${index}`;
      if (!isRecord(block)) throw this.#invalid(`${at}: Input should be an object`);
      return { block, path: at };
    });
  }

  #turns(value: unknown): readonly Turn[] {
    if (!Array.isArray(value)) throw this.#invalid('messages: Field required');
    if (value.length === 0) throw this.#invalid('messages: at least one message is required');
    const turns: Turn[] = [];
    for (const [index, message] of value.entries()) {
      const path = `messages.${index}`;
      if (!isRecord(message)) throw this.#invalid(`${path}: Input should be an object`);
      const role = this.#role(message, path);
      const extra = Object.keys(message).find((key) => key !== 'role' && key !== 'content');
      if (extra !== undefined && this.#context.org.invokeUnknownKeys === 'refused') {
        throw this.#invalid(`${path}.${extra}: Extra inputs are not permitted`);
      }
      const last = role === 'assistant' && index === value.length - 1;
      const blocks = this.#blocks(message['content'], path, last);
      const previous = turns.at(-1);
      if (previous?.role === role) previous.blocks.push(...blocks);
      else turns.push({ role, index, blocks: [...blocks] });
    }
    const spoken = turns.filter((turn) => turn.role !== 'system');
    if (spoken[0]?.role !== 'user') throw this.#invalid('messages: first message must use the "user" role');
    if (spoken.at(-1)?.role === 'assistant' && this.#context.org.invokePrefill === 'refused') {
      throw this.#invalid(
        'This model does not support assistant message prefill. The conversation must end with a user message.',
      );
    }
    return turns;
  }

  readMessages(value: unknown): InvokeConversation {
    const turns = this.#turns(value);
    this.#checkToolRules(turns.filter((turn) => turn.role !== 'system'));
    const messages = turns.flatMap((turn) => this.#readTurn(turn));
    return { messages, files: this.#files };
  }

  /** Every call has its result first in the next user turn, and no result stands without its call. */
  #checkToolRules(turns: readonly Turn[]): void {
    let called = new Set<string>();
    let calledAt = 0;
    const seen = new Set<string>();
    for (const turn of turns) {
      const leading = turn.blocks.findIndex(({ block }) => block['type'] !== 'tool_result');
      const results = turn.blocks.slice(0, leading === -1 ? undefined : leading);
      const answered = new Set(results.map(({ block }) => block['tool_use_id']));
      this.#checkAnswered(called, answered, calledAt);
      for (const { block, path } of turn.blocks) {
        if (block['type'] === 'tool_result') this.#checkResult(block, path, called);
      }
      called = new Set();
      calledAt = turn.index;
      for (const { block, path } of turn.role === 'assistant' ? turn.blocks : []) {
        if (block['type'] !== 'tool_use') continue;
        const { id } = block;
        if (typeof id !== 'string') throw this.#invalid(`${path}.tool_use.id: Field required`);
        if (!toolUseId.test(id)) {
          throw this.#invalid(`${path}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
        }
        if (seen.has(id)) throw this.#invalid(`messages.${turn.index}: \`tool_use\` ids must be unique`);
        seen.add(id);
        called.add(id);
      }
    }
    this.#checkAnswered(called, new Set(), calledAt);
  }

  #checkAnswered(called: ReadonlySet<string>, answered: ReadonlySet<unknown>, calledAt: number): void {
    const open = [...called].filter((id) => !answered.has(id));
    if (open.length === 0) return;
    throw this.#invalid(
      `messages.${calledAt}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
    );
  }

  #checkResult(block: Body, path: string, called: ReadonlySet<string>): void {
    const { tool_use_id: id } = block;
    if (typeof id !== 'string') throw this.#invalid(`${path}.tool_result.tool_use_id: Field required`);
    if (called.has(id)) return;
    throw this.#invalid(
      `${path}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
    );
  }

  /** The mind hears what the user says before what the tools say: text beside a result does not start a new round. */
  #readTurn(turn: Turn): readonly Message[] {
    const texts: string[] = [];
    const results: Message[] = [];
    let media = false;
    for (const { block, path } of turn.blocks) {
      switch (block['type']) {
        case 'text':
          texts.push(this.#textOf(block, path));
          break;
        case 'tool_result':
          this.seeMarker(block, path);
          results.push({ role: 'tool', text: this.#resultText(block, path) });
          break;
        case 'tool_use':
          this.#checkCall(turn, block, path);
          break;
        case 'thinking':
        case 'redacted_thinking':
          this.#only(turn, 'assistant', block, path);
          checkThinkingBlock(this.#context, block, path);
          break;
        default:
          this.#only(turn, 'user', block, path);
          this.#readMedia(block, path);
          media = true;
      }
    }
    const speaks = texts.length > 0 || media || results.length === 0;
    return [...(speaks ? [{ role: turn.role, text: texts.join('\n') }] : []), ...results];
  }

  #only(turn: Turn, role: Role, block: Body, path: string): void {
    if (turn.role === role) return;
    throw this.#invalid(
      `${path}: \`${shown(block['type'])}\` blocks can only appear in \`${role}\` messages`,
    );
  }

  #checkCall(turn: Turn, block: Body, path: string): void {
    this.#only(turn, 'assistant', block, path);
    if (typeof block['name'] !== 'string') throw this.#invalid(`${path}.tool_use.name: Field required`);
    if (!isRecord(block['input'])) {
      throw this.#invalid(`${path}.tool_use.input: Input should be a valid dictionary`);
    }
    this.seeMarker(block, path);
  }

  #readMedia(block: Body, path: string): void {
    const { type } = block;
    if (type === 'image') this.#files.push(readImage(this.#context, block, `${path}.image`));
    else if (type === 'document') {
      this.#files.push(...readDocument(this.#context, block, `${path}.document`));
    } else {
      throw this.#invalid(
        `${path}: Input tag '${shown(type)}' found using 'type' does not match any of the expected tags: 'document', 'image', 'redacted_thinking', 'text', 'thinking', 'tool_result', 'tool_use'`,
      );
    }
    this.seeMarker(block, path);
  }

  #resultText(block: Body, path: string): string {
    const { content, is_error: failed } = block;
    if (failed !== undefined && typeof failed !== 'boolean') {
      throw this.#invalid(`${path}.tool_result.is_error: Input should be a valid boolean`);
    }
    if (content === undefined || content === null) return '';
    if (typeof content === 'string') return content;
    if (!Array.isArray(content)) {
      throw this.#invalid(`${path}.tool_result.content: Input should be a valid list`);
    }
    const texts = content.map((part: unknown, index) => {
      const at = `${path}.tool_result.content.${index}`;
      if (!isRecord(part)) throw this.#invalid(`${at}: Input should be an object`);
      if (part['type'] === 'text') return this.#textOf(part, at);
      this.#readMedia(part, at);
      return '';
    });
    return texts.filter((text) => text !== '').join('\n');
  }
}
