// Writing Messages requests: what was read is written again, and what the format refuses is settled and told.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryMessagesRequest } from '../../../test/fakes/arbitrary-messages-requests.ts';
import { textCall } from '../../../test/fakes/pipeline-parts.ts';
import type { Call, JsonObject, Message } from '../../core/neutral/index.ts';
import { JsonReader } from '../../core/wire/json-reader.ts';

import { decodeMessagesRequest, encodeMessagesRequest, type MessagesEncoding } from './index.ts';

const AS_ASKED: MessagesEncoding = { maxTokens: 4096, thinking: 'as-asked' };

function encode(overrides: Partial<Call>, encoding: Partial<MessagesEncoding> = {}) {
  return encodeMessagesRequest(textCall(overrides), { ...AS_ASKED, ...encoding });
}

describe('a request that was read', () => {
  it('is written again with every field that is carried, and without loss', () => {
    fc.assert(
      fc.property(arbitraryMessagesRequest, (body) => {
        const call = decodeMessagesRequest(new JsonReader(body), { maxTokens: 'required' });
        const encoded = encodeMessagesRequest(call, {
          maxTokens: call.maxOutputTokens ?? 0,
          thinking: 'as-asked',
        });
        const { model, stream, ...carried } = body;
        expect(JSON.parse(JSON.stringify(encoded.body))).toEqual(carried);
        expect(encoded.loss).toEqual([]);
        expect([call.model, call.stream]).toEqual([model, stream]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('messages', () => {
  function messagesOf(...messages: Message[]): unknown {
    return encode({ messages }).body['messages'];
  }
  const call = (id: string, text: string): Message => ({
    role: 'assistant',
    content: [{ type: 'tool-call', id, name: 'f', arguments: text, seal: undefined }],
  });
  const result = (callId: string): Message => ({
    role: 'tool',
    content: [{ type: 'tool-result', callId, name: 'f', content: [], isError: false }],
  });
  const say = (role: 'user' | 'assistant', text: string): Message => ({
    role,
    content: [{ type: 'text', text }],
  });

  it('lift system entries to the top, in order', () => {
    const { body } = encode({
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'a' }] },
        say('user', 'hi'),
        { role: 'system', content: [{ type: 'text', text: 'b' }] },
      ],
    });
    expect(body['system']).toEqual([
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ]);
    expect(body['messages']).toHaveLength(1);
  });

  it('leave out blank text and messages left empty, and end a prefill without white space', () => {
    expect(
      messagesOf(say('user', 'hi'), say('assistant', ' \n'), say('user', 'so'), say('assistant', 'It is \n')),
    ).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'hi' },
          { type: 'text', text: 'so' },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'It is' }] },
    ]);
  });

  it('refuse a call with nothing to say', () => {
    expect(() => messagesOf(say('user', ' '))).toThrow(/at least one message/);
  });

  it('hazard 14: give bad and repeated tool ids a form the format takes, the same on call and result', () => {
    const written = messagesOf(
      say('user', 'q'),
      call('a:b|c', '{}'),
      result('a:b|c'),
      call('a:b|c', '{}'),
      result('a:b|c'),
    );
    expect(written).toMatchObject([
      {},
      { content: [{ id: 'a_b_c' }] },
      { content: [{ tool_use_id: 'a_b_c' }] },
      { content: [{ id: 'a_b_c_2' }] },
      { content: [{ tool_use_id: 'a_b_c_2' }] },
    ]);
  });

  it('hazard 13: write a call without arguments with {}, and keep arguments that are no object', () => {
    const written = messagesOf(call('a', ''), result('a'), call('b', '{"cut'), result('b'));
    expect(written).toMatchObject([
      { content: [{ input: {} }] },
      {},
      { content: [{ input: { unreadable_arguments: '{"cut' } }] },
      {},
    ]);
  });
});

