// What the gateway surface sends: reference 3.4 and 3.9, field by field.

import { describe, expect, it } from 'vitest';

import { findModel, surfaceContext } from '../../../../test/contract/surface-corpus.ts';
import { textCall } from '../../../../test/fakes/pipeline-parts.ts';
import { NO_SAMPLING, type Call, type MediaPart, type Message } from '../../../core/neutral/index.ts';
import type { SurfaceContext } from '../port.ts';
import { createGatewayGenerations } from './index.ts';

const surface = createGatewayGenerations();

function encode(overrides: Partial<Call>, model = 'gpt-5.4', context: Partial<SurfaceContext> = {}) {
  const { request, loss } = surface.encode(textCall(overrides), surfaceContext(findModel(model), context));
  return { ...request, loss, body: JSON.parse(request.body) as Record<string, unknown> };
}

const text = (content: string) => ({ type: 'text' as const, text: content });
const image = (bytes = 3, mimeType = 'image/png'): MediaPart => ({
  type: mimeType === 'application/pdf' ? 'document' : 'image',
  source: { type: 'base64', mimeType, data: Buffer.alloc(bytes).toString('base64') },
  fileName: undefined,
});
const user = (...content: MediaPart[]): Message => ({ role: 'user', content });

const TOOL = { name: 'look', description: 'looks', parameters: { type: 'object' }, strict: undefined };

describe('the request', () => {
  it('of plain text holds the model, the messages, settings and the strategy', () => {
    const { path, accept, body, loss } = encode({});
    expect([path, accept, loss]).toEqual(['/ai/gpt/v1/chat/generations', 'application/json', []]);
    expect(body).toEqual({
      model: 'sfdc_ai__DefaultGPT54',
      messages: [{ role: 'user', content: 'hello' }],
      generation_settings: {},
      system_prompt_strategy: 'use_model_parameter',
    });
  });

  it('goes to the stream path where a stream is wanted', () => {
    const { path, accept } = encode({}, 'gpt-5.4', { stream: true });
    expect([path, accept]).toEqual(['/ai/gpt/v1/chat/generations/stream', 'text/event-stream']);
  });

  it.each([
    ['gpt-5.4', 'llmgateway__OpenAIGPT54'],
    ['claude-sonnet-4-6', 'llmgateway__BedrockAnthropicClaude46Sonnet'],
    ['gpt-4o-mini-openai', 'llmgateway__OpenAIGPT4OmniMini'],
    ['acme__Model', 'acme__Model'],
  ])('names %s as the code base path knows it', (model, name) => {
    const code = createGatewayGenerations({ basePath: '/einstein/gpt/code/v1.1/' });
    const { request } = code.encode(textCall(), surfaceContext(findModel(model)));
    expect(request.path).toBe('/einstein/gpt/code/v1.1/chat/generations');
    expect(JSON.parse(request.body)).toMatchObject({ model: name });
  });

  it('holds the settings of trust, renamed, and only where the operator set them', () => {
    const localization = {
      defaultLocale: 'en_US',
      inputLocales: [{ locale: 'de_DE' }],
      expectedLocales: ['de_DE'],
    };
    const { body } = encode({}, 'gpt-5.4', { trust: { piiMasking: false, localization } });
    expect(body).toMatchObject({
      enable_pii_masking: false,
      localization: {
        default_locale: 'en_US',
        input_locales: [{ locale: 'de_DE' }],
        output_locales: ['de_DE'],
      },
    });
  });
});

describe('messages', () => {
  it('put the leading system messages together and leave later ones in their place', () => {
    const messages: Message[] = [
      { role: 'system', content: [text('a'), text('b')] },
      { role: 'system', content: [text('c')] },
      { role: 'user', content: [text('1'), text('2')] },
      { role: 'system', content: [text('d')] },
    ];
    expect(encode({ messages }).body['messages']).toEqual([
      { role: 'system', content: 'a\nb\n\nc' },
      { role: 'user', content: '1\n2' },
      { role: 'system', content: 'd' },
    ]);
  });

  it('carry calls with nothing but their known keys, and one tool message per result', () => {
    const messages: Message[] = [
      { role: 'user', content: [text('go')] },
      {
        role: 'assistant',
        content: [
          {
            type: 'tool-call',
            id: 'c1',
            name: 'look',
            arguments: '{"a":1}',
            seal: { maker: 'gemini', value: 'S' },
          },
          { type: 'tool-call', id: 'c2', name: 'find', arguments: '{}', seal: undefined },
        ],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            callId: 'c1',
            name: 'look',
            content: [text('x'), text('y')],
            isError: false,
          },
          { type: 'tool-result', callId: 'c2', name: 'find', content: [text('no')], isError: true },
        ],
      },
    ];
    const expected = (first: object) => [
      { role: 'user', content: 'go' },
      {
        role: 'assistant',
        content: '',
        tool_invocations: [
          { id: 'c1', function: { name: 'look', arguments: '{"a":1}' }, ...first },
          { id: 'c2', function: { name: 'find', arguments: '{}' } },
        ],
      },
      { role: 'tool', content: 'x\ny', tool_call_id: 'c1', tool_call_name: 'look' },
      { role: 'tool', content: 'Error: no', tool_call_id: 'c2', tool_call_name: 'find' },
    ];
    expect(encode({ messages }).body['messages']).toEqual(expected({}));
    const gemini = encode({ messages }, 'gemini-3.5-flash').body['messages'];
    expect(gemini).toEqual(expected({ thought_signature: 'S' }));
  });

  it('leave out an assistant turn of thinking alone', () => {
    const messages: Message[] = [
      { role: 'user', content: [text('a')] },
      { role: 'assistant', content: [{ type: 'reasoning', text: 'hm', seal: undefined }] },
      { role: 'user', content: [text('b')] },
    ];
    const { body, loss } = encode({ messages });
    expect(body['messages']).toEqual([
      { role: 'user', content: 'a' },
      { role: 'user', content: 'b' },
    ]);
    expect(loss).toEqual([{ need: 'reasoning-history', how: 'dropped', note: undefined }]);
  });
});

