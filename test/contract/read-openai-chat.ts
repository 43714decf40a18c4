// Reads chat completions, whole and streamed, as a careful client would, and throws at the first break of the grammar that users
// have as `forcegate validate-stream`. Ids and times are left out of the reading, after a check that they are there.

import { expect } from 'vitest';
import { createChatGrammar } from '../../src/protocols/openai-chat/index.ts';
import type { StreamReading } from './dialect.ts';
import { readFrames, readWith, STRICT } from './stream-faults.ts';

type Extension = { safety?: unknown[]; served_model?: string; usage?: string };
type ToolCall = { id: string; type: string; function: { name: string; arguments: string } };

type Completion = {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: {
    index: number;
    message: { role: string; content: string | null; reasoning_content?: string; tool_calls?: ToolCall[] };
    finish_reason: string;
  }[];
  usage: unknown;
  salesforce?: Extension;
};

export function framesOf(text: string): string[] {
  return readFrames(text).frames.map(({ data }) => data);
}

export function readCompletion(body: string): unknown {
  const completion = JSON.parse(body) as Completion;
  expect(completion.id).toMatch(/^chatcmpl-./);
  expect(completion.object).toBe('chat.completion');
  expect(completion.created).toBeTypeOf('number');
  expect(completion.choices.length).toBeGreaterThan(0);
  return {
    model: completion.model,
    choices: completion.choices.map(({ message, finish_reason: finish }) => ({
      content: message.content ?? '',
      reasoning: message.reasoning_content ?? '',
      toolCalls: message.tool_calls ?? [],
      finish,
    })),
    usage: completion.usage,
    salesforce: { safety: [], ...completion.salesforce },
  };
}

/** What the Trust Layer found, of all the chunks that say it. */
function extensionOf(frames: readonly string[]): Extension {
  const joined: Extension & { safety: unknown[] } = { safety: [] };
  for (const frame of frames) {
    if (frame === '[DONE]') continue;
    const { safety, ...rest } = (JSON.parse(frame) as { salesforce?: Extension }).salesforce ?? {};
    if (safety !== undefined) joined.safety.push(...safety);
    Object.assign(joined, rest);
  }
  return joined;
}

export function readChatStream(text: string): StreamReading {
  const grammar = readWith(createChatGrammar(STRICT), readFrames(text));
  const { model, choices, usage, ending, error } = grammar;
  const salesforce = extensionOf(framesOf(text));
  return { reply: { model, choices, usage, salesforce }, ending, message: error?.message };
}
