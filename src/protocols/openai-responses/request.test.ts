// Calls as request bodies: every kind of message and setting, in the order and the words of the public format.

import { describe, expect, it } from 'vitest';

import { textCall } from '../../../test/fakes/pipeline-parts.ts';
import type { AssistantMessage, Call, Message, ToolResultPart } from '../../core/neutral/index.ts';
import { encodeRequest, SEAL_MAKER, type RequestOptions } from './index.ts';

const OPTIONS: RequestOptions = { model: 'gpt', stream: false, effort: undefined, reasoningBack: false };
const tool = { name: 'f', description: undefined, parameters: { type: 'object' }, strict: undefined };
const png = {
  type: 'image' as const,
  source: { type: 'base64' as const, mimeType: 'image/png', data: 'aW1n' },
  fileName: undefined,
};

function encode(call: Partial<Call>, options: Partial<RequestOptions> = {}) {
  return encodeRequest(textCall(call), { ...OPTIONS, ...options });
}

function inputOf(...messages: readonly Message[]): unknown {
  return encode({ messages })['input'];
}

function assistant(...content: AssistantMessage['content'][number][]): AssistantMessage {
  return { role: 'assistant', content };
}

function callOf(id: string): AssistantMessage['content'][number] {
  return { type: 'tool-call', id, name: 'f', arguments: '{"a":1}', seal: undefined };
}

function resultOf(overrides: Partial<ToolResultPart>): Message {
  return {
    role: 'tool',
    content: [{ type: 'tool-result', callId: 'c1', name: 'f', content: [], isError: false, ...overrides }],
  };
}

const sealed = { type: 'reasoning', text: 'why', seal: { maker: SEAL_MAKER, value: 'enc' } } as const;

describe('a conversation', () => {
  it('becomes the input items of the reference', () => {
    expect(
      inputOf(
        { role: 'system', content: [{ type: 'text', text: 'Be terse.' }] },
        { role: 'user', content: [{ type: 'text', text: 'hi' }] },
        assistant({ type: 'text', text: 'let me see' }, callOf('c1')),
        resultOf({ content: [{ type: 'text', text: '42' }] }),
      ),
    ).toEqual([
      { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'Be terse.' }] },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'let me see' }] },
      { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{"a":1}' },
      { type: 'function_call_output', call_id: 'c1', output: '42' },
    ]);
  });

  it('carries images and documents as data URLs', () => {
    const pdf = {
      type: 'document' as const,
      source: { type: 'base64' as const, mimeType: 'application/pdf', data: 'cGRm' },
      fileName: undefined,
    };
    expect(inputOf({ role: 'user', content: [png, pdf, { ...pdf, fileName: 'a.pdf' }] })).toEqual([
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_image', detail: 'auto', image_url: 'data:image/png;base64,aW1n' },
          { type: 'input_file', filename: 'document.pdf', file_data: 'data:application/pdf;base64,cGRm' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,cGRm' },
        ],
      },
    ]);
  });

  it('keeps the order of what the assistant made', () => {
    const items = inputOf(
      assistant({ type: 'text', text: 'a' }, { type: 'text', text: 'b' }, callOf('c1'), {
        type: 'text',
        text: 'c',
      }),
    );
    expect(items).toMatchObject([
      { role: 'assistant', content: [{ text: 'a' }, { text: 'b' }] },
      { type: 'function_call' },
      { role: 'assistant', content: [{ text: 'c' }] },
    ]);
  });

  it('echoes reasoning of its own seal before the item it led to', () => {
    expect(inputOf(assistant(sealed, callOf('c1')))).toMatchObject([
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'why' }], encrypted_content: 'enc' },
      { type: 'function_call' },
    ]);
    expect(inputOf(assistant({ ...sealed, text: '' }, { type: 'text', text: 'so' }))).toMatchObject([
      { type: 'reasoning', summary: [] },
      { role: 'assistant' },
    ]);
  });

  it('leaves out reasoning that led to nothing, and that of other makers', () => {
    expect(inputOf(assistant(sealed))).toEqual([]);
    const foreign = { ...sealed, seal: { maker: 'anthropic', value: 'sig' } };
    expect(
      inputOf(assistant({ type: 'text', text: 'a' }, foreign, { type: 'text', text: 'b' })),
    ).toMatchObject([{ role: 'assistant' }, { role: 'assistant' }]);
  });

  it('tells a failed tool in words, and media of a result as parts', () => {
    const text = { type: 'text' as const, text: 'no such file' };
    expect(inputOf(resultOf({ content: [text], isError: true }))).toMatchObject([
      { output: 'Error: no such file' },
    ]);
    expect(inputOf(resultOf({ content: [text, text] }))).toMatchObject([
      { output: 'no such file\nno such file' },
    ]);
    expect(inputOf(resultOf({}))).toMatchObject([{ output: '' }]);
    expect(inputOf(resultOf({ content: [png], isError: true }))).toMatchObject([
      { output: [{ type: 'input_text', text: 'Error:' }, { type: 'input_image' }] },
    ]);
  });

  it('shortens ids beyond 64 characters, alike in call and output, and no two to the same', () => {
    const ids = ['x'.repeat(80), `${'x'.repeat(79)}y`];
    const items = ids.flatMap((id) => [assistant(callOf(id)), resultOf({ callId: id })]);
    const told = (inputOf(...items) as { readonly call_id: string }[]).map((item) => item.call_id);
    expect(told[0]).toBe(told[1]);
    expect(told[2]).toBe(told[3]);
    expect(told[0]).not.toBe(told[2]);
    for (const id of told) expect(id.length).toBeLessThanOrEqual(64);
  });
});

