// What the invoke surface sends: the path, the limits, what a model turned out to demand, and what Bedrock does not take.

import { describe, expect, it } from 'vitest';

import { findModel, surfaceContext } from '../../../../test/contract/surface-corpus.ts';
import { textCall } from '../../../../test/fakes/pipeline-parts.ts';
import type { Call, JsonObject, Message } from '../../../core/neutral/index.ts';
import { JsonReader } from '../../../core/wire/index.ts';
import { decodeMessagesRequest } from '../../../protocols/anthropic/index.ts';
import type { Adaptation, SurfaceContext } from '../port.ts';
import { createInvoke } from './index.ts';

const surface = createInvoke();
const SONNET = findModel('claude-sonnet-4-6');

function encode(overrides: Partial<Call>, context: Partial<SurfaceContext> = {}) {
  const { request, loss } = surface.encode(textCall(overrides), surfaceContext(SONNET, context));
  return { request, loss, body: JSON.parse(request.body) as JsonObject };
}

function learnt(...adaptations: Adaptation[]): Partial<SurfaceContext> {
  return { adaptations: new Set(adaptations) };
}

const tool = { name: 'f', description: undefined, parameters: {}, strict: undefined };
const sampling = { ...textCall().sampling, temperature: 0.2, topP: 0.5, topK: 3 };

describe('the request', () => {
  it('names the model in the path alone, and the version in the body', () => {
    const { request, body } = encode({});
    expect(request.path).toBe('/ai/gpt/v1/model/sfdc_ai__DefaultBedrockAnthropicClaude46Sonnet/invoke');
    expect(request.accept).toBe('application/json');
    expect(body).toEqual({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 8192,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }],
    });
  });

  it('asks for a stream by its path', () => {
    const { request, body } = encode({ stream: true }, { stream: true });
    expect(request.path).toMatch(/\/invoke-with-response-stream$/);
    expect(request.accept).toBe('application/vnd.amazon.eventstream');
    expect(body).not.toHaveProperty('stream');
  });

  it('knows the other base by its own names of models', () => {
    const code = createInvoke({ basePath: '/einstein/gpt/code/v1.1/' });
    expect(code.encode(textCall(), surfaceContext(SONNET)).request.path).toBe(
      '/einstein/gpt/code/v1.1/model/llmgateway__BedrockAnthropicClaude46Sonnet/invoke',
    );
  });

  it('hazard 6: has nothing of betas, context management, metadata and fields that nobody knows', () => {
    const native: JsonObject = {
      model: 'claude-sonnet-4-6',
      stream: true,
      max_tokens: 100,
      messages: [{ role: 'user', content: 'hi' }],
      anthropic_beta: ['context-management-2025-06-27'],
      betas: ['x'],
      context_management: { edits: [{ type: 'clear_thinking_20251015' }] },
      metadata: { user_id: 'device' },
      service_tier: 'standard_only',
      container: 'c',
      new_field: 1,
    };
    const call = decodeMessagesRequest(new JsonReader(native), { maxTokens: 'required' });
    const passed = surface.passthrough?.encode(native, call, surfaceContext(SONNET));
    expect(JSON.parse(passed?.request.body ?? '')).toEqual({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 100,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
    });
    expect(passed?.loss).toEqual([
      { need: 'labels', how: 'dropped', note: expect.stringContaining('new_field') },
    ]);
  });

  it('gives the caller’s own objects to the writer of JSON, and writes no long one beside', () => {
    const input = { text: 'long '.repeat(1_000) };
    let asked = 0;
    Object.defineProperty(input, 'toJSON', {
      value: () => {
        asked += 1;
        return { text: 'seen' };
      },
    });
    const native = {
      model: 'm',
      max_tokens: 9,
      messages: [
        { role: 'user', content: 'q' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'r' }] },
      ],
    };
    const call = decodeMessagesRequest(new JsonReader(native), { maxTokens: 'required' });
    const passed = surface.passthrough?.encode(native, call, surfaceContext(SONNET));
    expect(passed?.request.body).toContain('"input":{"text":"seen"}');
    // Written once: neither reading the request nor preparing it wrote the input's text.
    expect(asked).toBe(1);
  });
});

