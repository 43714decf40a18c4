// Whole answers and errors of the chat dialect, as its clients read them.

import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../core/errors/index.ts';
import {
  NO_SAMPLING,
  UNKNOWN_USAGE,
  type JsonObject,
  type Reply,
  type ReplyPart,
} from '../../core/neutral/index.ts';
import type { ReplyContext } from '../port.ts';
import { createOpenaiChat } from './index.ts';

const dialect = createOpenaiChat();

function contextOf(): ReplyContext {
  return {
    newId: () => 'fresh',
    createdS: 7,
    call: {
      model: 'asked',
      messages: [],
      tools: [],
      toolChoice: { type: 'auto' },
      parallelToolCalls: undefined,
      format: { type: 'text' },
      maxOutputTokens: undefined,
      stop: [],
      sampling: NO_SAMPLING,
      reasoning: undefined,
      labels: {},
      stream: false,
      choices: 1,
    },
    streamUsage: false,
    inputTokensEstimate: 0,
  };
}

function encode(parts: readonly ReplyPart[], more: Partial<Reply> = {}): unknown {
  const reply: Reply = {
    choices: [{ parts, finish: 'stop', finishRaw: undefined, stopSequence: undefined, safety: undefined }],
    usage: { ...UNKNOWN_USAGE, inputTokens: 2, outputTokens: 3 },
    servedModel: undefined,
    upstreamId: undefined,
    ...more,
  };
  const answer = dialect.encode({ type: 'reply', reply, context: contextOf() });
  expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
  return JSON.parse(answer.body);
}

describe('a whole chat completion', () => {
  it('hazard 14: gives calls that came with one id an id each, and takes their results back by it', () => {
    const part = (name: string): ReplyPart => ({
      type: 'tool-call',
      id: 'a',
      name,
      arguments: '{}',
      seal: undefined,
    });
    const answer = encode([part('one'), part('two')]);
    expect(answer).toMatchObject({ choices: [{ message: { tool_calls: [{ id: 'a' }, { id: 'a_2' }] } }] });
    const { choices } = answer as { choices: readonly [{ message: JsonObject }] };
    const messages = [
      { role: 'user', content: 'go' },
      choices[0].message,
      { role: 'tool', tool_call_id: 'a_2', content: 'of two' },
      { role: 'tool', tool_call_id: 'a', content: 'of one' },
    ];
    const operation = dialect.decode({
      method: 'POST',
      route: '/v1/chat/completions',
      rest: '',
      query: '',
      headers: {},
      body: Buffer.from(JSON.stringify({ model: 'asked', messages })),
    });
    expect(operation).toMatchObject({
      call: {
        messages: [
          { role: 'user' },
          {
            content: [
              { id: 'a', name: 'one' },
              { id: 'a_2', name: 'two' },
            ],
          },
          {
            content: [
              { callId: 'a_2', name: 'two', content: [{ text: 'of two' }] },
              { callId: 'a', name: 'one', content: [{ text: 'of one' }] },
            ],
          },
        ],
      },
    });
  });

  it('has every field of the public format', () => {
    expect(encode([{ type: 'text', text: 'hi' }])).toEqual({
      id: 'chatcmpl-fresh',
      object: 'chat.completion',
      created: 7,
      model: 'asked',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'hi', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 2,
        completion_tokens: 3,
        total_tokens: 5,
        prompt_tokens_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
    });
  });

  it('has null for content where there are only tool calls, and finishes for them', () => {
    const call = { type: 'tool-call', id: 'a', name: 'now', arguments: '{}', seal: undefined } as const;
    expect(encode([call])).toMatchObject({
      choices: [
        {
          message: {
            content: null,
            tool_calls: [{ id: 'a', type: 'function', function: { name: 'now', arguments: '{}' } }],
          },
          finish_reason: 'tool_calls',
        },
      ],
    });
  });

  it('hazard 22: tells reasoning beside the text and never inside it', () => {
    expect(
      encode([
        { type: 'reasoning', text: 'think', seal: undefined },
        { type: 'text', text: 'say' },
      ]),
    ).toMatchObject({ choices: [{ message: { content: 'say', reasoning_content: 'think' } }] });
  });

  it('hazard 21: has a choice even when the upstream gave none', () => {
    expect(encode([], { choices: [] })).toMatchObject({
      choices: [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: 'stop' }],
    });
  });

  it('says where its usage comes from when it was not counted upstream', () => {
    expect(encode([], { usage: UNKNOWN_USAGE })).toMatchObject({
      usage: { prompt_tokens: 0, completion_tokens: 0 },
      salesforce: { usage: 'unknown' },
    });
    const estimated = { ...UNKNOWN_USAGE, inputTokens: 1, outputTokens: 1, estimated: true };
    expect(encode([], { usage: estimated })).toMatchObject({ salesforce: { usage: 'estimated' } });
  });
});

describe('model lists', () => {
  it('have the public fields, and limits only where they are known', () => {
    const answer = dialect.encode({
      type: 'models',
      models: [
        {
          id: 'a',
          apiName: 'sfdc_ai__A',
          family: 'claude',
          contextTokens: 200_000,
          outputTokensMax: undefined,
          carries: { tools: true, images: true, documents: true, reasoning: true },
          createdS: 5,
          ownedBy: 'salesforce-anthropic',
        },
      ],
    });
    expect(JSON.parse(answer.body)).toEqual({
      object: 'list',
      data: [
        { id: 'a', object: 'model', created: 5, owned_by: 'salesforce-anthropic', context_window: 200_000 },
      ],
    });
  });
});

describe('errors', () => {
  it('name the field and carry the words clients match on', () => {
    const tooLong = 'prompt is too long: 210000 tokens > 200000 maximum';
    const error = new GatewayError('context_length_exceeded', tooLong, { param: 'messages' });
    expect(dialect.encodeError(error, 'r')).toEqual({
      status: 400,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        error: {
          message: tooLong,
          type: 'invalid_request_error',
          param: 'messages',
          code: 'context_length_exceeded',
        },
      }),
    });
  });

  it('tell how long to wait in both spellings, never shorter than asked', () => {
    const error = new GatewayError('upstream_rate_limited', 'Slow down.', { retryAfterMs: 1200.5 });
    expect(dialect.encodeError(error, 'r').headers).toMatchObject({
      'retry-after': '2',
      'retry-after-ms': '1201',
    });
  });
});
