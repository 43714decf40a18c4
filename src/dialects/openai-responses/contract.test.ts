// The dialect contract, run on OpenAI's Responses, with readers written as a client reads.

import { expect } from 'vitest';
import type { JsonValue, Operation } from '../../core/neutral/index.ts';
import { runDialectContract } from '../../../test/contract/dialect.ts';
import { readResponse, readResponseStream } from '../../../test/contract/read-openai-responses.ts';
import { createOpenaiResponses } from './index.ts';

function generate(operation: Operation) {
  if (operation.type !== 'generate') throw new Error('not a generate operation');
  return operation;
}

const AGENT_TURN: JsonValue = {
  model: 'gpt-5',
  stream: true,
  store: false,
  instructions: 'Be brief.',
  input: [
    {
      type: 'additional_tools',
      role: 'developer',
      tools: [{ type: 'namespace', name: 'more', tools: [{ type: 'function', name: 'later' }] }],
    },
    { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Work carefully.' }] },
    {
      role: 'user',
      content: [
        { type: 'input_text', text: 'Look.' },
        { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'high' },
        { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' },
      ],
    },
    {
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'Hm.' }],
      encrypted_content: 'abc',
    },
    { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'run', arguments: '{"cmd":"ls"}' },
    { type: 'custom_tool_call', id: 'ctc_1', call_id: 'call_2', name: 'patch', input: '*** Begin' },
    { type: 'function_call_output', id: 'fco_1', call_id: 'call_1', output: 'a.txt' },
    { type: 'custom_tool_call_output', call_id: 'call_2', output: [{ type: 'input_text', text: 'Done.' }] },
  ],
  tools: [
    { type: 'function', name: 'run', parameters: { type: 'object' }, strict: false },
    { type: 'custom', name: 'patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
    { type: 'namespace', name: 'agents', tools: [{ type: 'function', name: 'wait' }] },
    { type: 'tool_search', execution: 'client', parameters: { type: 'object' } },
    { type: 'web_search' },
  ],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  reasoning: { effort: 'medium', summary: 'auto' },
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: 'key',
  text: { verbosity: 'low', format: { type: 'json_schema', name: 'sum', schema: { type: 'object' } } },
};

const ITEMS = '/v1/responses/*/input_items';

runDialectContract(createOpenaiResponses(), {
  requests: [
    {
      title: 'a plain question',
      method: 'POST',
      route: '/v1/responses',
      body: { model: 'gpt-4o', input: 'hi' },
      check: (operation) => {
        const { call, keep, continues } = generate(operation);
        expect(call).toMatchObject({ model: 'gpt-4o', stream: false, choices: 1, tools: [], labels: {} });
        expect(call.messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'hi' }] }]);
        expect(keep).toHaveLength(1);
        expect(continues).toBeUndefined();
      },
    },
    {
      title: "an agent's turn",
      method: 'POST',
      route: '/v1/responses',
      body: AGENT_TURN,
      check: (operation) => {
        const { call, keep } = generate(operation);
        expect(keep).toBeUndefined();
        const roles = call.messages.map((message) => message.role);
        expect(roles).toEqual(['system', 'system', 'user', 'assistant', 'tool']);
        const names = ['run', 'patch', 'agents__wait', 'tool_search', 'more__later'];
        expect(call.tools.map((tool) => tool.name)).toEqual(names);
        expect(call.labels).toEqual({
          'input_image.detail': 'high',
          'text.verbosity': 'low',
          'tools.web_search': true,
          prompt_cache_key: 'key',
        });
      },
    },
    {
      title: 'a question that goes on from a stored response',
      method: 'POST',
      route: '/v1/responses',
      body: {
        model: 'gpt-4o',
        previous_response_id: 'resp_1',
        input: [{ type: 'function_call_output', call_id: 'call_1', output: '4' }],
      },
      check: (operation) =>
        expect(generate(operation).continues).toEqual({ responseId: 'resp_1', itemIds: [] }),
    },
    {
      title: 'a socket',
      method: 'GET',
      route: '/v1/responses',
      refused: 'method_not_allowed',
      check: () => undefined,
    },
    {
      title: 'a count of input tokens',
      method: 'POST',
      route: '/v1/responses/input_tokens',
      body: { model: 'gpt-4o', input: 'hi' },
      check: (operation) => expect(operation.type).toBe('count-tokens'),
    },
    {
      title: 'a conversation to be compacted',
      method: 'POST',
      route: '/v1/responses/compact',
      body: { model: 'gpt-4o', input: [{ role: 'user', content: 'hi' }] },
      check: (operation) => {
        const { call, keep } = generate(operation);
        expect(call.messages).toHaveLength(2);
        expect(keep).toBeUndefined();
      },
    },
    {
      title: 'a stored response',
      method: 'GET',
      route: '/v1/responses/*',
      rest: 'resp_1',
      check: (operation) =>
        expect(operation).toEqual({ type: 'response-store', action: 'get', id: 'resp_1' }),
    },
    {
      title: 'the end of a stored response',
      method: 'DELETE',
      route: '/v1/responses/*',
      rest: 'resp_1',
      check: (operation) =>
        expect(operation).toEqual({ type: 'response-store', action: 'delete', id: 'resp_1' }),
    },
    {
      title: 'a response to be cancelled',
      method: 'POST',
      route: '/v1/responses/*/cancel',
      rest: 'resp_1',
      check: (operation) =>
        expect(operation).toEqual({ type: 'response-store', action: 'cancel', id: 'resp_1' }),
    },
    {
      title: 'the input of a stored response',
      method: 'GET',
      route: ITEMS,
      rest: 'resp_1',
      check: (operation) =>
        expect(operation).toEqual({
          type: 'response-store',
          action: 'items',
          id: 'resp_1',
          page: { limit: 20, order: 'desc', after: undefined },
        }),
    },
  ],
  choicesMax: 1,
  readWhole: readResponse,
  readStream: readResponseStream,
  readError: (body) => {
    const parsed: unknown = JSON.parse(body);
    expect(parsed).toMatchObject({
      error: { message: expect.any(String), type: expect.any(String), param: 'messages[0]' },
    });
    return (parsed as { error: { message: string } }).error.message;
  },
});