describe('files', () => {
  it('go beside the text, in camelCase', () => {
    const named: MediaPart = { ...image(3, 'image/JPG'), fileName: 'a.jpg' };
    expect(encode({ messages: [user(named)] }).body['messages']).toEqual([
      {
        role: 'user',
        content: '',
        files: [
          { fileId: 'id1', mimeType: 'image/jpeg', dataType: 'base64', data: 'AAAA', fileName: 'a.jpg' },
        ],
      },
    ]);
  });

  const afterTool = (...after: Message[]): Message[] => [
    { role: 'user', content: [text('go')] },
    {
      role: 'assistant',
      content: [{ type: 'tool-call', id: 'c1', name: 'look', arguments: '{}', seal: undefined }],
    },
    {
      role: 'tool',
      content: [{ type: 'tool-result', callId: 'c1', name: 'look', content: [image()], isError: false }],
    },
    ...after,
  ];

  it('of a tool result go onto a message of the user right after the results', () => {
    const sent = encode({ messages: afterTool() }).body['messages'];
    expect(Array.isArray(sent) && sent.slice(2)).toEqual([
      { role: 'tool', content: '', tool_call_id: 'c1', tool_call_name: 'look' },
      {
        role: 'user',
        content: '[1 attached from the result of look (c1)]',
        files: [expect.objectContaining({ mimeType: 'image/png' })],
      },
    ]);
  });

  it('of a tool result join what the user says next', () => {
    const sent = encode({ messages: afterTool({ role: 'user', content: [text('and?')] }) }).body['messages'];
    expect(Array.isArray(sent) && sent.slice(3)).toEqual([
      {
        role: 'user',
        content: '[1 attached from the result of look (c1)]\nand?',
        files: [expect.objectContaining({ mimeType: 'image/png' })],
      },
    ]);
  });

  const MIB = 1024 * 1024;
  it.each([
    ['a GIF', 'gpt-5.4', [image(3, 'image/gif')], /PNG or JPEG/],
    ['eleven files', 'gpt-5.4', Array.from({ length: 11 }, () => image()), /at most 10/],
    ['more than 15 MiB', 'gpt-5.4', [image(8 * MIB), image(7 * MIB + 3)], /15 MiB/],
    ['a large image for Claude', 'claude-sonnet-4-6', [image(3.75 * MIB + 1)], /3\.75 MiB/],
    ['a large PDF for Claude', 'claude-sonnet-4-6', [image(4.5 * MIB + 1, 'application/pdf')], /4\.5 MiB/],
    [
      'six PDFs for Claude',
      'claude-sonnet-4-6',
      Array.from({ length: 6 }, () => image(3, 'application/pdf')),
      /at most 5/,
    ],
    [
      'a URL',
      'gpt-5.4',
      [{ type: 'image', source: { type: 'url', url: 'https://x' }, fileName: undefined } as const],
      /URL/,
    ],
  ])('are refused by name: %s', (_what, model, parts, words) => {
    expect(() => encode({ messages: [user(...parts)] }, model)).toThrow(
      expect.objectContaining({ code: 'unsupported', message: expect.stringMatching(words) }),
    );
  });

  it('are taken up to the caps', () => {
    const parts = [image(8 * MIB), image(7 * MIB)];
    expect(() => encode({ messages: [user(...parts)] })).not.toThrow();
    expect(() => encode({ messages: [user(image(3.75 * MIB))] }, 'claude-sonnet-4-6')).not.toThrow();
  });
});