describe('thinking', () => {
  const history: Message = {
    role: 'assistant',
    content: [
      { type: 'reasoning', text: 'own', seal: { maker: 'anthropic', value: 'c2ln' } },
      { type: 'reasoning', text: '', seal: { maker: 'anthropic-redacted', value: 'cmVk' } },
      { type: 'reasoning', text: 'foreign', seal: { maker: 'openai', value: 'x' } },
      { type: 'reasoning', text: 'unsigned', seal: undefined },
      { type: 'text', text: 'so' },
    ],
  };

  it('hazard 10: goes back to its own maker unchanged, and to no other', () => {
    const { body, loss } = encode({ messages: [history] });
    expect(body['messages']).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'own', signature: 'c2ln' },
          { type: 'redacted_thinking', data: 'cmVk' },
          { type: 'text', text: 'so' },
        ],
      },
    ]);
    expect(loss).toEqual([{ need: 'reasoning-history', how: 'adjusted', note: '2 left out' }]);
  });

  it('is stripped from settings and history where the target takes none', () => {
    const reasoning = { effort: 'high', budgetTokens: undefined } as const;
    const { body, loss } = encode({ messages: [history], reasoning }, { thinking: 'stripped' });
    expect(JSON.stringify(body)).not.toContain('thinking');
    expect(loss.map(({ need }) => need)).toEqual(['reasoning-history', 'reasoning']);
  });

  it.each<[string, NonNullable<Call['reasoning']>, Partial<MessagesEncoding>, JsonObject]>([
    [
      'an effort',
      { effort: 'high', budgetTokens: undefined },
      {},
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
    ],
    [
      'the least effort',
      { effort: 'minimal', budgetTokens: undefined },
      {},
      { output_config: { effort: 'low' } },
    ],
    ['none', { effort: 'none', budgetTokens: undefined }, {}, { thinking: { type: 'disabled' } }],
    [
      'hazard 7: a budget below the least',
      { effort: undefined, budgetTokens: 500 },
      {},
      { thinking: { type: 'enabled', budget_tokens: 1024 } },
    ],
    [
      'hazard 7: a budget above the limit',
      { effort: undefined, budgetTokens: 31_999 },
      { maxTokens: 8192 },
      { thinking: { type: 'enabled', budget_tokens: 8191 } },
    ],
    [
      'a budget for a model of efforts',
      { effort: undefined, budgetTokens: 8192 },
      { thinking: 'adaptive' },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'medium' } },
    ],
  ])('is written from %s', (_name, reasoning, encoding, expected) => {
    expect(encode({ reasoning }, encoding).body).toMatchObject(expected);
  });

  it('hazard 7: is left out, and that is told, where the limit leaves no room for it', () => {
    const { body, loss } = encode(
      { reasoning: { effort: undefined, budgetTokens: 500 } },
      { maxTokens: 1000 },
    );
    expect(body).not.toHaveProperty('thinking');
    expect(loss).toEqual([
      { need: 'reasoning', how: 'adjusted', note: 'off: max_tokens leaves no room for it' },
    ]);
  });

  it('gives way to a forced tool, and pushes aside the sampling it does not bear', () => {
    const tools = [{ name: 'f', description: undefined, parameters: {}, strict: undefined }];
    const reasoning = { effort: 'high', budgetTokens: undefined } as const;
    const forced = encode({ tools, toolChoice: { type: 'required' }, reasoning });
    expect(forced.body).not.toHaveProperty('thinking');
    const sampling = { ...textCall().sampling, temperature: 0.2, topP: 0.5, topK: 3 };
    const sampled = encode({ sampling, reasoning });
    expect(sampled.loss.map(({ need }) => need)).toEqual(['temperature', 'top-p', 'top-k']);
    expect(Object.keys(sampled.body)).toEqual(['max_tokens', 'messages', 'thinking', 'output_config']);
  });
});

describe('what the format has no place for', () => {
  it('is told in loss', () => {
    const sampling = {
      ...textCall().sampling,
      seed: 1,
      frequencyPenalty: 1,
      presencePenalty: 1,
      temperature: 2,
    };
    const { body, loss } = encode({ sampling, labels: { user: 'u' } });
    expect(loss.map(({ need, how }) => `${need} ${how}`).toSorted()).toEqual([
      'frequency-penalty dropped',
      'labels dropped',
      'presence-penalty dropped',
      'seed dropped',
      'temperature adjusted',
    ]);
    expect(body['temperature']).toBe(1);
  });

  it('hazard 6: holds cache markers to four, the latest ones', () => {
    const content = ['a', 'b', 'c', 'd', 'e', 'f'].map(
      (text) => ({ type: 'text', text, cache: { ttl: undefined } }) as const,
    );
    const { body, loss } = encode({ messages: [{ role: 'user', content }] });
    expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(4);
    expect(body['messages']).toMatchObject([
      { content: [{ text: 'a' }, { text: 'b' }, { cache_control: {} }, {}, {}, {}] },
    ]);
    expect(loss).toEqual([{ need: 'cache-hints', how: 'adjusted', note: '6 sent as 4' }]);
  });

  it('refuses a JSON object without a schema, which must be emulated before', () => {
    expect(() => encode({ format: { type: 'json-object' } })).toThrow(/without a schema/);
  });
});
