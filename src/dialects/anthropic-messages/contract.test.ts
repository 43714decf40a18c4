// The dialect contract, run on Anthropic's Messages, with readers as strict as its clients.

import { expect } from 'vitest';
import { expectMessage, readMessageStream } from '../../../test/contract/read-anthropic-messages.ts';
import { runDialectContract } from '../../../test/contract/dialect.ts';
import type { JsonValue, Operation } from '../../core/neutral/index.ts';
import { createAnthropicMessages } from './index.ts';

function generate(operation: Operation) {
  if (operation.type !== 'generate') throw new Error('not a generate operation');
  return operation;
}

/** A message without what differs by chance. */
function withoutId(message: Record<string, unknown> | undefined): unknown {
  if (message === undefined) return undefined;
  const { id: _id, type: _type, ...rest } = message;
  return rest;
}

const TOOL_TURN: JsonValue = {
  model: 'claude-sonnet-4-5',
  max_tokens: 32_000,
  stream: true,
  system: [
    { type: 'text', text: 'Be brief.' },
    { type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral', ttl: '1h' } },
  ],
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'What is 2+2?' }] },
    { role: 'system', content: 'Tools are ready.', output_config: { effort: 'medium' } },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Let me see.', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'cmVk' },
        { type: 'text', text: 'Adding.' },
        { type: 'tool_use', id: 'toolu_1', name: 'add', input: { a: 2, b: 2 } },
        { type: 'tool_use', id: 'toolu_2', name: 'draw', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'toolu_1', content: '4', cache_control: { type: 'ephemeral' } },
        {
          type: 'tool_result',
          tool_use_id: 'toolu_2',
          is_error: true,
          content: [
            { type: 'text', text: 'half a picture' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
          ],
        },
        {
          type: 'document',
          source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' },
          title: 'a.pdf',
        },
        { type: 'text', text: 'Go on.' },
      ],
    },
  ],
  tools: [
    { name: 'add', description: 'Adds.', input_schema: { type: 'object' }, strict: true },
    { type: 'custom', name: 'draw', input_schema: { type: 'object' }, cache_control: { type: 'ephemeral' } },
  ],
  tool_choice: { type: 'auto', disable_parallel_tool_use: true },
  thinking: { type: 'enabled', budget_tokens: 31_999 },
  output_config: { effort: 'high', format: { type: 'json_schema', schema: { type: 'object' } } },
  stop_sequences: ['END'],
  metadata: { user_id: 'u' },
};

runDialectContract(createAnthropicMessages(), {
  requests: [
    {
      title: 'a plain question',
      method: 'POST',
      route: '/v1/messages',
      body: { model: 'claude', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] },
      check: (operation) => {
        const { call, native } = generate(operation);
        expect(call).toMatchObject({
          model: 'claude',
          maxOutputTokens: 5,
          stream: false,
          tools: [],
          labels: {},
        });
        expect(call.messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'hi' }] }]);
        expect(native).toEqual({
          protocol: 'anthropic',
          body: { model: 'claude', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] },
        });
      },
    },
    {
      title: 'a turn with tool results',
      method: 'POST',
      route: '/v1/messages',
      body: TOOL_TURN,
      check: (operation) => {
        const { call } = generate(operation);
        expect(call.messages.map((message) => message.role)).toEqual([
          'system',
          'user',
          'system',
          'assistant',
          'tool',
          'user',
        ]);
        expect(call.stop).toEqual(['END']);
        expect(call.labels).toEqual({ 'messages.output_config': true, metadata: { user_id: 'u' } });
      },
    },
    {
      title: 'a count of tokens',
      method: 'POST',
      route: '/v1/messages/count_tokens',
      body: { model: 'claude', messages: [{ role: 'user', content: 'foo' }], tools: [] },
      check: (operation) =>
        expect(operation).toMatchObject({ type: 'count-tokens', call: { model: 'claude' } }),
    },
    {
      title: 'the list of models',
      method: 'GET',
      route: '/v1/models',
      check: (operation) => expect(operation).toEqual({ type: 'list-models' }),
    },
    {
      title: 'one model',
      method: 'GET',
      route: '/v1/models/*',
      rest: 'vendor/name',
      check: (operation) => expect(operation).toEqual({ type: 'get-model', model: 'vendor/name' }),
    },
  ],
  readWhole: (body) => withoutId(expectMessage(JSON.parse(body))),
  readStream: (text) => {
    const { message, ending, error } = readMessageStream(text);
    return { reply: withoutId(message), ending, message: error?.message };
  },
  readError: (body) => {
    const parsed: unknown = JSON.parse(body);
    expect(parsed).toMatchObject({
      type: 'error',
      error: { type: expect.any(String), message: expect.any(String) },
      request_id: 'request-1',
    });
    const { message } = (parsed as { error: { message: string } }).error;
    // The words by which clients know that they must shorten the conversation stand before any message.
    return message.replace(/^prompt is too long: /, '');
  },
});
