// Faults that users of other gateways report, each with its number in the list of hazards. Streams are judged by the strict
// grammar of test/contract/read-anthropic-messages.ts.

import { describe, expect, it } from 'vitest';
import { readMessageStream, type ReadMessage } from '../../../test/contract/read-anthropic-messages.ts';
import { textCall } from '../../../test/fakes/pipeline-parts.ts';
import { GatewayError } from '../../core/errors/index.ts';
import {
  ReplyFold,
  UNKNOWN_USAGE,
  type Event,
  type FinishReason,
  type JsonValue,
} from '../../core/neutral/index.ts';
import type { ReplyContext } from '../port.ts';
import { createAnthropicMessages } from './index.ts';

const dialect = createAnthropicMessages();

function createContext(): ReplyContext {
  let ids = 0;
  return {
    newId: () => {
      ids += 1;
      return `new${ids}`;
    },
    createdS: 1_700_000_000,
    call: textCall({ model: 'claude-asked', stream: true }),
    streamUsage: true,
    inputTokensEstimate: 123,
  };
}

function write(events: readonly Event[]): string {
  let text = '';
  const stream = dialect.openStream(createContext(), { write: (piece) => void (text += piece) });
  stream.open();
  for (const event of events) stream.push(event);
  stream.end();
  return text;
}

function streamed(events: readonly Event[]): ReadMessage {
  const { message, ending } = readMessageStream(write(events));
  if (message === undefined || ending !== 'finished') throw new Error('the stream did not finish');
  return message;
}

function whole(events: readonly Event[]): unknown {
  const fold = new ReplyFold();
  for (const event of events) fold.push(event);
  return JSON.parse(dialect.encode({ type: 'reply', reply: fold.reply(), context: createContext() }).body);
}

function decode(body: JsonValue, headers: Record<string, string> = {}) {
  const operation = dialect.decode({
    method: 'POST',
    route: '/v1/messages',
    rest: '',
    query: 'beta=true',
    headers,
    body: new TextEncoder().encode(JSON.stringify(body)),
  });
  if (operation.type !== 'generate') throw new Error('not a generate operation');
  return operation;
}

const choice = 0;
const textStart: Event = { type: 'text-start', choice };
const partEnd: Event = { type: 'part-end', choice, seal: undefined };
const text = (value: string): Event => ({ type: 'text-delta', choice, text: value });
const thought = (value: string): Event => ({ type: 'reasoning-delta', choice, text: value });
const callStart = (id: string, name = 'f'): Event => ({ type: 'tool-call-start', choice, id, name });
const args = (value: string): Event => ({ type: 'tool-call-delta', choice, arguments: value });
const finish = (reason: FinishReason, stopSequence?: string): Event => ({
  type: 'finish',
  choice,
  reason,
  raw: undefined,
  stopSequence,
});

const PLAIN = { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] };

