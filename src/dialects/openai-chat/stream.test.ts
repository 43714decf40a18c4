// Streams of the chat dialect: order, indices, endings, hazards of other gateways by name.

import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../core/errors/index.ts';
import { NO_SAMPLING, UNKNOWN_USAGE, type Event, type FinishReason } from '../../core/neutral/index.ts';
import { framesOf, readChatStream } from '../../../test/contract/read-openai-chat.ts';
import type { ClientStream, ReplyContext } from '../port.ts';
import { createOpenaiChat } from './index.ts';

type Written = {
  readonly stream: ClientStream;
  readonly frames: () => unknown[];
  readonly all: () => string;
};

function open(streamUsage = false): Written {
  let ids = 0;
  const context: ReplyContext = {
    newId: () => {
      ids += 1;
      return `id${ids}`;
    },
    createdS: 7,
    call: {
      model: 'm',
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
      stream: true,
      choices: 1,
    },
    streamUsage,
    inputTokensEstimate: 0,
  };
  const written: string[] = [];
  const stream = createOpenaiChat().openStream(context, {
    write: (frame) => void written.push(String(frame)),
  });
  const all = (): string => written.join('');
  return {
    stream,
    all,
    frames: () => framesOf(all()).map((frame): unknown => (frame === '[DONE]' ? frame : JSON.parse(frame))),
  };
}

function run(events: readonly Event[], streamUsage = false): unknown[] {
  const { stream, frames, all } = open(streamUsage);
  stream.open();
  for (const event of events) stream.push(event);
  stream.end();
  expect(readChatStream(all()).ending).toBe('finished');
  return frames();
}

function delta(content: unknown, index = 0): unknown {
  return expect.objectContaining({
    choices: [{ index, delta: content, logprobs: null, finish_reason: null }],
  });
}

function finished(reason: string, index = 0): unknown {
  return expect.objectContaining({
    choices: [{ index, delta: {}, logprobs: null, finish_reason: reason }],
  });
}

function finish(reason: FinishReason, choice = 0): Event {
  return { type: 'finish', choice, reason, raw: undefined, stopSequence: undefined };
}

function text(...pieces: string[]): Event[] {
  return [
    { type: 'text-start', choice: 0 },
    ...pieces.map((piece): Event => ({ type: 'text-delta', choice: 0, text: piece })),
    { type: 'part-end', choice: 0, seal: undefined },
  ];
}

function toolCall(id: string, name: string, ...pieces: string[]): Event[] {
  return [
    { type: 'tool-call-start', choice: 0, id, name },
    ...pieces.map((piece): Event => ({ type: 'tool-call-delta', choice: 0, arguments: piece })),
    { type: 'part-end', choice: 0, seal: undefined },
  ];
}

const ROLE = delta({ role: 'assistant', content: '' });

function callStart(index: number, id: string, name: string): unknown {
  return delta({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] });
}

function callPiece(index: number, piece: string): unknown {
  return delta({ tool_calls: [{ index, function: { arguments: piece } }] });
}

