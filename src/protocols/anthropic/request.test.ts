// Reading Messages requests: every shape clients send, and what is refused, by path.

import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../core/errors/index.ts';
import type { Call, JsonObject, JsonValue } from '../../core/neutral/index.ts';
import { JsonReader } from '../../core/wire/json-reader.ts';
import { decodeMessagesRequest } from './index.ts';

function decode(fields: JsonObject): Call {
  const body = { model: 'claude', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }], ...fields };
  return decodeMessagesRequest(new JsonReader(body), { maxTokens: 'required' });
}

function decodeMessages(...messages: JsonValue[]): Call['messages'] {
  return decode({ messages }).messages;
}

function refusal(fields: JsonObject): GatewayError {
  try {
    decode(fields);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error('was not refused');
}

const CALL = { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'f', input: { a: 1 } }] };
const IMAGE = { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'AAAA' } };
const IMAGE_PART = {
  type: 'image',
  source: { type: 'base64', mimeType: 'image/jpeg', data: 'AAAA' },
  fileName: undefined,
};

function resultWith(content: JsonValue | undefined, more: JsonObject = {}) {
  const result = {
    type: 'tool_result',
    tool_use_id: 't1',
    ...(content === undefined ? {} : { content }),
    ...more,
  };
  return decodeMessages(CALL, { role: 'user', content: [result] })[1]?.content[0];
}

describe('system text', () => {
  it.each([
    ['a string', 'Be brief.', [{ type: 'text', text: 'Be brief.' }]],
    [
      'blocks with cache hints',
      [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b', cache_control: { type: 'ephemeral', ttl: '1h' } },
        { type: 'text', text: 'c', cache_control: { type: 'ephemeral' } },
      ],
      [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b', cache: { ttl: '1h' } },
        { type: 'text', text: 'c', cache: { ttl: undefined } },
      ],
    ],
  ])('is read from %s', (_name, system, content) => {
    expect(decode({ system }).messages[0]).toEqual({ role: 'system', content });
  });

  it('is read from entries among the messages, which keep their place', () => {
    const messages = decodeMessages(
      { role: 'user', content: 'hi' },
      { role: 'system', content: [{ type: 'text', text: 'now', cache_control: { type: 'ephemeral' } }] },
      { role: 'assistant', content: 'ho' },
      { role: 'user', content: 'so' },
    );
    expect(messages.map((message) => message.role)).toEqual(['user', 'system', 'assistant', 'user']);
  });

  it('between a call and its result waits behind the result', () => {
    const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'r' }] };
    const messages = decodeMessages(CALL, { role: 'system', content: 'note' }, result);
    expect(messages.map((message) => message.role)).toEqual(['assistant', 'tool', 'system']);
  });
});

describe('turns', () => {
  it('of the assistant in a row become one', () => {
    const messages = decodeMessages({ role: 'assistant', content: 'a' }, CALL, {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 't1' }],
    });
    expect(messages.map((message) => message.content.length)).toEqual([2, 1]);
  });

  it('may end with words put into the assistant’s mouth', () => {
    const messages = decodeMessages({ role: 'user', content: 'hi' }, { role: 'assistant', content: '{' });
    expect(messages.at(-1)).toEqual({ role: 'assistant', content: [{ type: 'text', text: '{' }] });
  });

  it('put results first and what else the user says behind them', () => {
    const messages = decodeMessages(CALL, {
      role: 'user',
      content: [
        { type: 'text', text: 'early' },
        { type: 'tool_result', tool_use_id: 't1', content: 'r' },
      ],
    });
    expect(messages.map((message) => message.role)).toEqual(['assistant', 'tool', 'user']);
  });

  it('of parallel calls take results from several user messages in a row', () => {
    const messages = decodeMessages(
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'a', name: 'f', input: {} },
          { type: 'tool_use', id: 'b', name: 'g', input: {} },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'b', content: '2' }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: '1' }] },
    );
    expect(messages[1]).toMatchObject({ role: 'tool', content: [{ name: 'g' }, { name: 'f' }] });
  });

  it('refuse a result without its call, naming the place', () => {
    const error = refusal({
      messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'nobody', content: '' }] }],
    });
    expect(error).toMatchObject({ status: 400, param: 'messages[0].content[0].tool_use_id' });
    expect(error.message).toMatch(
      /^messages\.0\.content\.0: unexpected `tool_use_id` found in `tool_result` blocks: nobody\./,
    );
  });

  it('refuse a call without its result, in the words clients know', () => {
    const error = refusal({
      messages: [{ role: 'user', content: 'hi' }, CALL, { role: 'user', content: 'so' }],
    });
    expect(error.message).toMatch(
      /^messages\.1: `tool_use` ids were found without `tool_result` blocks immediately after: t1\./,
    );
  });

  it('refuse two results of one call', () => {
    const result = { type: 'tool_result', tool_use_id: 't1', content: 'r' };
    const error = refusal({ messages: [CALL, { role: 'user', content: [result, result] }] });
    expect(error.message).toContain('each tool_use must have a single result');
  });

  it('refuse a user who says nothing', () => {
    const error = refusal({ messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] });
    expect(error).toMatchObject({ status: 400, param: 'messages[0].content' });
  });
});

