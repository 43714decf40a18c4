// The dialect contract, run on OpenAI's chat completions, with readers written as a client reads.

import { expect } from 'vitest';
import type { JsonValue, Operation } from '../../core/neutral/index.ts';
import { runDialectContract } from '../../../test/contract/dialect.ts';
import { readChatStream, readCompletion } from '../../../test/contract/read-openai-chat.ts';
import { createOpenaiChat } from './index.ts';

function generate(operation: Operation) {
  if (operation.type !== 'generate') throw new Error('not a generate operation');
  return operation;
}

const TOOL_TURN: JsonValue = {
  model: 'gpt-4o',
  stream: true,
  stream_options: { include_usage: true },
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: 'What is 2+2?' }] },
    {
      role: 'assistant',
      content: [],
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'add', arguments: '{"a":2}' } },
        { id: 'call_2', type: 'function', function: { name: 'now', arguments: '' } },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: '4' },
    { role: 'tool', tool_call_id: 'call_2', content: [{ type: 'text', text: 'noon' }] },
  ],
  tools: [{ type: 'function', function: { name: 'add', parameters: { type: 'object' }, strict: true } }],
  tool_choice: 'auto',
  response_format: { type: 'json_schema', json_schema: { name: 'sum', schema: { type: 'object' } } },
  stop: ['END'],
  temperature: 0.5,
  reasoning_effort: 'low',
  metadata: { team: 'blue' },
};

runDialectContract(createOpenaiChat(), {
  requests: [
    {
      title: 'a plain question',
      method: 'POST',
      route: '/v1/chat/completions',
      body: { model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] },
      check: (operation) => {
        const { call, streamUsage } = generate(operation);
        expect(call).toMatchObject({ model: 'gpt-4o', stream: false, choices: 1, tools: [], labels: {} });
        expect(call.messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'hi' }] }]);
        expect(streamUsage).toBe(false);
      },
    },
    {
      title: 'a turn with tool results',
      method: 'POST',
      route: '/v1/chat/completions',
      body: TOOL_TURN,
      check: (operation) => {
        const { call, streamUsage } = generate(operation);
        expect(call.messages.map((message) => message.role)).toEqual(['system', 'user', 'assistant', 'tool']);
        expect(call.stop).toEqual(['END']);
        expect(call.labels).toEqual({ metadata: { team: 'blue' } });
        expect(streamUsage).toBe(true);
      },
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
  readWhole: readCompletion,
  readStream: readChatStream,
  readError: (body) => {
    const parsed: unknown = JSON.parse(body);
    expect(parsed).toMatchObject({
      error: { message: expect.any(String), type: expect.any(String), param: 'messages[0]' },
    });
    return (parsed as { error: { message: string } }).error.message;
  },
});
