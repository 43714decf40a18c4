// `/model/{alias}/invoke-with-response-stream`: the AWS event stream of section 3.7, its events, and its failures.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { FreeJson } from '../test-client.ts';
import { anthropicTool, binaryFramesOf, eventsOf, now, TestOrg, weather } from '../test-client.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await TestOrg.open();
});
afterAll(() => org.close());
afterEach(() => org.reset());

const tools = [weather, now].map(anthropicTool);
const enabled = { thinking: { type: 'enabled', budget_tokens: 1024 } };
const typesOf = (events: FreeJson[]): string[] => events.map((event) => event.type);
const events = async (content: unknown, rest = {}): Promise<FreeJson[]> =>
  eventsOf((await org.invokeStream(content, rest)).bytes);
const next = (fault: unknown) => org.say({ match: {}, reply: { text: 'abcdef', chunks: 6 }, fault });

/** Puts a stream together again, as a client does. */
function folded(told: FreeJson[]): FreeJson {
  const message: FreeJson = structuredClone(told[0].message);
  const inputs = new Map<number, string>();
  for (const event of told) {
    const block: FreeJson = message.content[event.index];
    if (event.type === 'content_block_start') message.content[event.index] = { ...event.content_block };
    if (event.type === 'content_block_delta') {
      const { type, ...fields } = event.delta;
      if (type === 'input_json_delta') {
        inputs.set(event.index, (inputs.get(event.index) ?? '') + fields.partial_json);
      } else for (const [key, value] of Object.entries(fields)) block[key] = (block[key] ?? '') + value;
    }
    if (event.type === 'message_delta') {
      Object.assign(message, event.delta);
      Object.assign(message.usage, event.usage);
    }
  }
  for (const [index, text] of inputs) message.content[index].input = JSON.parse(text === '' ? '{}' : text);
  return message;
}

describe('the frames', () => {
  it('carry one event each, in base64, under three headers, with padding (3.7, O)', async () => {
    const reply = await org.invokeStream('hello');
    expect(reply.headers['content-type']).toBe('application/vnd.amazon.eventstream');
    for (const frame of binaryFramesOf(reply.bytes)) {
      expect(Object.entries(frame.headers)).toEqual([
        [':event-type', 'chunk'],
        [':content-type', 'application/json'],
        [':message-type', 'event'],
      ]);
      expect(frame.payload).toEqual({
        bytes: expect.any(String),
        p: expect.stringMatching(/^[a-zA-Z0-9]+$/u),
      });
    }
  });

  it('are those of the test vector byte by byte (3.7)', async () => {
    await org.set({ framePadding: 'absent', invokePings: 'after-start' });
    const vector = [
      '0000007b0000004b0a2e96af0b3a6576656e742d747970650700056368756e6b0d3a636f6e74656e742d747970650700',
      '106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b226279746573223a',
      '2265794a306558426c496a6f6963476c755a794a39227da01f56c4',
    ].join('');
    expect((await org.invokeStream('x')).bytes.toString('hex')).toContain(vector);
  });

  it('come in pieces of any size, cut anywhere (3.7)', async () => {
    await org.set({ wireChunkBytes: 5 });
    expect(typesOf(await events('x')).at(-1)).toBe('message_stop');
  });
});

describe('the events', () => {
  it('are the normal sequence, with usage at the start and metrics at the end (3.7, O H)', async () => {
    const told = await events('hello');
    expect(typesOf(told)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(told[0].message).toMatchObject({
      id: expect.stringMatching(/^msg_bdrk_/u),
      content: [],
      stop_reason: null,
      usage: { input_tokens: 5, output_tokens: 1 },
    });
    expect(told[1]).toEqual({
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'text', text: '' },
    });
    expect(told.at(-2)).toEqual({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 9 },
    });
    expect(told.at(-1)['amazon-bedrock-invocationMetrics']).toMatchObject({
      inputTokenCount: 5,
      outputTokenCount: 9,
    });
  });

  it('hold tool inputs in fragments, after an empty first one (3.7, O H)', async () => {
    const told = await events('call all tools', { tools });
    const deltas = told.filter((event) => event.type === 'content_block_delta');
    const fragments = deltas.filter((event) => event.index === 0).map((event) => event.delta.partial_json);
    expect(fragments[0]).toBe('');
    expect(fragments.length).toBeGreaterThan(2);
    expect(JSON.parse(fragments.join(''))).toEqual({ city: 'sample', days: 2 });
    expect(deltas.filter((event) => event.index === 1).map((event) => event.delta.partial_json)).toEqual([
      '',
    ]);
  });

  it('hold thinking with its signature last, redacted thinking whole (3.7, O M)', async () => {
    await org.say({
      match: {},
      reply: { reasoning: 'because', redactedReasoning: 'x', text: 'a', chunks: 2 },
    });
    const told = (await events('x', enabled)).slice(1, 8);
    expect(told.map((event) => event.delta?.type ?? event.content_block?.type ?? event.type)).toEqual([
      'thinking',
      'thinking_delta',
      'thinking_delta',
      'signature_delta',
      'content_block_stop',
      'redacted_thinking',
      'content_block_stop',
    ]);
  });

  it.each([
    ['text', 'Grüße 🙂', {}],
    ['tools', 'call all tools', { tools }],
    ['thinking', 'x', enabled],
    ['hidden thinking', 'x', { thinking: { type: 'adaptive', display: 'omitted' } }],
    ['a limit', 'x', { max_tokens: 2 }],
    ['a stop sequence', 'a STOP b', { stop_sequences: ['STOP'] }],
  ])('fold to the whole reply: %s (3.7, O H)', async (_name, content, rest) => {
    const clean = (message: FreeJson): FreeJson =>
      JSON.parse(JSON.stringify(message).replaceAll(/_bdrk_[\da-f]+/gu, '_bdrk_'));
    const whole = (await org.invoke(content, rest)).json;
    expect(clean(folded(await events(content, rest)))).toEqual(clean(whole));
  });
});

