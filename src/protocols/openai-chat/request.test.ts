// Chat settings to a neutral call: limits, tools, formats, labels, refusals.

import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../core/errors/index.ts';
import type { Call, JsonObject, JsonValue } from '../../core/neutral/index.ts';
import { JsonReader } from '../../core/wire/index.ts';
import { decodeChatRequest } from './request.ts';

const HI: JsonValue = [{ role: 'user', content: 'hi' }];

function decode(fields: JsonObject): Call {
  return decodeChatRequest(new JsonReader({ model: 'm', messages: HI, ...fields })).call;
}

function refusal(fields: JsonObject): GatewayError {
  try {
    decode(fields);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error('the request was not refused');
}

function tool(name: string, more: JsonObject = {}): JsonObject {
  return { type: 'function', function: { name, ...more } };
}

describe('the settings of a chat request', () => {
  it('decodes every setting it carries', () => {
    expect(
      decode({
        temperature: 0,
        top_p: 1,
        top_k: 5,
        seed: -7,
        frequency_penalty: -2,
        presence_penalty: 2,
        max_completion_tokens: 10,
        stop: ['a', 'b'],
        reasoning_effort: 'high',
        n: 2,
        stream: true,
        parallel_tool_calls: false,
        response_format: { type: 'json_object' },
      }),
    ).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
      tools: [],
      toolChoice: { type: 'auto' },
      parallelToolCalls: false,
      format: { type: 'json-object' },
      maxOutputTokens: 10,
      stop: ['a', 'b'],
      sampling: { temperature: 0, topP: 1, topK: 5, seed: -7, frequencyPenalty: -2, presencePenalty: 2 },
      reasoning: { effort: 'high', budgetTokens: undefined },
      labels: {},
      stream: true,
      choices: 2,
    });
  });

  it('takes null for absent in every optional field', () => {
    const optional = `temperature top_p top_k seed frequency_penalty presence_penalty max_tokens stop user n
      max_completion_tokens reasoning_effort stream stream_options parallel_tool_calls response_format tools tool_choice
      functions function_call logprobs top_logprobs audio modalities logit_bias web_search_options store service_tier
      metadata prediction verbosity prompt_cache_key safety_identifier something_new`;
    const nulls = Object.fromEntries(optional.split(/\s+/).map((name) => [name, null]));
    expect(decode(nulls)).toEqual(decode({}));
  });

  it('prefers max_completion_tokens to max_tokens, and checks both', () => {
    expect(decode({ max_tokens: 5 }).maxOutputTokens).toBe(5);
    expect(decode({ max_tokens: 5, max_completion_tokens: 6 }).maxOutputTokens).toBe(6);
    expect(refusal({ max_tokens: 0, max_completion_tokens: 6 }).param).toBe('max_tokens');
  });

  it('decodes a JSON schema format', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    expect(
      decode({ response_format: { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } } })
        .format,
    ).toEqual({ type: 'json-schema', name: 'x', description: undefined, schema, strict: true });
  });

  it('asks for usage in the stream only of a stream', () => {
    const fields = { model: 'm', messages: HI, stream_options: { include_usage: true } };
    expect(decodeChatRequest(new JsonReader({ ...fields, stream: true })).includeUsage).toBe(true);
    expect(decodeChatRequest(new JsonReader(fields)).includeUsage).toBe(false);
  });

  it('keeps what it does not understand as labels, so that its loss is told', () => {
    const { labels } = decode({
      user: 'u1',
      metadata: { a: 'b' },
      store: true,
      service_tier: 'flex',
      verbosity: 'low',
      min_p: 0.05,
      ...(JSON.parse('{"__proto__": {"polluted": true}}') as JsonObject),
    });
    expect(Object.keys(labels).toSorted()).toEqual([
      '__proto__',
      'metadata',
      'min_p',
      'service_tier',
      'store',
      'user',
      'verbosity',
    ]);
    expect('polluted' in labels).toBe(false);
  });

  it('takes the defaults that clients write out for what they are', () => {
    const { labels } = decode({
      store: false,
      service_tier: 'auto',
      metadata: {},
      logprobs: false,
      top_logprobs: 0,
      logit_bias: {},
      modalities: ['text'],
    });
    expect(labels).toEqual({});
  });

  it.each<[string, JsonObject, string]>([
    ['log probabilities', { logprobs: true }, 'logprobs'],
    ['top log probabilities', { top_logprobs: 3 }, 'top_logprobs'],
    ['audio replies', { audio: { voice: 'alloy', format: 'wav' } }, 'audio'],
    ['audio as a modality', { modalities: ['text', 'audio'] }, 'modalities[1]'],
    ['a logit bias', { logit_bias: { '50256': -100 } }, 'logit_bias'],
    ['web search', { web_search_options: {} }, 'web_search_options'],
    ['custom tools', { tools: [{ type: 'custom', custom: { name: 'x' } }] }, 'tools[0].type'],
  ])('refuses %s by name instead of ignoring it', (_what, fields, param) => {
    expect(refusal(fields)).toMatchObject({ code: 'unsupported', status: 400, param });
  });

  it.each<[string, JsonValue, string]>([
    ['model', undefined as unknown as JsonValue, 'model'],
    ['model', '', 'model'],
    ['messages', 'not-an-array', 'messages'],
    ['messages', [], 'messages'],
    ['messages', [7], 'messages[0]'],
    ['messages', [{ role: 'robot', content: 'x' }], 'messages[0].role'],
    ['messages', [{ role: 'user' }], 'messages[0].content'],
    ['messages', [{ role: 'user', content: null }], 'messages[0].content'],
    ['temperature', 2.1, 'temperature'],
    ['temperature', '1', 'temperature'],
    ['top_p', -0.1, 'top_p'],
    ['presence_penalty', 3, 'presence_penalty'],
    ['seed', 1.5, 'seed'],
    ['n', 0, 'n'],
    ['n', 9, 'n'],
    ['stop', ['a', 'b', 'c', 'd', 'e'], 'stop'],
    ['stop', ['a', 7], 'stop[1]'],
    ['stop', {}, 'stop'],
    ['max_tokens', 1.5, 'max_tokens'],
    ['stream', 'yes', 'stream'],
    ['stream_options', { include_usage: 1 }, 'stream_options.include_usage'],
    ['reasoning_effort', 'extreme', 'reasoning_effort'],
    ['response_format', { type: 'grammar' }, 'response_format.type'],
    ['response_format', { type: 'json_schema' }, 'response_format.json_schema'],
    ['user', 7, 'user'],
    ['metadata', 'x', 'metadata'],
  ])('refuses a wrong %s (%j), naming %s', (field, value, param) => {
    expect(refusal({ [field]: value })).toMatchObject({ code: 'invalid_request', status: 400, param });
  });
});

