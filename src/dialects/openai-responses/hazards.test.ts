// Faults that users of other gateways report, each with its number in the list of hazards. Streams are judged by the strict
// grammar of test/contract/read-openai-responses.ts.

import { describe, expect, it } from 'vitest';
import { readResponse, readResponseStream } from '../../../test/contract/read-openai-responses.ts';
import { ERROR_CODES, GatewayError } from '../../core/errors/index.ts';
import {
  ReplyFold,
  UNKNOWN_USAGE,
  type Event,
  type FinishReason,
  type JsonObject,
  type JsonValue,
  type Seal,
} from '../../core/neutral/index.ts';
import type { ReplyContext } from '../port.ts';
import { createOpenaiResponses } from './index.ts';

const dialect = createOpenaiResponses();

function decode(body: JsonObject) {
  const operation = dialect.decode({
    method: 'POST',
    route: '/v1/responses',
    rest: '',
    query: '',
    headers: {},
    body: Buffer.from(JSON.stringify({ model: 'gpt-asked', input: 'hi', ...body })),
  });
  if (operation.type !== 'generate') throw new Error('not a generate operation');
  return operation;
}

function contextOf(body: JsonObject = {}): ReplyContext {
  const { call, echo } = decode(body);
  let ids = 0;
  return {
    newId: () => {
      ids += 1;
      return `new${ids}`;
    },
    createdS: 1_700_000_000,
    call,
    streamUsage: true,
    inputTokensEstimate: 123,
    echo,
    nowS: () => 1_700_000_007,
  };
}

function write(events: readonly Event[], body?: JsonObject): string {
  let text = '';
  const stream = dialect.openStream(contextOf(body), { write: (piece) => void (text += piece) });
  stream.open();
  for (const event of events) stream.push(event);
  stream.end();
  return text;
}

type Read = {
  readonly status: string;
  readonly incomplete_details: JsonValue;
  readonly output: readonly JsonObject[];
  readonly usage: JsonValue;
};

function streamed(events: readonly Event[], body?: JsonObject): Read {
  const { reply, ending } = readResponseStream(write(events, body));
  expect(ending).toBe('finished');
  return reply as Read;
}

function whole(events: readonly Event[], body?: JsonObject): Read {
  const fold = new ReplyFold();
  for (const event of events) fold.push(event);
  const { body: text } = dialect.encode({ type: 'reply', reply: fold.reply(), context: contextOf(body) });
  return readResponse(text) as Read;
}

const text = (...pieces: string[]): Event[] => [
  { type: 'text-start', choice: 0 },
  ...pieces.map((piece): Event => ({ type: 'text-delta', choice: 0, text: piece })),
  { type: 'part-end', choice: 0, seal: undefined },
];
const thought = (piece: string, seal?: Seal): Event[] => [
  { type: 'reasoning-start', choice: 0 },
  { type: 'reasoning-delta', choice: 0, text: piece },
  { type: 'part-end', choice: 0, seal },
];
const call = (id: string, name: string, pieces: readonly string[], seal?: Seal): Event[] => [
  { type: 'tool-call-start', choice: 0, id, name },
  ...pieces.map((piece): Event => ({ type: 'tool-call-delta', choice: 0, arguments: piece })),
  { type: 'part-end', choice: 0, seal },
];
const finish = (reason: FinishReason): Event => ({
  type: 'finish',
  choice: 0,
  reason,
  raw: undefined,
  stopSequence: undefined,
});

const AGENT_TOOLS: JsonObject = {
  tools: [
    { type: 'function', name: 'run' },
    { type: 'custom', name: 'patch' },
    { type: 'namespace', name: 'agents', tools: [{ type: 'function', name: 'wait' }] },
    { type: 'tool_search', execution: 'client' },
  ],
};

