// Reads chat completions, whole and streamed, as a careful client would. Ids and times are left out of the reading, after
// a check that they are there.

import { expect } from 'vitest';
import type { StreamReading } from './dialect.ts';

type Extension = { safety?: unknown[]; served_model?: string; usage?: string };
type ToolCall = { id: string; type: string; function: { name: string; arguments: string } };
type Choice = { content: string; reasoning: string; toolCalls: ToolCall[]; finish: string | null };

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

type Delta = {
  role?: string;
  content?: string;
  reasoning_content?: string;
  tool_calls?: {
    index: number;
    id?: string;
    type?: string;
    function: { name?: string; arguments: string };
  }[];
};

type Chunk = {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: { index: number; delta: Delta; finish_reason: string | null }[];
  usage?: unknown;
  salesforce?: Extension;
  error?: { message: string };
};

export function framesOf(text: string): string[] {
  expect(text === '' || text.endsWith('\n\n')).toBe(true);
  return text
    .split('\n\n')
    .filter((frame) => frame !== '' && !frame.startsWith(':'))
    .map((frame) => {
      expect(frame.startsWith('data: ')).toBe(true);
      expect(frame).not.toContain('\n');
      return frame.slice('data: '.length);
    });
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

class StreamReader {
  readonly choices: Choice[] = [];
  readonly extension: Extension & { safety: unknown[] } = { safety: [] };
  model = '';
  usage: unknown;
  #id = '';

  read(chunk: Chunk): void {
    expect(chunk.object).toBe('chat.completion.chunk');
    expect(chunk.id).toMatch(/^chatcmpl-./);
    if (this.#id !== '') expect(chunk.id).toBe(this.#id);
    this.#id = chunk.id;
    this.model = chunk.model;
    // A chunk without `choices` breaks clients, the usage chunk's empty one included.
    expect(Array.isArray(chunk.choices)).toBe(true);
    for (const choice of chunk.choices) this.#readChoice(choice);
    if (chunk.choices.length === 0) {
      expect(this.usage).toBeUndefined();
      this.usage = chunk.usage;
    }
    this.#readExtension(chunk.salesforce ?? {});
  }

  #readExtension(found: Extension): void {
    const { safety, ...rest } = found;
    if (safety !== undefined) this.extension.safety.push(...safety);
    Object.assign(this.extension, rest);
  }

  #readChoice({ index, delta, finish_reason: finish }: Chunk['choices'][number]): void {
    const known = this.choices[index];
    if (known === undefined) {
      expect(delta.role).toBe('assistant');
      expect(index).toBe(this.choices.length);
    }
    const choice = known ?? { content: '', reasoning: '', toolCalls: [], finish: null };
    this.choices[index] = choice;
    expect(choice.finish).toBeNull();
    choice.content += delta.content ?? '';
    choice.reasoning += delta.reasoning_content ?? '';
    for (const call of delta.tool_calls ?? []) {
      const open = choice.toolCalls[call.index];
      if (open === undefined) {
        expect(call.index).toBe(choice.toolCalls.length);
        expect(call).toMatchObject({ id: expect.any(String), type: 'function', function: { arguments: '' } });
        choice.toolCalls.push({
          id: call.id ?? '',
          type: call.type ?? '',
          function: { name: call.function.name ?? '', arguments: '' },
        });
      } else open.function.arguments += call.function.arguments;
    }
    choice.finish = finish;
  }
}

export function readChatStream(text: string): StreamReading {
  const reader = new StreamReader();
  let ending: StreamReading['ending'] = 'open';
  let message: string | undefined;
  for (const frame of framesOf(text)) {
    expect(ending).toBe('open');
    if (frame === '[DONE]') {
      ending = 'finished';
      for (const choice of reader.choices) expect(choice.finish).toBeTypeOf('string');
      continue;
    }
    const chunk = JSON.parse(frame) as Chunk;
    if (chunk.error === undefined) reader.read(chunk);
    else {
      ending = 'failed';
      message = chunk.error.message;
    }
  }
  const { model, choices, usage, extension } = reader;
  return { reply: { model, choices, usage, salesforce: extension }, ending, message };
}
