// Response objects as replies, and what is no reply.

import { describe, expect, it } from 'vitest';

import type { JsonObject } from '../../core/neutral/index.ts';
import { decodeErrorBody, decodeResponse, isResponse } from './index.ts';

const newId = (): string => 'new';

function response(output: readonly JsonObject[], overrides: JsonObject = {}): JsonObject {
  return { object: 'response', status: 'completed', output, ...overrides };
}

function message(...texts: string[]): JsonObject {
  return { type: 'message', content: texts.map((text) => ({ type: 'output_text', text })) };
}

describe('a response object', () => {
  it('becomes a reply with parts in the order of its items', () => {
    const outcome = decodeResponse(
      response([
        message('a', 'b'),
        { type: 'web_search_call', id: 'ws_1' },
        { type: 'function_call', call_id: 'c1', name: 'f', arguments: '' },
      ]),
      newId,
    );
    expect(outcome).toMatchObject({
      type: 'reply',
      reply: {
        choices: [
          {
            parts: [
              { type: 'text', text: 'a' },
              { type: 'text', text: 'b' },
              { type: 'tool-call', id: 'c1', name: 'f', arguments: '{}' },
            ],
            finish: 'tool-calls',
          },
        ],
      },
    });
  });

  it('leaves out texts and thoughts of no characters, and keeps a seal alone', () => {
    const outcome = decodeResponse(
      response([
        { type: 'reasoning', summary: [] },
        { type: 'reasoning', summary: [], encrypted_content: 'enc' },
        message(''),
      ]),
      newId,
    );
    expect(outcome.type === 'reply' && outcome.reply.choices[0]?.parts).toEqual([
      { type: 'reasoning', text: '', seal: { maker: 'openai', value: 'enc' } },
    ]);
  });

  it('gives a call an id where it came without any', () => {
    const item = { type: 'function_call', name: 'f', arguments: '{}' };
    const ids = [item, { ...item, id: 'fc_1' }].map((one) => {
      const outcome = decodeResponse(response([one]), newId);
      return outcome.type === 'reply' && outcome.reply.choices[0]?.parts[0];
    });
    expect(ids).toMatchObject([{ id: 'call_new' }, { id: 'fc_1' }]);
  });

  it.each([
    ['completed', {}, 'stop', 'completed'],
    [
      'cut by its limit',
      { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
      'length',
      'max_output_tokens',
    ],
    [
      'filtered',
      { status: 'incomplete', incomplete_details: { reason: 'content_filter' } },
      'content-filter',
      'content_filter',
    ],
    ['cut for a reason nobody knows', { status: 'incomplete' }, 'length', 'incomplete'],
  ])('that was %s finishes so', (_what, overrides, finish, finishRaw) => {
    expect(decodeResponse(response([message('x')], overrides), newId)).toMatchObject({
      reply: { choices: [{ finish, finishRaw }] },
    });
  });

  it('that was cut inside a call is not a turn of tool calls', () => {
    const item = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{"a' };
    expect(decodeResponse(response([item], { status: 'incomplete' }), newId)).toMatchObject({
      reply: { choices: [{ finish: 'length', parts: [{ arguments: '{"a' }] }] },
    });
  });

  it('counts what it counts, and leaves the rest unknown', () => {
    const outcome = decodeResponse(
      response([message('x')], { usage: { input_tokens: 3, output_tokens: -1 } }),
      newId,
    );
    expect(outcome.type === 'reply' && outcome.reply.usage).toEqual({
      inputTokens: 3,
      outputTokens: undefined,
      cacheReadTokens: undefined,
      cacheWriteTokens: undefined,
      reasoningTokens: undefined,
      estimated: false,
    });
  });

  it('without any item is empty; with one that says nothing it is a turn without a word', () => {
    expect(decodeResponse(response([]), newId)).toEqual({ type: 'empty' });
    expect(decodeResponse(response([message('')]), newId)).toMatchObject({ type: 'reply' });
  });

  it.each(['failed', 'cancelled', 'queued', 'in_progress'])('of status %s is a failure', (status) => {
    expect(decodeResponse(response([message('x')], { status }), newId)).toEqual({
      type: 'failed',
      error: undefined,
    });
  });

  it('with a call that has no name is refused', () => {
    expect(() => decodeResponse(response([{ type: 'function_call', call_id: 'c' }]), newId)).toThrowError(
      expect.objectContaining({ code: 'upstream_protocol' }),
    );
  });
});

describe('what came', () => {
  it.each([
    [{ object: 'response' }, true],
    [{ output: [] }, true],
    [{ output: 'text' }, false],
    [{ error: { message: 'm' } }, false],
    [[], false],
    [null, false],
  ])('%j is a response object: %s', (value, expected) => {
    expect(isResponse(value)).toBe(expected);
  });

  it('is an error in each of the three places the format has for one', () => {
    const told = { message: 'm', type: undefined, param: undefined, code: 'c' };
    expect(decodeErrorBody({ error: { message: 'm', code: 'c' } })).toEqual(told);
    expect(decodeErrorBody({ type: 'error', message: 'm', code: 'c', param: null })).toEqual(told);
    expect(
      decodeErrorBody({ type: 'response.failed', response: { error: { message: 'm', code: 'c' } } }),
    ).toEqual(told);
    expect(decodeErrorBody({ message: 'm' })).toBeUndefined();
    expect(decodeErrorBody('m')).toBeUndefined();
  });
});
