// The history of an agent: ids that come back in later turns, and arguments that are long.

import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../core/neutral/index.ts';
import { JsonReader } from '../../core/wire/json-reader.ts';
import { decodeMessagesRequest } from './index.ts';

function decode(messages: readonly JsonValue[]) {
  const body = { model: 'claude', max_tokens: 100, messages };
  return decodeMessagesRequest(new JsonReader(body), { maxTokens: 'required' }).messages;
}

const use = (id: string, input: JsonObject = {}, more: JsonObject = {}) => ({
  role: 'assistant',
  content: [{ type: 'tool_use', id, name: 'f', input, ...more }],
});
const answer = (id: string) => ({ role: 'user', content: [{ type: 'tool_result', tool_use_id: id }] });

describe('an id in several turns', () => {
  it('is a call of each turn', () => {
    expect(decode([use('a'), answer('a'), use('a'), answer('a')]).map(({ role }) => role)).toEqual([
      'assistant',
      'tool',
      'assistant',
      'tool',
    ]);
  });

  it('is no call of the turn that does not name it', () => {
    expect(() => decode([use('a'), answer('a'), use('b'), answer('a')])).toThrow(
      'messages.3.content.0: unexpected `tool_use_id` found in `tool_result` blocks: a.',
    );
  });

  it('is left open by the turn that gives it no result', () => {
    expect(() => decode([use('a'), answer('a'), use('a')])).toThrow(
      'messages.2: `tool_use` ids were found without `tool_result` blocks immediately after: a.',
    );
  });
});

describe('arguments that are long', () => {
  const input = { path: 'a', text: 'x"\n'.repeat(1_000) };

  it('are the text of what came, with a cache hint and without', () => {
    for (const more of [{}, { cache_control: { type: 'ephemeral' } }]) {
      const [message] = decode([use('a', input, more), answer('a')]);
      expect(message?.content[0]).toMatchObject({ type: 'tool-call', id: 'a' });
      expect(message?.content[0]).toHaveProperty('arguments', JSON.stringify(input));
    }
  });

  it('outlive a copy of their part', () => {
    const part = decode([use('a', input), answer('a')])[0]?.content[0];
    expect({ ...part }).toHaveProperty('arguments', JSON.stringify(input));
  });
});