describe('the stream', () => {
  it('hazard 1: closes each block before the next, also when the upstream forgets', () => {
    const message = streamed([
      textStart,
      text('a'),
      { type: 'reasoning-start', choice },
      thought('b'),
      callStart('c'),
      args('{}'),
    ]);
    expect(message.content.map((block) => block.type)).toEqual(['text', 'thinking', 'tool_use']);
  });

  it('hazard 2: never puts a delta into a block of another type', () => {
    const message = streamed([textStart, text('a'), thought('b'), text('c'), args('{"stray":1}'), partEnd]);
    expect(message.content).toEqual([
      { type: 'text', text: 'a' },
      { type: 'thinking', thinking: 'b', signature: '' },
      { type: 'text', text: 'c' },
    ]);
  });

  it.each<[string, Event[], string]>([
    ['a call told as a stop', [callStart('a'), args('{}'), partEnd, finish('stop')], 'tool_use'],
    ['a stop told as a call', [textStart, text('a'), partEnd, finish('tool-calls')], 'end_turn'],
    ['a reply cut short', [textStart, text('a'), partEnd, finish('length')], 'max_tokens'],
    ['a refusal', [textStart, text('a'), partEnd, finish('refusal')], 'refusal'],
    ['withheld content', [finish('content-filter')], 'refusal'],
    ['a stop sequence', [textStart, text('a'), partEnd, finish('stop', 'END')], 'stop_sequence'],
    ['a reply without a word on its end', [textStart, text('a'), partEnd], 'end_turn'],
  ])('hazard 3: says the same as the whole answer of %s', (_name, events, reason) => {
    const message = streamed(events);
    expect(message).toMatchObject({ stop_reason: reason });
    expect(message).toEqual(whole(events));
  });

  it('hazard 3: has no empty block beside content, and one only where there is nothing else', () => {
    const call = [
      textStart,
      partEnd,
      { type: 'reasoning-start', choice } as const,
      partEnd,
      callStart('a'),
      partEnd,
    ];
    expect(streamed(call).content.map((block) => block.type)).toEqual(['tool_use']);
    expect(streamed([textStart, partEnd]).content).toEqual([{ type: 'text', text: '' }]);
  });

  it('hazard 4: begins with usage that is neither zero nor short of fields', () => {
    const start = /^event: message_start\ndata: (.*)$/m;
    const estimated = JSON.parse(start.exec(write([textStart, text('a')]))?.[1] ?? '') as unknown;
    expect(estimated).toMatchObject({
      message: {
        usage: {
          input_tokens: 123,
          output_tokens: 0,
          cache_read_input_tokens: 0,
          cache_creation_input_tokens: 0,
        },
      },
    });
    const usage = { ...UNKNOWN_USAGE, inputTokens: 50, cacheReadTokens: 40 };
    const known = JSON.parse(
      start.exec(write([{ type: 'usage', usage }, textStart, text('a')]))?.[1] ?? '',
    ) as unknown;
    expect(known).toMatchObject({ message: { usage: { input_tokens: 10, cache_read_input_tokens: 40 } } });
  });

  it('hazard 4: ends with the counts that came last, and says which are ours', () => {
    const counted = { ...UNKNOWN_USAGE, inputTokens: 50, outputTokens: 9 };
    const told = streamed([textStart, text('a'), partEnd, finish('stop'), { type: 'usage', usage: counted }]);
    expect(told).toMatchObject({ usage: { input_tokens: 50, output_tokens: 9 } });
    expect(told).not.toHaveProperty('salesforce');
    expect(streamed([textStart, text('a')])).toMatchObject({ salesforce: { usage: 'unknown' } });
  });

  it('hazard 5: pings from the first keep-alive on, before any content', () => {
    let written = '';
    const stream = dialect.openStream(createContext(), { write: (piece) => void (written += piece) });
    stream.open();
    stream.keepAlive();
    stream.keepAlive();
    expect(readMessageStream(written).names).toEqual(['message_start', 'ping', 'ping', 'ping']);
  });

  it('tells an error and nothing after it', () => {
    let written = '';
    const stream = dialect.openStream(createContext(), { write: (piece) => void (written += piece) });
    stream.push(text('a'));
    stream.fail(new GatewayError('upstream_busy', 'Busy.'));
    stream.end();
    expect(readMessageStream(written)).toMatchObject({
      ending: 'failed',
      error: { type: 'overloaded_error', message: 'Busy.' },
    });
  });
});