describe('errors and silence', () => {
  it('tells how long to wait, in headers and, where it is too late for those, in words that agents read', () => {
    const error = new GatewayError('upstream_rate_limited', 'Too many requests.', { retryAfterMs: 6_400 });
    const answer = dialect.encodeError(error, 'request-1');
    expect(answer.status).toBe(429);
    expect(answer.headers).toMatchObject({ 'retry-after': '7', 'retry-after-ms': '6400' });
    let written = '';
    const stream = dialect.openStream(contextOf(), { write: (piece) => void (written += String(piece)) });
    stream.open();
    stream.fail(error);
    expect(readResponseStream(written)).toMatchObject({
      message: 'Too many requests. Please try again in 7s.',
      reply: {
        error: { code: 'rate_limit_exceeded', message: 'Too many requests. Please try again in 7s.' },
      },
    });
    const none = dialect.encodeError(new GatewayError('upstream_error', 'It broke.'), 'request-1');
    expect(none.headers).not.toHaveProperty('retry-after');
  });

  it('hazard 5: a silent stream is opened and kept alive by events, since Codex counts no comments', () => {
    let written = '';
    const stream = dialect.openStream(contextOf(), { write: (piece) => void (written += String(piece)) });
    stream.keepAlive();
    expect(written).toMatch(/^event: response\.created\n/);
    expect(written.match(/^event: .*$/gmu)).toEqual([
      'event: response.created',
      'event: response.in_progress',
    ]);
    stream.keepAlive();
    expect(written.match(/^event: response\.in_progress$/gmu)).toHaveLength(2);
    for (const event of text('late')) stream.push(event);
    stream.keepAlive();
    stream.end();
    const before = written;
    stream.keepAlive();
    expect(written).toBe(before);
    // The reader holds every event to its number.
    expect(readResponseStream(written)).toMatchObject({
      ending: 'finished',
      reply: { output: [{ content: [{ text: 'late' }] }] },
    });
    expect(written.match(/^event: response\.in_progress$/gmu)).toHaveLength(3);
    expect(written).not.toMatch(/^:/mu);
  });

  it('tells a stored response that is not there as the official server does, whether asked for or gone on from', () => {
    const tell = (param: string) => {
      const error = new GatewayError('response_not_found', 'Not found.', { param });
      const { status, body } = dialect.encodeError(error, 'request-1');
      return { status, error: (JSON.parse(body) as { error: JsonObject }).error };
    };
    const described = { message: 'Not found.', type: 'invalid_request_error' };
    expect(tell('response_id')).toEqual({
      status: 404,
      error: { ...described, param: 'response_id', code: null },
    });
    expect(tell('previous_response_id')).toEqual({
      status: 400,
      error: { ...described, param: 'previous_response_id', code: 'previous_response_not_found' },
    });
  });

  it('does not tell an id that is no text as one that is not there', () => {
    expect(() => decode({ previous_response_id: 5 })).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'previous_response_id' }),
    );
    const error = new GatewayError('invalid_request', 'Wrong.', { param: 'previous_response_id' });
    expect(dialect.encodeError(error, 'request-1').body).toContain('"code":null');
  });
});

describe('calls that came with one id', () => {
  it('hazard 14: get an id each, by which their outputs and seals come back', () => {
    const seal = { maker: 'gemini', value: 'sig' };
    const events = [
      ...call('c', 'run', ['{"a":1}']),
      ...call('c', 'run', ['{"b":2}'], seal),
      finish('tool-calls'),
    ];
    const { output } = streamed(events);
    expect(whole(events).output.map((item) => item['call_id'])).toEqual(['c', 'c_2', undefined]);
    const answers = ['c_2', 'c'].map((id) => ({
      type: 'function_call_output',
      call_id: id,
      output: `of ${id}`,
    }));
    const [turn, results] = decode({ input: [...output, ...answers] }).call.messages;
    expect(turn?.content).toMatchObject([
      { id: 'c', arguments: '{"a":1}', seal: undefined },
      { id: 'c_2', arguments: '{"b":2}', seal },
    ]);
    expect(results?.content).toMatchObject([
      { callId: 'c', content: [{ text: 'of c' }] },
      { callId: 'c_2', content: [{ text: 'of c_2' }] },
    ]);
  });
});