describe('settings', () => {
  it('of a plain call are none, and nothing is stored', () => {
    expect(Object.keys(encode({})).toSorted()).toEqual(['input', 'model', 'store', 'stream']);
    expect(encode({}, { stream: true })).toMatchObject({ store: false, stream: true, model: 'gpt' });
  });

  it('name limits and sampling in the format’s words', () => {
    const sampling = { ...textCall().sampling, temperature: 0, topP: 0.5 };
    expect(encode({ maxOutputTokens: 99, sampling })).toMatchObject({
      max_output_tokens: 99,
      temperature: 0,
      top_p: 0.5,
    });
  });

  it('ask for reasoning back only when told to', () => {
    expect(encode({}, { effort: 'low' })['reasoning']).toEqual({ effort: 'low' });
    expect(encode({}, { effort: 'low' })).not.toHaveProperty('include');
    expect(encode({}, { reasoningBack: true })).toMatchObject({
      reasoning: { summary: 'auto' },
      include: ['reasoning.encrypted_content'],
    });
  });

  it('say that a tool is not strict where the caller did not ask for it', () => {
    const tools = [tool, { ...tool, name: 'g', description: 'G', strict: true }];
    expect(encode({ tools, parallelToolCalls: false })).toMatchObject({
      tools: [
        { type: 'function', name: 'f', parameters: { type: 'object' }, strict: false },
        { type: 'function', name: 'g', description: 'G', strict: true },
      ],
      parallel_tool_calls: false,
    });
  });

  it.each([
    [{ type: 'auto' }, 'auto'],
    [{ type: 'none' }, 'none'],
    [{ type: 'required' }, 'required'],
    [
      { type: 'named', name: 'f' },
      { type: 'function', name: 'f' },
    ],
  ] as const)('write the tool choice %j', (toolChoice, expected) => {
    expect(encode({ tools: [tool], toolChoice })['tool_choice']).toEqual(expected);
  });

  it('leave the tool choice out where there are no tools', () => {
    expect(encode({ toolChoice: { type: 'none' }, parallelToolCalls: true })).not.toHaveProperty(
      'tool_choice',
    );
  });

  it('write output formats', () => {
    expect(encode({ format: { type: 'json-object' } })['text']).toEqual({ format: { type: 'json_object' } });
    const schema = { type: 'object' };
    const format = { type: 'json-schema', name: 'n', description: undefined, schema, strict: true } as const;
    expect(encode({ format })['text']).toEqual({
      format: { type: 'json_schema', name: 'n', schema, strict: true },
    });
  });
});