describe('settings', () => {
  it('hold sampling and limits in their ranges and tell what was changed', () => {
    const { body, loss } = encode({
      maxOutputTokens: 500_000,
      stop: ['END'],
      sampling: {
        temperature: 1.5,
        topP: 0.9,
        topK: undefined,
        seed: 7,
        frequencyPenalty: -1,
        presencePenalty: 2,
      },
    });
    expect(body['generation_settings']).toEqual({
      max_tokens: 128_000,
      temperature: 1,
      stop_sequences: ['END'],
      frequency_penalty: 0,
      presence_penalty: 1,
      parameters: { top_p: 0.9, seed: 7 },
    });
    expect(loss).toEqual([
      { need: 'output-limit', how: 'adjusted', note: '500000 sent as 128000' },
      { need: 'temperature', how: 'adjusted', note: '1.5 sent as 1' },
      { need: 'frequency-penalty', how: 'adjusted', note: '-1 sent as 0' },
      { need: 'presence-penalty', how: 'adjusted', note: '2 sent as 1' },
    ]);
  });

  it('leave out for Claude what only others have', () => {
    const sampling = {
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      seed: 7,
      frequencyPenalty: 0.5,
      presencePenalty: 0,
    };
    const { body, loss } = encode({ sampling }, 'claude-sonnet-4-6');
    expect(body['generation_settings']).toEqual({ temperature: 0.5, parameters: { top_p: 0.9, top_k: 40 } });
    expect(loss.map((entry) => entry.need)).toEqual(['seed', 'frequency-penalty']);
  });

  it('hold the format for GPT, verbatim', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    const { body } = encode({
      format: { type: 'json-schema', name: 'x', description: undefined, schema, strict: true },
    });
    expect(body['generation_settings']).toEqual({
      parameters: {
        response_format: { type: 'json_schema', json_schema: { name: 'x', strict: true, schema } },
      },
    });
    expect(() => encode({ format: { type: 'json-object' } }, 'claude-sonnet-4-6')).toThrow(/json-object/);
  });

  it.each([
    [{ effort: 'low', budgetTokens: undefined }, { reasoning_budget: { effort: 'low' } }, []],
    [{ effort: undefined, budgetTokens: 2000 }, { reasoning_budget: { tokens: 2000 } }, []],
    [
      { effort: 'xhigh', budgetTokens: undefined },
      { reasoning_budget: { effort: 'high' } },
      ['xhigh sent as high'],
    ],
    [{ effort: 'none', budgetTokens: undefined }, undefined, []],
  ] as const)('hold reasoning %#', (reasoning, sent, notes) => {
    const { body, loss } = encode({ reasoning });
    expect(body['reasoning_settings']).toEqual(sent);
    expect(loss.map((entry) => entry.note)).toEqual(notes);
  });

  it('never ask Claude to reason here, and tell so', () => {
    const { body, loss } = encode(
      { reasoning: { effort: 'low', budgetTokens: undefined } },
      'claude-opus-4-8',
    );
    expect(body['reasoning_settings']).toBeUndefined();
    expect(loss).toMatchObject([{ need: 'reasoning', how: 'dropped' }]);
  });

  it('leave out what the model turned out to refuse', () => {
    const adaptations = new Set(['drop-sampling', 'strip-reasoning'] as const);
    const sampling = { ...NO_SAMPLING, temperature: 0.5, topP: 0.5, topK: 5 };
    const reasoning = { effort: 'low', budgetTokens: undefined } as const;
    const { body, loss } = encode({ sampling, reasoning }, 'gpt-5.4', { adaptations });
    expect([body['generation_settings'], body['reasoning_settings']]).toEqual([{}, undefined]);
    expect(loss.map((entry) => entry.need).toSorted()).toEqual([
      'reasoning',
      'temperature',
      'top-k',
      'top-p',
    ]);
  });
});

describe('tools', () => {
  it.each([
    [{ type: 'auto' }, { mode: 'auto' }],
    [{ type: 'none' }, { mode: 'none' }],
    [{ type: 'required' }, { mode: 'any' }],
    [
      { type: 'named', name: 'look' },
      { mode: 'tool', allowed_tools: [{ type: 'function', name: 'look' }] },
    ],
  ] as const)('are chosen as %o', (toolChoice, config) => {
    const { body } = encode({ tools: [TOOL], toolChoice, parallelToolCalls: false });
    expect(body['tools']).toEqual([
      { type: 'function', function: { name: 'look', description: 'looks', parameters: { type: 'object' } } },
    ]);
    expect(body['tool_config']).toEqual({ ...config, parallel_calls: false });
  });

  it('are strict for GPT alone', () => {
    const tools = [{ ...TOOL, strict: true }];
    const { strict: _strict, ...declared } = TOOL;
    expect(encode({ tools }).body['tools']).toEqual([
      { type: 'function', function: { ...declared, strict: true } },
    ]);
    const claude = encode({ tools }, 'claude-sonnet-4-6');
    expect(claude.body['tools']).toEqual([{ type: 'function', function: declared }]);
    expect(claude.loss).toEqual([{ need: 'strict-tools', how: 'dropped', note: undefined }]);
  });
});