describe('the tools of a chat request', () => {
  it('gives a tool without parameters an empty object schema', () => {
    expect(decode({ tools: [tool('now')] }).tools).toEqual([
      {
        name: 'now',
        description: undefined,
        parameters: { type: 'object', properties: {} },
        strict: undefined,
        cache: undefined,
      },
    ]);
  });

  it('decodes every form of the choice', () => {
    const tools = [tool('a'), tool('b')];
    expect(decode({ tools, tool_choice: 'none' }).toolChoice).toEqual({ type: 'none' });
    expect(decode({ tools, tool_choice: 'required' }).toolChoice).toEqual({ type: 'required' });
    expect(decode({ tools, tool_choice: tool('b') }).toolChoice).toEqual({ type: 'named', name: 'b' });
    const narrowed = decode({
      tools,
      tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [tool('b')] } },
    });
    expect(narrowed.toolChoice).toEqual({ type: 'required' });
    expect(narrowed.tools.map(({ name }) => name)).toEqual(['b']);
  });

  it('understands the older spelling', () => {
    const call = decode({ functions: [{ name: 'a' }], function_call: { name: 'a' } });
    expect(call.tools.map(({ name }) => name)).toEqual(['a']);
    expect(call.toolChoice).toEqual({ type: 'named', name: 'a' });
    expect(decode({ functions: [{ name: 'a' }], function_call: 'none' }).toolChoice).toEqual({
      type: 'none',
    });
  });

  it('keeps the cache marks of tools and text', () => {
    const control = { type: 'ephemeral', ttl: '1h' };
    const call = decode({
      tools: [{ ...tool('a'), cache_control: control }],
      messages: [{ role: 'user', content: [{ type: 'text', text: 'x', cache_control: control }] }],
    });
    expect(call.tools[0]?.cache).toEqual({ ttl: '1h' });
    expect(call.messages[0]?.content).toEqual([{ type: 'text', text: 'x', cache: { ttl: '1h' } }]);
  });

  it.each<[string, JsonObject, string]>([
    ['a bad name', { tools: [tool('no spaces')] }, 'tools[0].function.name'],
    ['a long name', { tools: [tool('x'.repeat(65))] }, 'tools[0].function.name'],
    ['a name given twice', { tools: [tool('a'), tool('a')] }, 'tools[1].function.name'],
    [
      'parameters that are no object',
      { tools: [tool('a', { parameters: 'x' })] },
      'tools[0].function.parameters',
    ],
    [
      'a choice of an absent tool',
      { tools: [tool('a')], tool_choice: tool('b') },
      'tool_choice.function.name',
    ],
    ['a required call without tools', { tool_choice: 'required' }, 'tool_choice'],
    ['an unknown choice', { tools: [tool('a')], tool_choice: 'any' }, 'tool_choice'],
    ['both spellings', { tools: [tool('a')], functions: [{ name: 'b' }] }, 'functions'],
    [
      'an older choice of an absent function',
      { functions: [{ name: 'a' }], function_call: { name: 'b' } },
      'function_call.name',
    ],
  ])('refuses %s', (_what, fields, param) => {
    expect(refusal(fields)).toMatchObject({ code: 'invalid_request', param });
  });
});