describe('failures', () => {
  const texts = (told: FreeJson[]): string[] =>
    told.flatMap((event) => (event?.delta?.type === 'text_delta' ? [event.delta.text] : []));

  it('come as an exception frame after the content so far (3.7, O M)', async () => {
    await next({ type: 'error-event', afterChunks: 2 });
    const frames = binaryFramesOf((await org.invokeStream('x')).bytes);
    expect(texts(frames.map((frame) => frame.event))).toEqual(['a', 'b']);
    expect(frames.at(-1)).toEqual({
      headers: {
        ':exception-type': 'modelStreamErrorException',
        ':content-type': 'application/json',
        ':message-type': 'exception',
      },
      payload: { message: 'The model provider failed' },
      event: undefined,
    });
  });

  it('come as an error frame where the org has it so (3.7, O M)', async () => {
    await org.set({ failureFrame: 'error', exceptionType: 'throttlingException' });
    await next({ type: 'error-event' });
    const frames = binaryFramesOf((await org.invokeStream('x')).bytes);
    expect(frames.map((frame) => frame.headers)).toEqual([
      {
        ':error-code': 'throttlingException',
        ':error-message': expect.stringMatching(/^Too many requests/u),
        ':message-type': 'error',
      },
    ]);
  });

  it('are plain errors where nothing streams (3.10, O H)', async () => {
    await next({ type: 'error-event' });
    expect((await org.invoke('x')).status).toBe(500);
  });

  it('can be 200 with a JSON error body instead of a stream (3.7, O M)', async () => {
    await next({ type: 'ok-json-error' });
    const reply = await org.invokeStream('x');
    expect([reply.status, reply.headers['content-type']]).toEqual([200, 'application/json']);
    expect(reply.json.errorCode).toBe('INTERNAL_ERROR');
  });

  it('can be a stream without bytes or without content (3.7, O M)', async () => {
    await next({ type: 'empty-stream' });
    const reply = await org.invokeStream('x');
    expect([reply.headers['content-type'], reply.bytes.length]).toEqual([
      'application/vnd.amazon.eventstream',
      0,
    ]);
    await org.set({ emptyStream: 'no-content' });
    await next({ type: 'empty-stream' });
    expect(typesOf(await events('x', enabled))).toEqual(['message_start', 'message_delta', 'message_stop']);
  });

  it('can be a stream that ends without its ending (3.7, O M)', async () => {
    await next({ type: 'truncate' });
    const told = await events('x');
    expect(texts(told).join('')).toBe('abcdef');
    expect(typesOf(told).at(-1)).toBe('content_block_delta');
  });

  it('can be a frame with a wrong checksum (3.7)', async () => {
    await next({ type: 'garbage', afterChunks: 1 });
    const { bytes } = await org.invokeStream('x');
    expect(() => binaryFramesOf(bytes)).toThrow(/checksum/u);
    await next({ type: 'garbage' });
    const whole = await org.invoke('x');
    expect(() => whole.json).toThrow();
  });

  it('can be a broken connection and a pause', async () => {
    await next({ type: 'reset', afterChunks: 2 });
    await expect(org.invokeStream('x')).rejects.toThrow();
    await next({ type: 'stall', ms: 1, afterChunks: 2 });
    expect(texts(await events('x')).join('')).toBe('abcdef');
  });
});