describe('hazards of Responses', () => {
  it('hazard 3: streams and whole answers agree', () => {
    const events = [
      ...thought('Hm.'),
      ...text('Go', 'ing.'),
      ...call('c1', 'run', ['{}']),
      finish('tool-calls'),
    ];
    expect(streamed(events)).toEqual(whole(events));
  });

  it.each([
    ['length', 'max_output_tokens'],
    ['content-filter', 'content_filter'],
    ['refusal', 'content_filter'],
  ] as const)(
    'hazard 3: an answer cut by %s is incomplete, and so is the item it was cut in',
    (reason, told) => {
      const events = [...text('whole'), ...call('c1', 'run', ['{"half":']), finish(reason)];
      const { status, incomplete_details: details, output } = streamed(events);
      expect([status, details]).toEqual(['incomplete', { reason: told }]);
      // A client that took it for whole would run half a call.
      expect(output.map((item) => item['status'])).toEqual(['completed', 'incomplete']);
      expect(whole(events).output).toEqual(output);
    },
  );

  it('hazard 9: an overlong context is told in the word that agents act on, before and in a stream', () => {
    const error = new GatewayError('context_length_exceeded', 'prompt is too long: 9 tokens > 8 maximum');
    const answer = dialect.encodeError(error, 'request-1');
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'context_length_exceeded' } });
    let written = '';
    const stream = dialect.openStream(contextOf(), { write: (piece) => void (written += piece) });
    stream.open();
    stream.fail(error);
    expect(readResponseStream(written).reply).toMatchObject({
      status: 'failed',
      error: { code: 'context_length_exceeded', message: error.message },
    });
  });

  it.each(ERROR_CODES)('hazard 9: %s in a stream says whether trying again would help', (code) => {
    let written = '';
    const stream = dialect.openStream(contextOf(), { write: (piece) => void (written += piece) });
    stream.open();
    const error = new GatewayError(code, 'It broke.');
    stream.fail(error);
    const told = (readResponseStream(written).reply as { error: { code: string } }).error.code;
    const isFinal = told === 'invalid_prompt' || told === 'context_length_exceeded';
    expect(isFinal).toBe(error.fault === 'client');
  });

  it('hazard 10, 19: seals come back to their maker as they were, and are marked for others', () => {
    const own = { maker: 'openai', value: 'gAAAA:x' };
    const other = { maker: 'anthropic', value: 'EqQB:' };
    const { output } = streamed([...thought('a', own), ...thought('b', other), ...text('c'), finish('stop')]);
    expect(output.map((item) => item['encrypted_content'])).toEqual([
      'gAAAA:x',
      'sealed:anthropic:EqQB:',
      undefined,
    ]);
    const items = output.slice(0, 2);
    const [turn] = decode({ input: [...items, { role: 'user', content: 'on' }] }).call.messages;
    expect(turn?.content).toMatchObject([
      { text: 'a', seal: own },
      { text: 'b', seal: other },
    ]);
  });

  it('hazard 19: a seal without a word, and one on a call, come back too', () => {
    const bare = { maker: 'anthropic-redacted', value: 'data' };
    const onCall = { maker: 'gemini', value: 'sig' };
    const events: Event[] = [
      { type: 'reasoning-start', choice: 0 },
      { type: 'part-end', choice: 0, seal: bare },
      ...call('c:1', 'run', ['{}'], onCall),
      finish('tool-calls'),
    ];
    const { output } = streamed(events);
    expect(whole(events).output).toEqual(output);
    const answered = { type: 'function_call_output', call_id: 'c:1', output: 'x' };
    const [turn] = decode({ input: [...output, answered] }).call.messages;
    expect(turn?.content).toEqual([
      { type: 'reasoning', text: '', seal: bare },
      { type: 'tool-call', id: 'c:1', name: 'run', arguments: '{}', seal: onCall },
    ]);
  });

  it('hazard 11: parallel calls are items of their own, in their order', () => {
    const events = [
      ...call('c1', 'run', ['{"a"', ':1}']),
      ...call('c2', 'run', ['{"b":2}']),
      finish('tool-calls'),
    ];
    const calls = streamed(events).output.map((item) => [item['call_id'], item['arguments']]);
    expect(calls).toEqual([
      ['c1', '{"a":1}'],
      ['c2', '{"b":2}'],
    ]);
  });

  it.each([[[]], [['']], [[' ', '\n']]])(
    'hazard 13: a call without arguments has an empty object: %j',
    (pieces) => {
      const events = [...call('c1', 'run', pieces), finish('tool-calls')];
      expect(streamed(events).output).toMatchObject([{ arguments: '{}' }]);
      expect(whole(events).output).toMatchObject([{ arguments: '{}' }]);
    },
  );

  it('hazard 12: a call without an id gets one, so that it can be answered', () => {
    const [item] = streamed([...call('', 'run', ['{}']), finish('tool-calls')]).output;
    expect(item?.['call_id']).toMatch(/^call_./);
  });

  it('hazard 16: every stream that ends well ends with its response, then with [DONE]', () => {
    for (const events of [[], [finish('stop')], text('half'), call('c1', 'run', ['{"a"'])]) {
      const written = write(events);
      expect(written).toMatch(/event: response\.completed\n[^\n]*\n\ndata: \[DONE\]\n\n$/);
      expect(readResponseStream(written).ending).toBe('finished');
    }
  });

  it('hazard 17: no delta comes before its item, whatever the order of events', () => {
    const events: Event[] = [
      { type: 'text-delta', choice: 0, text: 'early' },
      { type: 'tool-call-delta', choice: 0, arguments: '{"lost":1}' },
      { type: 'reasoning-delta', choice: 0, text: 'late' },
      finish('stop'),
    ];
    expect(streamed(events).output.map((item) => item['type'])).toEqual(['message', 'reasoning']);
  });

  it("hazard 18: an agent's own kinds of tools come back as that agent knows them", () => {
    const events = [
      ...call('c1', 'patch', ['{"inp', 'ut":"*** \\"x\\"\\n"}']),
      ...call('c2', 'agents__wait', ['{"t":1}']),
      ...call('c3', 'tool_search', ['{"query":"q"}']),
      ...call('c4', 'run', ['{}']),
      finish('tool-calls'),
    ];
    const { output } = streamed(events, AGENT_TOOLS);
    expect(output).toMatchObject([
      { type: 'custom_tool_call', call_id: 'c1', name: 'patch', input: '*** "x"\n' },
      { type: 'function_call', call_id: 'c2', name: 'wait', namespace: 'agents', arguments: '{"t":1}' },
      { type: 'tool_search_call', call_id: 'c3', execution: 'client', arguments: { query: 'q' } },
      { type: 'function_call', call_id: 'c4', name: 'run' },
    ]);
    expect(output[3]).not.toHaveProperty('namespace');
    expect(whole(events, AGENT_TOOLS).output).toEqual(output);
  });

  it('hazard 18: their calls in a history are calls of the functions they became', () => {
    const { messages } = decode({
      ...AGENT_TOOLS,
      input: [
        { type: 'custom_tool_call', call_id: 'c1', name: 'patch', input: '*** "x"' },
        { type: 'custom_tool_call_output', call_id: 'c1', output: 'ok' },
        { type: 'function_call', call_id: 'c2', name: 'wait', namespace: 'agents', arguments: '' },
        { type: 'function_call_output', call_id: 'c2', output: 'ok' },
      ],
    }).call;
    const calls = messages.flatMap((message) => (message.role === 'assistant' ? message.content : []));
    expect(calls).toMatchObject([
      { name: 'patch', arguments: '{"input":"*** \\"x\\""}' },
      { name: 'agents__wait', arguments: '{}' },
    ]);
  });

  it.each(['*** Begin', '"*** Begin"', '{"other":1}'])(
    'hazard 18: a model that wrote no input for a custom tool is taken at its word: %s',
    (written) => {
      const { output } = streamed([...call('c1', 'patch', [written]), finish('tool-calls')], AGENT_TOOLS);
      expect(output).toMatchObject([{ input: written.replaceAll('"*** Begin"', '*** Begin') }]);
    },
  );

  it('hazard 22: reasoning is an item of its own, never text', () => {
    const { output } = streamed([...thought('secret'), ...text('said'), finish('stop')]);
    expect(output.map((item) => item['type'])).toEqual(['reasoning', 'message']);
    expect(JSON.stringify(output[1])).not.toContain('secret');
  });

  it('hazard 23: tokens read from a cache and spent on reasoning are told, streamed and whole', () => {
    const usage = {
      ...UNKNOWN_USAGE,
      inputTokens: 1000,
      outputTokens: 50,
      cacheReadTokens: 600,
      reasoningTokens: 20,
    };
    const events: Event[] = [...text('x'), finish('stop'), { type: 'usage', usage }];
    const told = {
      input_tokens: 1000,
      input_tokens_details: { cached_tokens: 600 },
      output_tokens: 50,
      output_tokens_details: { reasoning_tokens: 20 },
      total_tokens: 1050,
    };
    expect(streamed(events).usage).toEqual(told);
    expect(whole(events).usage).toEqual(told);
  });

  it.each<JsonObject>([
    // The two ways in which n8n asks: its node for this vendor, and its agents.
    {
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'hello' }] }],
      parallel_tool_calls: true,
      store: true,
      background: false,
    },
    {
      stream: false,
      text: {},
      input: [
        { type: 'message', role: 'system', content: 'You help.' },
        { type: 'message', role: 'user', content: 'hello' },
        { type: 'function_call', name: 'sum', arguments: '{"id":"call_1"}', call_id: 'call_1' },
        { type: 'function_call_output', call_id: 'call_1', output: '[{"response":"4"}]' },
      ],
      tools: [{ type: 'function', name: 'sum', parameters: { type: 'object' } }],
    },
  ])('hazard 20: a workflow tool that speaks this format by default is understood: %#', (body) => {
    const { messages, labels, stream } = decode(body).call;
    expect(JSON.stringify(messages)).toContain('hello');
    expect([labels, stream]).toEqual([{}, false]);
    expect(whole([...text('hi'), finish('stop')], body).status).toBe('completed');
  });

  it('hazard 21: an answer repeats its settings, and has a word for each it was not given', () => {
    const asked = { temperature: 0.2, instructions: 'Be brief.', metadata: { a: 'b' }, ...AGENT_TOOLS };
    expect(streamed([...text('x'), finish('stop')], asked)).toMatchObject({
      ...asked,
      top_p: 1,
      tool_choice: 'auto',
      store: true,
      truncation: 'disabled',
      text: { format: { type: 'text' } },
    });
  });
});
