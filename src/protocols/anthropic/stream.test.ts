// Streams of the format, read and written: however a message is cut into deltas, it folds to the same reply, and what was
// written is read back as it was told.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  eventsOf,
  ReplyFold,
  UNKNOWN_USAGE,
  type Event,
  type JsonObject,
  type JsonValue,
  type Reply,
  type ReplyPart,
} from '../../core/neutral/index.ts';
import { decodeErrorBody, decodeMessage, MessageStreamDecoder, MessageStreamEncoder } from './index.ts';
import { encodeUsage } from './usage.ts';

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const signature = fc.stringMatching(/^[A-Za-z0-9+/]{4,20}={0,2}$/);
const input = fc
  .dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);
const toolId = fc.stringMatching(/^toolu_[A-Za-z0-9]{4,12}$/);

const block: fc.Arbitrary<JsonObject> = fc.oneof(
  text.map((value) => ({ type: 'text', text: value })),
  fc.tuple(text, signature).map(([thinking, sign]) => ({ type: 'thinking', thinking, signature: sign })),
  signature.map((data) => ({ type: 'redacted_thinking', data })),
  fc.tuple(toolId, input).map(([id, value]) => ({ type: 'tool_use', id, name: 'f', input: value })),
  fc.constant({ type: 'server_tool_use', id: 'srv', name: 'web_search', input: {} }),
);

type WholeMessage = JsonObject & { readonly content: readonly JsonObject[]; readonly usage: JsonObject };

const message: fc.Arbitrary<WholeMessage> = fc.record({
  id: fc.constant('msg_1'),
  type: fc.constant('message'),
  role: fc.constant('assistant'),
  model: fc.constant('claude-served'),
  content: fc.array(block, { maxLength: 5 }),
  stop_reason: fc.constantFrom('end_turn', 'tool_use', 'max_tokens', 'stop_sequence', 'refusal', 'a_new_one'),
  stop_sequence: fc.constantFrom(null, 'END'),
  usage: fc.record({
    input_tokens: fc.nat(1000),
    cache_creation_input_tokens: fc.nat(1000),
    cache_read_input_tokens: fc.nat(1000),
    output_tokens: fc.nat(1000),
  }),
});

function wordOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The value in pieces, cut where `cuts` says. */
function pieces(value: string, cuts: readonly number[]): string[] {
  const places = [0, ...cuts.map((cut) => cut % (value.length + 1)), value.length].sort((a, b) => a - b);
  return places.slice(1).map((place, index) => value.slice(places[index], place));
}

function deltasOf(content: JsonObject, cuts: readonly number[]): JsonObject[] {
  switch (wordOf(content['type'])) {
    case 'text':
      return pieces(wordOf(content['text']), cuts).map((piece) => ({ type: 'text_delta', text: piece }));
    case 'thinking':
      return [
        ...pieces(wordOf(content['thinking']), cuts).map((piece) => ({
          type: 'thinking_delta',
          thinking: piece,
        })),
        ...pieces(wordOf(content['signature']), cuts).map((piece) => ({
          type: 'signature_delta',
          signature: piece,
        })),
      ];
    case 'tool_use':
      return pieces(JSON.stringify(content['input']), cuts).map((piece) => ({
        type: 'input_json_delta',
        partial_json: piece,
      }));
    default:
      return [];
  }
}

const EMPTY: Readonly<Record<string, JsonObject>> = {
  text: { text: '' },
  thinking: { thinking: '', signature: '' },
  tool_use: { input: {} },
};

function blockFrames(item: JsonObject, index: number, cuts: readonly number[]): JsonValue[] {
  const start: JsonObject = Object.assign({}, item, EMPTY[wordOf(item['type'])]);
  const frames: JsonValue[] = [{ type: 'content_block_start', index, content_block: start }];
  for (const delta of deltasOf(item, cuts)) frames.push({ type: 'content_block_delta', index, delta });
  frames.push({ type: 'content_block_stop', index });
  return frames;
}

/** The stream by which a message of the format arrives. */
function framesOf(whole: WholeMessage, cuts: readonly number[]): JsonValue[] {
  const { content, usage, stop_reason: reason, stop_sequence: sequence, ...head } = whole;
  const { output_tokens: output, ...inputs } = usage;
  return [
    { type: 'message_start', message: { ...head, content: [], usage: { ...inputs, output_tokens: 1 } } },
    { type: 'ping' },
    ...content.flatMap((item, index) => blockFrames(item, index, cuts)),
    { type: 'an_event_of_tomorrow', index: 7 },
    {
      type: 'message_delta',
      delta: { stop_reason: reason ?? null, stop_sequence: sequence ?? null },
      usage: { output_tokens: output ?? 0 },
    },
    { type: 'message_stop' },
  ];
}

function decodeAll(frames: readonly JsonValue[]): { events: Event[]; decoder: MessageStreamDecoder } {
  const decoder = new MessageStreamDecoder();
  const events: Event[] = [];
  for (const frame of frames) decoder.push(frame, (event) => events.push(event));
  return { events, decoder };
}