describe('a chat stream', () => {
  it('tells role, text, finish and the end, each in a chunk of the same head', () => {
    const frames = run([...text('Hel', 'lo'), finish('stop')]);
    expect(frames).toEqual([
      ROLE,
      delta({ content: 'Hel' }),
      delta({ content: 'lo' }),
      finished('stop'),
      '[DONE]',
    ]);
    for (const frame of frames.slice(0, -1)) {
      expect(frame).toMatchObject({
        id: 'chatcmpl-id1',
        object: 'chat.completion.chunk',
        created: 7,
        model: 'm',
      });
      expect(frame).not.toHaveProperty('usage');
    }
  });

  it('tells usage when asked, in a chunk of its own after the finish, and null before', () => {
    const usage = {
      ...UNKNOWN_USAGE,
      inputTokens: 9,
      outputTokens: 4,
      cacheReadTokens: 3,
      reasoningTokens: 1,
    };
    const frames = run([{ type: 'usage', usage }, ...text('a'), finish('length')], true);
    expect(frames.slice(0, 3)).toEqual([ROLE, delta({ content: 'a' }), finished('length')]);
    for (const frame of frames.slice(0, 3)) expect(frame).toMatchObject({ usage: null });
    expect(frames.slice(3)).toEqual([
      {
        id: 'chatcmpl-id1',
        object: 'chat.completion.chunk',
        created: 7,
        model: 'm',
        choices: [],
        usage: {
          prompt_tokens: 9,
          completion_tokens: 4,
          total_tokens: 13,
          prompt_tokens_details: { cached_tokens: 3 },
          completion_tokens_details: { reasoning_tokens: 1 },
        },
      },
      '[DONE]',
    ]);
  });

  it('lets what the Trust Layer found ride on the finish chunk, however late it came', () => {
    const frames = run([
      { type: 'reply-start', servedModel: 'served-1', upstreamId: undefined },
      ...text('a'),
      finish('stop'),
      {
        type: 'safety',
        choice: 0,
        safety: {
          toxicityDetected: false,
          scores: [{ category: 'hate', score: 0.25 }],
          safetyScore: undefined,
        },
      },
    ]);
    expect(frames.at(-2)).toMatchObject({
      choices: [{ finish_reason: 'stop' }],
      salesforce: {
        served_model: 'served-1',
        safety: [{ choice: 0, toxicity_detected: false, safety_score: null, scores: { hate: 0.25 } }],
      },
    });
  });

  it('marks usage that nobody told', () => {
    expect(run([...text('a'), finish('stop')], true).at(-3)).toMatchObject({
      salesforce: { usage: 'unknown' },
    });
  });

  it('hazard 11: gives parallel calls their own indexes and keeps their arguments apart', () => {
    const frames = run([
      ...toolCall('a', 'one', '{"x"', ':1}'),
      ...toolCall('b', 'two', '{"y":2}'),
      finish('tool-calls'),
    ]);
    expect(frames).toEqual([
      ROLE,
      callStart(0, 'a', 'one'),
      callPiece(0, '{"x"'),
      callPiece(0, ':1}'),
      callStart(1, 'b', 'two'),
      callPiece(1, '{"y":2}'),
      finished('tool_calls'),
      '[DONE]',
    ]);
  });

  it('hazard 14: gives calls that came with one id an id each, choice by choice', () => {
    const frames = run([
      ...toolCall('a', 'one', '{}'),
      ...toolCall('a_2', 'two', '{}'),
      ...toolCall('a', 'three', '{}'),
      { type: 'tool-call-start', choice: 1, id: 'a', name: 'other' },
      { type: 'part-end', choice: 1, seal: undefined },
      finish('tool-calls'),
      finish('tool-calls', 1),
    ]);
    const starts = [callStart(0, 'a', 'one'), callStart(1, 'a_2', 'two'), callStart(2, 'a_3', 'three')];
    expect(frames).toEqual(expect.arrayContaining(starts));
    const other = { index: 0, id: 'a', type: 'function', function: { name: 'other', arguments: '' } };
    expect(frames).toContainEqual(delta({ tool_calls: [other] }, 1));
  });

  it('hazard 12: tells id, type and name in the first chunk of a call, and makes an id where none came', () => {
    const frames = run([...toolCall('', 'one', '{}'), finish('tool-calls')]);
    expect(frames[1]).toEqual(callStart(0, 'call_id2', 'one'));
  });

  it('hazard 13: tells a call without arguments as one with an empty object', () => {
    for (const pieces of [[], [''], [' ', '\n']]) {
      const frames = run([...toolCall('a', 'now', ...pieces), finish('tool-calls')]);
      expect(frames.slice(2, -2)).toEqual([callPiece(0, '{}')]);
    }
  });

  it('holds blank arguments back only so far', () => {
    const blank = ' '.repeat(2000);
    const frames = run([...toolCall('a', 'now', blank), finish('tool-calls')]);
    expect(frames.slice(2, -2)).toEqual([callPiece(0, blank), callPiece(0, '{}')]);
  });

  it('hazard 21: has a choice with a finish reason even when the model said nothing', () => {
    expect(run([])).toEqual([ROLE, finished('stop'), '[DONE]']);
  });

  it('hazard 22: streams reasoning in a field of its own, never inside the text', () => {
    const frames = run([
      { type: 'reasoning-start', choice: 0 },
      { type: 'reasoning-delta', choice: 0, text: 'think' },
      { type: 'part-end', choice: 0, seal: { maker: 'x', value: 'secret' } },
      ...text('say'),
      finish('stop'),
    ]);
    expect(frames).toEqual([
      ROLE,
      delta({ reasoning_content: 'think' }),
      delta({ content: 'say' }),
      finished('stop'),
      '[DONE]',
    ]);
  });

  it('tells each choice its role before anything else of it', () => {
    const frames = run([
      { type: 'text-start', choice: 1 },
      { type: 'text-delta', choice: 1, text: 'b' },
      { type: 'part-end', choice: 1, seal: undefined },
      finish('stop', 1),
      finish('length', 0),
    ]);
    expect(frames).toEqual([
      ROLE,
      delta({ role: 'assistant', content: '' }, 1),
      delta({ content: 'b' }, 1),
      finished('length', 0),
      finished('stop', 1),
      '[DONE]',
    ]);
  });

  it.each<[FinishReason, boolean, string]>([
    ['stop', true, 'tool_calls'],
    ['tool-calls', true, 'tool_calls'],
    ['tool-calls', false, 'stop'],
    ['length', true, 'length'],
    ['content-filter', false, 'content_filter'],
    ['refusal', false, 'content_filter'],
  ])('tells the finish %s, with tool calls %s, as %s', (reason, hasCalls, word) => {
    const frames = run([...(hasCalls ? toolCall('a', 'one', '{}') : text('a')), finish(reason)]);
    expect(frames.at(-2)).toEqual(finished(word));
  });

  it('ends a call and a choice that the upstream left open', () => {
    const frames = run([{ type: 'tool-call-start', choice: 0, id: 'a', name: 'one' }]);
    expect(frames).toEqual([
      ROLE,
      callStart(0, 'a', 'one'),
      callPiece(0, '{}'),
      finished('tool_calls'),
      '[DONE]',
    ]);
  });

  it('ends in an error chunk without the mark of a proper end', () => {
    const { stream, frames } = open(true);
    stream.push({ type: 'text-start', choice: 0 });
    stream.fail(new GatewayError('upstream_rate_limited', 'Slow down.', { retryAfterMs: 10 }));
    expect(frames().at(-1)).toEqual({
      error: { message: 'Slow down.', type: 'rate_limit_error', param: null, code: 'rate_limit_exceeded' },
    });
  });

  it('ignores events of impossible choices', () => {
    const frames = run(
      [-1, 0.5, 4096, Number.NaN].map((choice) => ({ type: 'text-delta', choice, text: 'x' })),
    );
    expect(frames).toEqual([ROLE, finished('stop'), '[DONE]']);
  });

  it('keeps alive with a comment, opened or not', () => {
    const { stream, all } = open();
    stream.keepAlive();
    expect(all().endsWith('\n\n: keep-alive\n\n')).toBe(true);
  });
});