describe('a tool result', () => {
  it.each([
    ['a string', 'done', [{ type: 'text', text: 'done' }]],
    ['an empty string', '', []],
    ['nothing', undefined, []],
    ['an image', [IMAGE], [{ ...IMAGE_PART, path: 'messages[1].content[0].content[0]' }]],
    [
      'a reference to a tool',
      [{ type: 'tool_reference', tool_name: 'WebFetch' }],
      [{ type: 'text', text: 'The tool WebFetch is available now.' }],
    ],
    [
      'a search result',
      [{ type: 'search_result', title: 'T', source: 's', content: [{ type: 'text', text: 'x' }] }],
      [
        { type: 'text', text: 'Search result: T\nSource: s' },
        { type: 'text', text: 'x' },
      ],
    ],
    [
      'a PDF',
      [{ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' } }],
      [
        {
          type: 'document',
          source: { type: 'base64', mimeType: 'application/pdf', data: 'JVBE' },
          fileName: undefined,
          path: 'messages[1].content[0].content[0]',
        },
      ],
    ],
  ])('may be %s', (_name, content, parts) => {
    expect(resultWith(content)).toEqual({
      type: 'tool-result',
      callId: 't1',
      name: 'f',
      content: parts,
      isError: false,
    });
  });

  it('keeps its error flag and its cache hint', () => {
    const part = resultWith('no', { is_error: true, cache_control: { type: 'ephemeral', ttl: '5m' } });
    expect(part).toMatchObject({ isError: true, cache: { ttl: '5m' } });
  });
});

describe('media', () => {
  function partsOf(block: JsonObject) {
    return decodeMessages({ role: 'user', content: [block] })[0]?.content;
  }

  it('are read from base64 and from addresses, and know where they stood', () => {
    const path = 'messages[0].content[0]';
    expect(partsOf(IMAGE)).toEqual([{ ...IMAGE_PART, path }]);
    const url = { type: 'url', url: 'https://example.com/a.png' };
    expect(partsOf({ type: 'image', source: url })).toEqual([
      { type: 'image', source: url, fileName: undefined, path },
    ]);
  });

  it('of a document carry its title as a name and its context as text', () => {
    const source = { type: 'base64', media_type: 'application/pdf', data: 'JVBE' };
    const parts = partsOf({
      type: 'document',
      source,
      title: 'a.pdf',
      context: 'A contract.',
      cache_control: { type: 'ephemeral' },
    });
    expect(parts).toMatchObject([
      { type: 'text', text: 'A contract.' },
      { type: 'document', fileName: 'a.pdf', cache: { ttl: undefined } },
    ]);
  });

  it('that are text become text', () => {
    const parts = partsOf({
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data: 'body' },
      title: 'T',
      cache_control: { type: 'ephemeral' },
    });
    expect(parts).toEqual([
      { type: 'text', text: 'Document: T' },
      { type: 'text', text: 'body', cache: { ttl: undefined } },
    ]);
    const blocks = { type: 'content', content: [{ type: 'text', text: 'x' }, IMAGE] };
    expect(partsOf({ type: 'document', source: blocks })).toEqual([
      { type: 'text', text: 'x' },
      { ...IMAGE_PART, path: 'messages[0].content[0].source.content[1]' },
    ]);
  });

  it.each([
    ['a type no model sees', { type: 'base64', media_type: 'image/tiff', data: 'A' }, 'media_type'],
    ['a file of a store', { type: 'file', file_id: 'file_1' }, 'type'],
    ['an address that is not https', { type: 'url', url: 'http://example.com/a' }, 'url'],
    ['text as an image', { type: 'text', data: 'x' }, 'type'],
  ])('refuse %s', (_name, source, field) => {
    const error = refusal({ messages: [{ role: 'user', content: [{ type: 'image', source }] }] });
    expect(error.param).toBe(`messages[0].content[0].source.${field}`);
  });
});

describe('thinking in the history', () => {
  function reasoningOf(block: JsonObject) {
    return decodeMessages({ role: 'assistant', content: [block] })[0]?.content;
  }

  it.each([
    [
      'signed',
      { type: 'thinking', thinking: 't', signature: 'c2ln' },
      't',
      { maker: 'anthropic', value: 'c2ln' },
    ],
    ['unsigned', { type: 'thinking', thinking: 't', signature: '' }, 't', undefined],
    [
      'redacted',
      { type: 'redacted_thinking', data: 'cmVk' },
      '',
      { maker: 'anthropic-redacted', value: 'cmVk' },
    ],
    [
      'signed by another maker',
      { type: 'thinking', thinking: 't', signature: 'sealed:openai:a:b' },
      't',
      { maker: 'openai', value: 'a:b' },
    ],
  ])('that is %s keeps its seal', (_name, block, text, seal) => {
    expect(reasoningOf(block)).toEqual([{ type: 'reasoning', text, seal }]);
  });
});

describe('thinking asked for', () => {
  it.each<[string, JsonObject, Call['reasoning']]>([
    [
      'with a budget',
      { thinking: { type: 'enabled', budget_tokens: 5000 } },
      { effort: undefined, budgetTokens: 5000 },
    ],
    ['adaptively', { thinking: { type: 'adaptive' } }, { effort: undefined, budgetTokens: undefined }],
    [
      'with an effort',
      { thinking: { type: 'adaptive' }, output_config: { effort: 'max' } },
      { effort: 'max', budgetTokens: undefined },
    ],
    ['not at all', { thinking: { type: 'disabled' } }, { effort: 'none', budgetTokens: undefined }],
  ])('%s is read', (_name, fields, reasoning) => {
    expect(decode(fields).reasoning).toEqual(reasoning);
  });

  it('is not read from an effort alone, which is kept as a label', () => {
    const call = decode({ output_config: { effort: 'medium' } });
    expect(call.reasoning).toBeUndefined();
    expect(call.labels).toEqual({ 'output_config.effort': 'medium' });
  });
});

describe('tools', () => {
  const tools = [{ name: 'f', input_schema: { type: 'object' } }];

  it.each<[string, JsonObject, Partial<Call>]>([
    ['auto', { type: 'auto' }, { toolChoice: { type: 'auto' }, parallelToolCalls: undefined }],
    ['any', { type: 'any' }, { toolChoice: { type: 'required' } }],
    ['one by name', { type: 'tool', name: 'f' }, { toolChoice: { type: 'named', name: 'f' } }],
    ['none', { type: 'none' }, { toolChoice: { type: 'none' } }],
    ['one at a time', { type: 'any', disable_parallel_tool_use: true }, { parallelToolCalls: false }],
    ['many at once', { type: 'auto', disable_parallel_tool_use: false }, { parallelToolCalls: true }],
  ])('are chosen: %s', (_name, choice, expected) => {
    expect(decode({ tools, tool_choice: choice })).toMatchObject(expected);
  });

  it.each([
    'web_search_20250305',
    'code_execution_20250825',
    'mcp_toolset',
    'bash_20250124',
    'memory_20250818',
  ])('of the type %s are refused by name', (type) => {
    const error = refusal({ tools: [{ type, name: 'x' }], tool_choice: { type: 'auto' } });
    expect(error).toMatchObject({ code: 'unsupported', status: 400, param: 'tools[0].type' });
    expect(error.message).toContain(`'${type}'`);
  });

  it('that are deferred stay, and their placeholder goes', () => {
    const call = decode({
      tools: [
        { name: 'DeferredToolPlaceholder', input_schema: { type: 'object' }, defer_loading: true },
        { name: 'WebFetch', input_schema: { type: 'object' }, defer_loading: true },
      ],
    });
    expect(call.tools.map((tool) => tool.name)).toEqual(['WebFetch']);
    expect(call.labels).toEqual({});
  });

  it.each([
    [
      'a choice of a tool that is not there',
      { tools, tool_choice: { type: 'tool', name: 'g' } },
      'tool_choice.name',
    ],
    ['a forced choice among no tools', { tool_choice: { type: 'any' } }, 'tool_choice.type'],
    ['two tools of one name', { tools: [...tools, ...tools] }, 'tools[1].name'],
  ])('refuse %s', (_name, fields, param) => {
    expect(refusal(fields).param).toBe(param);
  });
});

describe('settings', () => {
  it('read an output schema in both spellings, the newer one first', () => {
    const format = (title: string): JsonObject => ({ type: 'json_schema', schema: { title } });
    const older = decode({ output_format: format('older') });
    expect(older.format).toMatchObject({ type: 'json-schema', schema: { title: 'older' } });
    const both = decode({ output_format: format('older'), output_config: { format: format('newer') } });
    expect(both.format).toMatchObject({ schema: { title: 'newer' } });
  });

  it('take the numbers older clients send for nothing at all', () => {
    const { sampling } = decode({ top_k: -1, top_p: -1 });
    expect(sampling).toMatchObject({ topK: undefined, topP: undefined });
  });

  it('keep what no model hears as labels', () => {
    const call = decode({
      metadata: { user_id: 'u' },
      context_management: { edits: [] },
      service_tier: 'standard_only',
      container: 'c',
      speed: 'fast',
      thinking: { type: 'adaptive', display: 'omitted' },
      mcp_servers: [],
    });
    expect(Object.keys(call.labels).toSorted()).toEqual([
      'container',
      'context_management',
      'metadata',
      'service_tier',
      'speed',
      'thinking.display',
    ]);
  });

  it('put the hint of the whole request on its last part', () => {
    const call = decode({ cache_control: { type: 'ephemeral' } });
    expect(call.messages.at(-1)?.content.at(-1)).toMatchObject({ text: 'hi', cache: { ttl: undefined } });
  });

  it.each<[string, JsonObject, string, string]>([
    ['servers of tools', { mcp_servers: [{ type: 'url' }] }, 'mcp_servers', 'unsupported'],
    ['a thread', { thread: { type: 'create' } }, 'thread', 'unsupported'],
    ['no limit', { max_tokens: null }, 'max_tokens', 'invalid_request'],
    ['a limit of nothing', { max_tokens: 0 }, 'max_tokens', 'invalid_request'],
    ['a hot temperature', { temperature: 1.5 }, 'temperature', 'invalid_request'],
    ['an unknown kind of thinking', { thinking: { type: 'deep' } }, 'thinking.type', 'invalid_request'],
  ])('refuse %s', (_name, fields, param, code) => {
    expect(refusal(fields)).toMatchObject({ param, code });
  });

  it('need no limit for counting tokens', () => {
    const body = { model: 'm', messages: [{ role: 'user', content: 'x' }] };
    const call = decodeMessagesRequest(new JsonReader(body), { maxTokens: 'optional' });
    expect(call.maxOutputTokens).toBeUndefined();
  });
});

describe('blocks of tools that run at Anthropic', () => {
  it.each(['server_tool_use', 'web_search_tool_result', 'container_upload'])('refuse %s by name', (type) => {
    const error = refusal({ messages: [{ role: 'assistant', content: [{ type }] }] });
    expect(error).toMatchObject({ code: 'unsupported', param: 'messages[0].content[0].type' });
    expect(error.message).toContain(`'${type}'`);
  });
});
