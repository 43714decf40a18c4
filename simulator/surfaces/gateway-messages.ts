// Reads chat messages of the gateway: roles, content, files, and the rules between tool calls and tool turns (3.4).
import type { AttachedFile, Message } from '../mind.ts';
import type { Model } from '../models.ts';
import { isRecord } from './classic-body.ts';
import { bad } from './gateway-body.ts';
import { checkFiles, readFiles } from './gateway-files.ts';
import type { Context } from './surface.ts';

export type Conversation = { readonly messages: readonly Message[]; readonly files: readonly AttachedFile[] };

const orphan = (context: Context): Error =>
  bad(
    context,
    "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
    400,
  );

const roles = ['system', 'user', 'assistant', 'tool'] as const;
const isRole = (value: unknown): value is (typeof roles)[number] =>
  (roles as readonly unknown[]).includes(value);

function textOf(context: Context, message: Record<string, unknown>, role: string, path: string): string {
  const { content } = message;
  if (typeof content === 'string') return content;
  if (content === null && role === 'assistant' && context.org.nullContent === 'accepted') return '';
  if (Array.isArray(content) && context.org.contentArrays === 'accepted') {
    return content
      .map((part: unknown) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : ''))
      .join('\n');
  }
  throw bad(context, `${path}.content must be a string`);
}

const invocationKeys = new Set(['id', 'function', 'thought_signature']);

/**
 * The calls of an assistant turn by id. An entry with keys of its own (`type`, `index`) is not taken for a call at all,
 * which shows only at the tool turn after it ([O H]).
 */
function callsOf(
  context: Context,
  message: Record<string, unknown>,
  path: string,
  model: Model,
): Map<string, string> {
  const calls = new Map<string, string>();
  const { tool_invocations: invocations } = message;
  if (invocations === undefined || invocations === null) return calls;
  if (!Array.isArray(invocations)) throw bad(context, `${path}.tool_invocations must be a list`);
  for (const [index, invocation] of invocations.entries()) {
    const at = `${path}.tool_invocations[${index}]`;
    const called: unknown = isRecord(invocation) ? invocation['function'] : undefined;
    if (!isRecord(invocation) || !isRecord(called)) throw bad(context, `${at}.function is required`);
    if (typeof invocation['id'] !== 'string') throw bad(context, `${at}.id must be a string`);
    if (typeof called['name'] !== 'string') throw bad(context, `${at}.function.name must be a string`);
    if (typeof called['arguments'] !== 'string') {
      throw bad(context, `${at}.function.arguments must be a string`);
    }
    checkSignature(context, invocation, at, model);
    if (Object.keys(invocation).every((key) => invocationKeys.has(key))) {
      calls.set(invocation['id'], called['name']);
    }
  }
  return calls;
}

/** The opaque state of a Gemini call, derived from its id so that any instance can check it. */
export const thoughtSignatureOf = (callId: string): string =>
  Buffer.from(`thought:${callId}`).toString('base64');

function checkSignature(
  context: Context,
  invocation: Record<string, unknown>,
  at: string,
  model: Model,
): void {
  const { thoughtSignature, thoughtSignaturePlace } = context.org;
  if (model.family !== 'gemini' || thoughtSignaturePlace !== 'invocation') return;
  const { thought_signature: signature } = invocation;
  const absent = signature === undefined || signature === null;
  if (absent && thoughtSignature !== 'required') return;
  if (signature !== thoughtSignatureOf(String(invocation['id']))) {
    throw bad(
      context,
      `${at}.thought_signature ${absent ? 'is required' : 'is not the one that was sent'}`,
      400,
    );
  }
}

/** Follows the turns and knows which calls still wait for their result. */
class ToolRules {
  readonly #context: Context;
  #calls = new Map<string, string>();
  #waiting = new Set<string>();
  #open = false;

  constructor(context: Context) {
    this.#context = context;
  }

  assistant(calls: Map<string, string>): void {
    this.other();
    this.#calls = calls;
    this.#waiting = new Set(calls.keys());
    this.#open = calls.size > 0;
  }

  tool(message: Record<string, unknown>, path: string): void {
    const { tool_call_id: id, tool_call_name: name } = message;
    if (typeof id !== 'string') throw bad(this.#context, `${path}.tool_call_id is required`);
    if (typeof name !== 'string') throw bad(this.#context, `${path}.tool_call_name is required`);
    if (!this.#open || !this.#calls.has(id)) throw orphan(this.#context);
    if (this.#calls.get(id) !== name) {
      throw bad(this.#context, `${path}.tool_call_name is not the name of call ${id}`);
    }
    this.#waiting.delete(id);
  }

  /** Any other turn, and the end, close the round. */
  other(): void {
    if (this.#waiting.size > 0 && this.#context.org.unansweredToolCalls === 'refused') {
      const ids = [...this.#waiting].join(', ');
      throw bad(
        this.#context,
        `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids}`,
        400,
      );
    }
    this.#waiting.clear();
    this.#open = false;
  }
}

export function readConversation(context: Context, value: unknown, model: Model): Conversation {
  if (value === undefined || value === null) throw bad(context, 'messages: Field is required');
  if (!Array.isArray(value) || value.length === 0) throw bad(context, 'messages must be a non-empty list');
  const files: AttachedFile[] = [];
  const rules = new ToolRules(context);
  const messages = value.map((message: unknown, index): Message => {
    const path = `messages[${index}]`;
    if (!isRecord(message)) throw bad(context, `${path} must be an object`);
    const { role } = message;
    if (!isRole(role)) throw bad(context, `${path}.role must be one of ${roles.join(', ')}`);
    const text = textOf(context, message, role, path);
    files.push(...readFiles(context, message['files'], `${path}.files`));
    if (role === 'tool') rules.tool(message, path);
    else if (role === 'assistant') rules.assistant(callsOf(context, message, path, model));
    else rules.other();
    return { role, text };
  });
  rules.other();
  checkFiles(context, model, files);
  return { messages, files };
}
