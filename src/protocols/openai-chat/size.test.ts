// Requests of any size that a body may have: the work of reading grows with them and no faster.

import { describe, expect, it } from 'vitest';
import { countWork } from '../../../test/fakes/counted-work.ts';
import type { JsonObject } from '../../core/neutral/index.ts';
import { JsonReader } from '../../core/wire/index.ts';
import { decodeChatRequest } from './index.ts';

function allowedTools(count: number): JsonObject {
  const names = Array.from({ length: count }, (_, index) => `tool_${index}`);
  const tools = names.map((name) => ({ type: 'function', function: { name } }));
  return {
    model: 'm',
    messages: [{ role: 'user', content: 'hi' }],
    tools,
    tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools } },
  };
}

function resultsByName(count: number): JsonObject {
  const calls = Array.from({ length: count }, (_, index) => ({
    id: `call_${index}`,
    type: 'function',
    function: { name: index % 2 === 0 ? 'even' : 'odd', arguments: '{}' },
  }));
  const results = calls.map((call) => ({ role: 'function', name: call.function.name, content: call.id }));
  return { model: 'm', messages: [{ role: 'assistant', content: null, tool_calls: calls }, ...results] };
}

const decode = (body: JsonObject) => decodeChatRequest(new JsonReader(body));

describe('a request', () => {
  it.each([
    ['tools that are allowed by name', allowedTools],
    ['results that name their function only', resultsByName],
  ])('with %s takes twice the work for twice as many', (_what, make) => {
    const [small, large] = [make(200), make(400)];
    const once = countWork(() => void decode(small));
    expect(once).toBeGreaterThan(200);
    expect(countWork(() => void decode(large))).toBeLessThan(2.1 * once);
  });
});

describe('results that name their function only', () => {
  it('answer the calls of that name in order, past those answered by id', () => {
    const { messages } = resultsByName(6) as { messages: JsonObject[] };
    const byId = { role: 'tool', tool_call_id: 'call_2', content: 'by id' };
    const rest = messages.filter(({ role, content }) => role === 'function' && content !== 'call_2');
    const { call } = decode({ model: 'm', messages: [messages[0] ?? {}, byId, ...rest] });
    const results = call.messages.flatMap((message) => (message.role === 'tool' ? message.content : []));
    expect(results.map(({ callId, content }) => [callId, content])).toMatchObject([
      ['call_2', [{ text: 'by id' }]],
      ...['call_0', 'call_1', 'call_3', 'call_4', 'call_5'].map((id) => [id, [{ text: id }]]),
    ]);
  });
});