function fold(events: readonly Event[]): Reply {
  const folded = new ReplyFold();
  for (const event of events) folded.push(event);
  return folded.reply();
}

describe('a stream that is read', () => {
  it('folds to the reply of the whole message, wherever its deltas are cut', () => {
    fc.assert(
      fc.property(message, fc.array(fc.nat(), { maxLength: 4 }), (whole, cuts) => {
        const { events, decoder } = decodeAll(framesOf(whole, cuts));
        expect(fold(events)).toEqual(decodeMessage(whole));
        expect(decoder.isFinished).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('opens at most one part at a time', () => {
    fc.assert(
      fc.property(message, (whole) => {
        let open = 0;
        for (const event of decodeAll(framesOf(whole, [])).events) {
          if (event.type.endsWith('-start') && event.type !== 'reply-start') open += 1;
          else if (event.type === 'part-end') open -= 1;
          expect(open === 0 || open === 1).toBe(true);
        }
        expect(open).toBe(0);
      }),
    );
  });

  it('tells arguments that came whole with the start of their block', () => {
    const { events } = decodeAll([
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
      },
      { type: 'content_block_stop', index: 0 },
    ]);
    expect(fold(events).choices[0]?.parts).toMatchObject([{ name: 'f', arguments: '{"x":1}' }]);
  });

  it('gives the error that arrives inside it', () => {
    const decoder = new MessageStreamDecoder();
    const frame = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    expect(decoder.push(frame, () => undefined)).toEqual({ type: 'overloaded_error', message: 'Overloaded' });
    expect(decodeErrorBody({ message: 'no error of this format' })).toBeUndefined();
  });

  it.each<[string, JsonValue]>([
    [
      'a delta of no block',
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'x' } },
    ],
    ['what is no object', 'data'],
  ])('is broken by %s', (_name, frame) => {
    expect(() => decodeAll([frame])).toThrow(expect.objectContaining({ code: 'upstream_protocol' }));
  });

  it('whole or in parts, is no reply when it is no message', () => {
    expect(() => decodeMessage({ ok: true })).toThrow(expect.objectContaining({ code: 'upstream_protocol' }));
  });
});

const part: fc.Arbitrary<ReplyPart> = fc.oneof(
  text.map((value) => ({ type: 'text', text: value }) as const),
  fc
    .tuple(text, signature)
    .map(
      ([value, sign]) =>
        ({ type: 'reasoning', text: value, seal: { maker: 'anthropic', value: sign } }) as const,
    ),
  fc
    .tuple(text, text)
    .map(
      ([value, sign]) =>
        ({ type: 'reasoning', text: value, seal: { maker: 'openai', value: sign } }) as const,
    ),
  signature.map(
    (data) => ({ type: 'reasoning', text: '', seal: { maker: 'anthropic-redacted', value: data } }) as const,
  ),
  fc.tuple(fc.nat(0xffffff), input).map(
    ([id, value]) =>
      ({
        type: 'tool-call',
        id: `t${id}`,
        name: 'f',
        arguments: JSON.stringify(value),
        seal: undefined,
      }) as const,
  ),
);

describe('a stream that is written', () => {
  it('is read back as the reply it told, seals of every maker included', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(part, { minLength: 1, maxLength: 5, selector: (one) => ('id' in one ? one.id : {}) }),
        fc.nat(1000),
        (parts, count) => {
          const usage = {
            ...UNKNOWN_USAGE,
            inputTokens: count + 7,
            outputTokens: count,
            cacheReadTokens: 3,
            cacheWriteTokens: 4,
          };
          const hasCalls = parts.some((one) => one.type === 'tool-call');
          const finish = hasCalls ? 'tool-calls' : 'stop';
          const choice = {
            parts,
            finish,
            finishRaw: undefined,
            stopSequence: undefined,
            safety: undefined,
          } as const;
          const reply: Reply = { choices: [choice], usage, servedModel: undefined, upstreamId: undefined };
          const frames: JsonValue[] = [];
          const encoder = new MessageStreamEncoder(
            { id: 'msg_1', model: 'asked', newId: () => 'new', estimateInput: () => 0 },
            (_name, data) => frames.push(JSON.parse(data) as JsonValue),
          );
          for (const event of eventsOf(reply)) encoder.push(event);
          encoder.finish({});
          const read = fold(decodeAll(frames).events);
          expect(read.choices[0]).toMatchObject({ parts, finish });
          expect(read.usage).toEqual(usage);
        },
      ),
    );
  });
});

describe('usage', () => {
  it('counts the cache inside the neutral input and outside the format’s', () => {
    const usage = {
      ...UNKNOWN_USAGE,
      inputTokens: 100,
      outputTokens: 5,
      cacheReadTokens: 60,
      cacheWriteTokens: 30,
    };
    expect(encodeUsage(usage, () => 0)).toEqual({
      input_tokens: 10,
      cache_read_input_tokens: 60,
      cache_creation_input_tokens: 30,
      output_tokens: 5,
    });
  });
});