describe('limits', () => {
  it('hold the output to the model’s cap, and tell so', () => {
    const { body, loss } = encode({ maxOutputTokens: 64_000 });
    expect(body['max_tokens']).toBe(16_384);
    expect(loss).toEqual([{ need: 'output-limit', how: 'adjusted', note: '64000 sent as 16384' }]);
  });

  it('default to the model’s cap where that is small', () => {
    const { request } = surface.encode(textCall(), surfaceContext(findModel('claude-3-haiku')));
    expect(JSON.parse(request.body)).toMatchObject({ max_tokens: 4096 });
  });

  it('keep the budget of thinking below the output that was cut, and tell both', () => {
    const { body, loss } = encode({
      maxOutputTokens: 32_000,
      reasoning: { effort: undefined, budgetTokens: 31_999 },
    });
    expect(body).toMatchObject({
      max_tokens: 16_384,
      thinking: { type: 'enabled', budget_tokens: 16_383 },
    });
    expect(loss.map(({ need, note }) => `${need}: ${note}`)).toEqual([
      'output-limit: 32000 sent as 16384',
      'reasoning: 31999 sent as 16383',
    ]);
  });
});

describe('what a model turned out to demand', () => {
  it.each([
    [2048, 'low'],
    [2049, 'medium'],
    [8192, 'medium'],
    [8193, 'high'],
  ])('writes a budget of %d as the effort %s', (budgetTokens, effort) => {
    const { body, loss } = encode(
      { reasoning: { effort: undefined, budgetTokens } },
      learnt('adaptive-reasoning'),
    );
    expect(body).toMatchObject({ thinking: { type: 'adaptive' }, output_config: { effort } });
    expect(loss).toEqual([
      { need: 'reasoning', how: 'adjusted', note: `budget ${budgetTokens} sent as effort ${effort}` },
    ]);
  });

  it('leaves sampling out beside adaptive thinking without being told', () => {
    const { body, loss } = encode({ sampling, reasoning: { effort: 'low', budgetTokens: undefined } });
    expect(Object.keys(body).filter((key) => /temperature|top_/.test(key))).toEqual([]);
    expect(loss.map(({ need, how }) => `${need} ${how}`)).toEqual([
      'temperature dropped',
      'top-p dropped',
      'top-k dropped',
    ]);
  });

  it('leaves sampling out where the model refused it', () => {
    const { body, loss } = encode({ sampling }, learnt('drop-sampling'));
    expect(Object.keys(body)).toEqual(['anthropic_version', 'max_tokens', 'messages']);
    expect(loss.map(({ note }) => note)).toEqual(Array(3).fill('the model refused it'));
  });

  it('sends no effort above the highest that is taken', () => {
    const { body, loss } = encode(
      { reasoning: { effort: 'max', budgetTokens: undefined } },
      learnt('clamp-effort'),
    );
    expect(body['output_config']).toEqual({ effort: 'high' });
    expect(loss).toEqual([{ need: 'reasoning', how: 'adjusted', note: 'max sent as high' }]);
  });

  it('sends bare cache markers, and tells so, translated and passed through alike', () => {
    const marked = (ttl?: string) => ({ cache_control: { type: 'ephemeral', ...(ttl && { ttl }) } });
    const native: JsonObject = {
      model: 'claude-sonnet-4-6',
      max_tokens: 9,
      system: [{ type: 'text', text: 's', ...marked('1h') }],
      tools: [{ name: 'f', input_schema: { type: 'object' }, ...marked('5m') }],
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi', ...marked() }] }],
    };
    const call = decodeMessagesRequest(new JsonReader(native), { maxTokens: 'required' });
    const context = surfaceContext(SONNET, learnt('plain-cache-markers'));
    for (const { request, loss } of [
      surface.encode(call, context),
      surface.passthrough?.encode(native, call, context) ?? surface.encode(textCall(), context),
    ]) {
      expect(request.body.match(/"cache_control":\{"type":"ephemeral"\}/g)).toHaveLength(3);
      expect(request.body).not.toContain('ttl');
      expect(loss).toEqual([{ need: 'cache-hints', how: 'adjusted', note: '2 sent without ttl' }]);
    }
    expect(
      surface.encode(call, surfaceContext(SONNET)).request.body.match(/"ttl":"(?:1h|5m)"/g),
    ).toHaveLength(2);
  });

  it('says no word of thinking where it must be stripped, and leaves no empty message behind', () => {
    const messages: Message[] = [
      { role: 'user', content: [{ type: 'text', text: 'one' }] },
      {
        role: 'assistant',
        content: [{ type: 'reasoning', text: 'hm', seal: { maker: 'anthropic', value: 'c2ln' } }],
      },
      { role: 'user', content: [{ type: 'text', text: 'two' }] },
    ];
    const reasoning = { effort: undefined, budgetTokens: 4000 };
    const { body, loss } = encode({ messages, reasoning }, learnt('strip-reasoning', 'adaptive-reasoning'));
    expect(JSON.stringify(body)).not.toContain('thinking');
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'one' },
          { type: 'text', text: 'two' },
        ],
      },
    ]);
    expect(loss.map(({ need }) => need)).toEqual(['reasoning-history', 'reasoning']);
  });
});