describe('requests', () => {
  it('hazard 6: take unknown betas and versions, context edits and more than four cache markers', () => {
    const block = { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } };
    const body = {
      ...PLAIN,
      system: [block, block, block],
      messages: [{ role: 'user', content: [block, block, block] }],
      context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
      a_field_of_tomorrow: 1,
    };
    const { call } = decode(body, {
      'anthropic-version': '2026-10-21',
      'anthropic-beta': 'made-up-2030-01-01',
    });
    expect(Object.keys(call.labels)).toEqual(['context_management', 'a_field_of_tomorrow']);
  });

  it.each([0, 500, 100, 31_999])('hazard 7: take a thinking budget of %d beside a limit of 100', (budget) => {
    const { call } = decode({ ...PLAIN, thinking: { type: 'enabled', budget_tokens: budget } });
    expect(call.reasoning).toEqual({ effort: undefined, budgetTokens: budget });
  });

  it('hazard 8: refuse a server tool before a choice can name what is not there', () => {
    const body = {
      ...PLAIN,
      tools: [{ type: 'web_search_20250305', name: 'web_search', max_uses: 8 }],
      tool_choice: { type: 'tool', name: 'web_search' },
    };
    expect(() => decode(body)).toThrow(
      expect.objectContaining({ code: 'unsupported', status: 400, param: 'tools[0].type' }),
    );
  });

  it('hazard 14: take results that are lists of blocks', () => {
    const { call } = decode({
      ...PLAIN,
      messages: [
        { role: 'assistant', content: [{ type: 'tool_use', id: 'call:odd|id', name: 'f', input: {} }] },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'call:odd|id', content: [{ type: 'text', text: 'r' }] },
          ],
        },
      ],
    });
    expect(call.messages[1]).toMatchObject({
      content: [{ callId: 'call:odd|id', content: [{ text: 'r' }] }],
    });
  });
});

describe('thinking', () => {
  it.each([
    { maker: 'anthropic', value: 'c2ln' },
    { maker: 'anthropic-redacted', value: 'cmVk' },
    { maker: 'openai', value: 'any text: at all' },
  ])('hazard 10: comes back from the client with the seal it had ($maker)', (seal) => {
    const thinking = seal.maker === 'anthropic-redacted' ? [] : [thought('Let me see.')];
    const events: Event[] = [
      { type: 'reasoning-start', choice },
      ...thinking,
      { type: 'part-end', choice, seal },
    ];
    const message = streamed([...events, textStart, text('So.'), partEnd]);
    expect(message).toEqual(whole([...events, textStart, text('So.'), partEnd]));
    const history = { role: 'assistant', content: message.content as unknown as JsonValue };
    const { call } = decode({ ...PLAIN, messages: [...PLAIN.messages, history] });
    expect(call.messages[1]?.content[0]).toMatchObject({ type: 'reasoning', seal });
  });
});

describe('tool calls', () => {
  it('hazard 11: in parallel keep their blocks and arguments apart', () => {
    const message = streamed([
      callStart('a'),
      args('{"n":'),
      args('1}'),
      partEnd,
      callStart('b'),
      args('{"n":2}'),
      partEnd,
    ]);
    expect(message.content).toMatchObject([
      { id: 'a', input: { n: 1 } },
      { id: 'b', input: { n: 2 } },
    ]);
  });

  it('hazard 12: without an id get one of their own', () => {
    const message = streamed([callStart(''), args('{}'), partEnd, callStart(''), args('{}'), partEnd]);
    expect(message.content).toMatchObject([{ id: 'toolu_new2' }, { id: 'toolu_new3' }]);
  });

  it.each([[[]], [['']], [[' ', '\n']], [['', '{}']]])(
    'hazard 13: without arguments are told with {}: %j',
    (pieces) => {
      const events = [callStart('a'), ...pieces.map(args), partEnd];
      expect(streamed(events).content).toMatchObject([{ input: {} }]);
      expect(whole(events)).toMatchObject({ content: [{ input: {} }] });
    },
  );

  it('hazard 14: never tell an id that would poison the history', () => {
    const message = streamed([
      callStart('f:0|x'),
      args('{}'),
      partEnd,
      callStart('f:0|x'),
      args('{}'),
      partEnd,
    ]);
    expect(message.content).toMatchObject([{ id: 'f_0_x' }, { id: 'f_0_x_2' }]);
  });
});
