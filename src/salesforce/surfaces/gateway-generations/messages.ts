// The conversation as the gateway takes it (reference 3.4): string contents, files beside them, calls as
// `tool_invocations`, one tool message per result.

import type {
  AssistantMessage,
  Message,
  ToolCallPart,
  ToolMessage,
  ToolResultPart,
  UserMessage,
} from '../../../core/neutral/index.ts';
import type { SurfaceContext } from '../port.ts';
import { joinText, SIGNATURE_MAKER, splitSystem } from '../generations/index.ts';
import { FileCounter, type UpstreamFile } from './files.ts';

type UpstreamMessage = {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
  readonly files?: readonly UpstreamFile[];
  readonly tool_invocations?: readonly UpstreamInvocation[];
  readonly tool_call_id?: string;
  readonly tool_call_name?: string;
};

/** Nothing but these keys: with more, the following tool message is refused (reference 3.4). */
type UpstreamInvocation = {
  readonly id: string;
  readonly function: { readonly name: string; readonly arguments: string };
  readonly thought_signature?: string;
};

/** The upstream has no flag for a failed tool; without a word the model would take the text for a result. */
const ERROR_PREFIX = 'Error: ';

export function encodeMessages(messages: readonly Message[], context: SurfaceContext): UpstreamMessage[] {
  const encoder = new MessageEncoder(context);
  const { system, rest } = splitSystem(messages);
  if (system !== undefined) encoder.system(system);
  for (const message of rest) encoder.add(message);
  return encoder.end();
}

type Returned = { readonly notes: string[]; readonly files: UpstreamFile[] };

class MessageEncoder {
  readonly #context: SurfaceContext;
  readonly #files: FileCounter;
  readonly #out: UpstreamMessage[] = [];
  /** A tool message is a string, so what a tool returned as files goes onto the user's next message. */
  #returned: Returned | undefined;

  constructor(context: SurfaceContext) {
    this.#context = context;
    this.#files = new FileCounter(context.model, context.newId);
  }

  system(content: string): void {
    this.#out.push({ role: 'system', content });
  }

  add(message: Message): void {
    if (message.role === 'tool') {
      this.#tool(message);
      return;
    }
    if (message.role === 'user') {
      this.#user(message);
      return;
    }
    this.#flushReturned();
    if (message.role === 'system') this.system(joinText(message.content));
    else this.#assistant(message);
  }

  end(): UpstreamMessage[] {
    this.#flushReturned();
    return this.#out;
  }

  #user(message: UserMessage): void {
    const returned = this.#takeReturned();
    let files = returned?.files;
    for (const part of message.content) {
      if (part.type === 'text') continue;
      files ??= [];
      files.push(this.#files.take(part));
    }
    const text = joinText(message.content);
    const content =
      returned === undefined ? text : [...returned.notes, text].filter((line) => line !== '').join('\n');
    this.#out.push(files === undefined ? { role: 'user', content } : { role: 'user', content, files });
  }

  #assistant(message: AssistantMessage): void {
    const content = joinText(message.content);
    const calls = message.content.filter((part) => part.type === 'tool-call');
    // Only thinking was in it, and that has no field here.
    if (content === '' && calls.length === 0) return;
    const invocations = calls.map((call) => this.#invocation(call));
    this.#out.push(
      invocations.length === 0
        ? { role: 'assistant', content }
        : { role: 'assistant', content, tool_invocations: invocations },
    );
  }

  #invocation(call: ToolCallPart): UpstreamInvocation {
    const invocation = { id: call.id, function: { name: call.name, arguments: call.arguments } };
    const { family } = this.#context.model;
    // A custom configuration may stand on Gemini; the seal itself says that it came from there.
    const goesBack = call.seal?.maker === SIGNATURE_MAKER && (family === 'gemini' || family === 'custom');
    return goesBack ? { ...invocation, thought_signature: call.seal.value } : invocation;
  }

  #tool(message: ToolMessage): void {
    for (const result of message.content) {
      this.#out.push({
        role: 'tool',
        content: `${result.isError ? ERROR_PREFIX : ''}${joinText(result.content)}`,
        tool_call_id: result.callId,
        tool_call_name: result.name,
      });
      this.#keepFiles(result);
    }
  }

  #keepFiles(result: ToolResultPart): void {
    let count = 0;
    for (const part of result.content) {
      if (part.type === 'text') continue;
      this.#returned ??= { notes: [], files: [] };
      this.#returned.files.push(this.#files.take(part));
      count += 1;
    }
    if (count > 0)
      this.#returned?.notes.push(`[${count} attached from the result of ${result.name} (${result.callId})]`);
  }

  #takeReturned(): Returned | undefined {
    const taken = this.#returned;
    this.#returned = undefined;
    return taken;
  }

  #flushReturned(): void {
    const returned = this.#takeReturned();
    if (returned === undefined) return;
    this.#out.push({ role: 'user', content: returned.notes.join('\n'), files: returned.files });
  }
}