describe('history', () => {
  const history: Message[] = [
    { role: 'user', content: [{ type: 'text', text: 'q' }] },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'own', seal: { maker: 'anthropic', value: 'EqQB/+=' } },
        { type: 'reasoning', text: '', seal: { maker: 'anthropic-redacted', value: 'cmVk' } },
        { type: 'reasoning', text: 'foreign', seal: { maker: 'openai', value: 'x' } },
        { type: 'text', text: 'a' },
      ],
    },
    { role: 'user', content: [{ type: 'text', text: 'more' }] },
  ];

  it('hazard 10: takes thinking back to its maker unchanged, and another maker’s to nobody', () => {
    const { body, loss } = encode({ messages: history });
    expect(body['messages']).toMatchObject([
      {},
      {
        content: [
          { type: 'thinking', thinking: 'own', signature: 'EqQB/+=' },
          { type: 'redacted_thinking', data: 'cmVk' },
          { type: 'text', text: 'a' },
        ],
      },
      {},
    ]);
    expect(loss).toEqual([{ need: 'reasoning-history', how: 'adjusted', note: '1 left out' }]);
  });

  it('has no thinking for a model that has none', () => {
    const { request, loss } = surface.encode(
      textCall({ messages: history }),
      surfaceContext(findModel('claude-haiku-4-5')),
    );
    expect(request.body).not.toContain('thinking');
    expect(loss).toEqual([{ need: 'reasoning-history', how: 'dropped', note: undefined }]);
  });
});

describe('what Bedrock is not known to take', () => {
  it.each<[string, Partial<Call>, RegExp]>([
    [
      'a schema for the output',
      { format: { type: 'json-schema', name: 'o', description: undefined, schema: {}, strict: undefined } },
      /json-schema/,
    ],
    ['JSON without a schema', { format: { type: 'json-object' } }, /json-object/],
    [
      'media by address',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image', source: { type: 'url', url: 'https://x/y.png' }, fileName: undefined },
            ],
          },
        ],
      },
      /as base64/,
    ],
    [
      'an image of another type',
      {
        messages: [
          {
            role: 'user',
            content: [
              {
                type: 'image',
                source: { type: 'base64', mimeType: 'image/bmp', data: 'AA==' },
                fileName: undefined,
              },
            ],
          },
        ],
      },
      /PNG, JPEG, GIF or WebP/,
    ],
  ])('%s is refused, and named', (_what, overrides, words) => {
    expect(() => encode(overrides)).toThrow(words);
    expect(() => encode(overrides)).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });

  it('a file is named where the caller put it', () => {
    const native = {
      model: 'm',
      max_tokens: 9,
      messages: [
        { role: 'user', content: [{ type: 'image', source: { type: 'url', url: 'https://x/y.png' } }] },
      ],
    };
    const call = decodeMessagesRequest(new JsonReader(native), { maxTokens: 'required' });
    expect(() => surface.encode(call, surfaceContext(SONNET))).toThrow(
      expect.objectContaining({ param: 'messages[0].content[0]' }),
    );
  });

  it('strict tools are sent as plain ones, and that is told', () => {
    const { body, loss } = encode({ tools: [{ ...tool, strict: true }] });
    expect(JSON.stringify(body)).not.toContain('strict');
    expect(loss).toEqual([{ need: 'strict-tools', how: 'dropped', note: undefined }]);
  });
});
