// Streams as events: any order the format allows folds to the reply of the whole response, with at most one part open.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ReplyFold, type Event, type JsonObject } from '../../core/neutral/index.ts';
import { decodeResponse, ResponsesStreamDecoder, type StreamStep } from './index.ts';

type Frame = { readonly type: string } & JsonObject;

const newId = (): string => 'new';

function decode(frames: readonly Frame[]): {
  readonly events: Event[];
  readonly last: StreamStep | undefined;
} {
  const events: Event[] = [];
  const decoder = new ResponsesStreamDecoder(newId, (event) => void events.push(event));
  let last: StreamStep | undefined;
  for (const frame of frames) last = decoder.push(frame.type, JSON.stringify(frame));
  return { events, last };
}

const completed = (output: readonly JsonObject[]): Frame => ({
  type: 'response.completed',
  response: { status: 'completed', output },
});
const added = (index: number, item: JsonObject): Frame => ({
  type: 'response.output_item.added',
  output_index: index,
  item,
});
const textDelta = (index: number, delta: string): Frame => ({
  type: 'response.output_text.delta',
  output_index: index,
  content_index: 0,
  delta,
});

type Streamed = { readonly item: JsonObject; readonly frames: (index: number) => readonly Frame[] };

const pieces = fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 4 });

const message: fc.Arbitrary<Streamed> = fc
  .tuple(fc.array(fc.tuple(fc.boolean(), pieces), { minLength: 1, maxLength: 3 }), fc.boolean(), fc.boolean())
  .map(([parts, partsEnd, itemEnds]): Streamed => {
    const content = parts.map(([refusal, texts]) =>
      refusal ? { type: 'refusal', refusal: texts.join('') } : { type: 'output_text', text: texts.join('') },
    );
    const item = { type: 'message', content };
    return {
      item,
      frames: (index) => [
        added(index, { type: 'message', content: [] }),
        ...parts.flatMap(([refusal, texts], place): Frame[] => {
          const at = { output_index: index, content_index: place };
          const kind = refusal ? 'response.refusal' : 'response.output_text';
          return [
            ...texts.map((delta): Frame => ({ type: `${kind}.delta`, ...at, delta })),
            ...(partsEnd || !itemEnds
              ? [{ type: 'response.content_part.done', ...at, part: content[place] ?? {} }]
              : []),
          ];
        }),
        ...(itemEnds ? [{ type: 'response.output_item.done', output_index: index, item }] : []),
      ],
    };
  });

const call: fc.Arbitrary<Streamed> = fc
  .tuple(pieces, fc.constantFrom('f', 'g'), fc.nat(9_999), fc.boolean())
  .map(([texts, name, number, telling]): Streamed => {
    const item = { type: 'function_call', call_id: `c${number}`, name, arguments: texts.join('') };
    return {
      item,
      frames: (index) => [
        added(index, { ...item, arguments: '' }),
        // A server may tell the arguments only at their end.
        ...(telling ? texts : []).map((delta): Frame => ({
          type: 'response.function_call_arguments.delta',
          output_index: index,
          delta,
        })),
        { type: 'response.function_call_arguments.done', output_index: index, arguments: item.arguments },
        { type: 'response.output_item.done', output_index: index, item },
      ],
    };
  });

const reasoning: fc.Arbitrary<Streamed> = fc
  .tuple(fc.array(pieces, { maxLength: 3 }), fc.boolean())
  .map(([summaries, isSealed]): Streamed => {
    const item = {
      type: 'reasoning',
      summary: summaries.map((texts) => ({ type: 'summary_text', text: texts.join('') })),
      ...(isSealed && { encrypted_content: 'enc' }),
    };
    return {
      item,
      frames: (index) => [
        added(index, { type: 'reasoning', summary: [], encrypted_content: 'not yet whole' }),
        ...summaries.flatMap((texts, place) =>
          texts.map((delta): Frame => ({
            type: 'response.reasoning_summary_text.delta',
            output_index: index,
            summary_index: place,
            delta,
          })),
        ),
        { type: 'response.output_item.done', output_index: index, item },
      ],
    };
  });

/** Items begin in their order; after that any frame of any item may be next. */
function interleave(items: readonly Streamed[], order: readonly number[]): Frame[] {
  const queues = items.map(({ frames }, index) => [...frames(index)]);
  const told: Frame[] = [];
  let begun = 0;
  for (let turn = 0; ; turn += 1) {
    const waiting = queues.filter((queue, index) => queue.length > 0 && index <= begun);
    if (waiting.length === 0) return told;
    const queue = waiting[(order[turn % Math.max(order.length, 1)] ?? 0) % waiting.length];
    const frame = queue?.shift();
    if (queue !== undefined && queue === queues[begun]) begun += 1;
    if (frame !== undefined) told.push(frame);
  }
}

function expectOnePartOpen(events: readonly Event[]): void {
  let open: string | undefined;
  for (const { type } of events) {
    if (type.endsWith('-start') && type !== 'reply-start') {
      expect(open).toBeUndefined();
      open = type.replace('-start', '-delta');
    } else if (type.endsWith('-delta')) expect(type).toBe(open);
    else if (type === 'part-end') {
      expect(open).toBeDefined();
      open = undefined;
    } else expect(open).toBeUndefined();
  }
}

describe('a stream', () => {
  it('folds to the reply of the whole response, however its items interleave', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(message, call, reasoning), { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(5), { maxLength: 20 }),
        (items, order) => {
          const end = completed(items.map(({ item }) => item));
          const { events, last } = decode([...interleave(items, order), end]);
          expect(last).toEqual({ type: 'finished' });
          expectOnePartOpen(events);
          const fold = new ReplyFold();
          for (const event of events) fold.push(event);
          const whole = decodeResponse(end['response'] as JsonObject, newId);
          expect({ type: 'reply', reply: fold.reply() }).toEqual(whole);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('tells the deltas of the open item at once', () => {
    const { events } = decode([added(0, { type: 'message' }), textDelta(0, 'a'), textDelta(0, 'b')]);
    expect(events.map(({ type }) => type)).toEqual(['text-start', 'text-delta', 'text-delta']);
  });

  it('holds what belongs to a later item until the open one ends', () => {
    const { events } = decode([
      added(0, { type: 'message' }),
      added(1, { type: 'function_call', call_id: 'c', name: 'f' }),
      { type: 'response.function_call_arguments.delta', output_index: 1, delta: '{}' },
      textDelta(0, 'a'),
      { type: 'response.output_item.done', output_index: 0, item: { type: 'message', content: [] } },
    ]);
    expect(events.map(({ type }) => type)).toEqual([
      'text-start',
      'text-delta',
      'part-end',
      'tool-call-start',
      'tool-call-delta',
    ]);
  });

  it('tells who answers once, and again only with news', () => {
    const response = { id: 'r', model: 'm' };
    const { events } = decode([
      { type: 'response.created', response: { id: 'r' } },
      { type: 'response.in_progress', response: { id: 'r' } },
      { type: 'response.in_progress', response },
      { type: 'response.completed', response: { ...response, output: [{ type: 'message', content: [] }] } },
    ]);
    expect(events.filter(({ type }) => type === 'reply-start')).toEqual([
      { type: 'reply-start', servedModel: undefined, upstreamId: 'r' },
      { type: 'reply-start', servedModel: 'm', upstreamId: 'r' },
    ]);
  });

  it('does not read on after its end', () => {
    const { events, last } = decode([
      added(0, { type: 'message' }),
      textDelta(0, 'a'),
      completed([]),
      textDelta(0, 'b'),
    ]);
    expect(last).toEqual({ type: 'open' });
    expect(events.filter(({ type }) => type === 'text-delta')).toHaveLength(1);
  });

  it('takes no more of a part that has ended', () => {
    const { events } = decode([
      textDelta(0, 'a'),
      { type: 'response.output_text.done', output_index: 0, content_index: 0, text: 'a' },
      textDelta(0, 'late'),
      completed([]),
    ]);
    expect(events.map(({ type }) => type)).toEqual([
      'text-start',
      'text-delta',
      'part-end',
      'reply-start',
      'finish',
    ]);
  });

  it.each([
    ['response.failed', { response: { status: 'failed', error: { code: 'server_error', message: 'm' } } }],
    ['error', { code: 'server_error', message: 'm' }],
    ['error', { error: { code: 'server_error', message: 'm' } }],
  ])('that says %s has failed: %j', (type, rest) => {
    expect(decode([{ type, ...rest }]).last).toMatchObject({
      type: 'failed',
      error: { code: 'server_error', message: 'm' },
    });
  });

  it('that is complete without any item is empty', () => {
    expect(decode([completed([])]).last).toEqual({ type: 'empty' });
  });
});

describe('a frame', () => {
  const decoder = () => new ResponsesStreamDecoder(newId, () => undefined);

  it('of a name that the format may have tomorrow is passed over', () => {
    expect(decoder().push('', '{"type":"response.hologram.delta"}')).toEqual({ type: 'open' });
    expect(decoder().push('', '[DONE]')).toEqual({ type: 'open' });
  });

  it('that is none of the format is told as foreign', () => {
    expect(decoder().push('ping', '{}')).toEqual({ type: 'foreign' });
    expect(decoder().push('response.completed', 'oops')).toEqual({ type: 'foreign' });
  });

  it('without a type is known by its name', () => {
    expect(decoder().push('response.completed', '{"response":{}}')).toEqual({ type: 'empty' });
  });
});

describe('the bounds of a stream', () => {
  const refused = expect.objectContaining({ code: 'upstream_protocol' });

  it('hold what interleaves', () => {
    const late = textDelta(1, 'x'.repeat(1 << 20));
    const frames = [added(0, { type: 'message' }), ...Array.from({ length: 9 }, () => late)];
    expect(() => decode(frames)).toThrowError(refused);
    expect(decode([...frames.slice(1), completed([])]).last).toEqual({ type: 'finished' });
  });

  it('hold the number of items', () => {
    expect(() => decode(Array.from({ length: 1_025 }, (_, index) => added(index, {})))).toThrowError(refused);
  });

  it('hold the number of parts', () => {
    const frames = Array.from({ length: 257 }, (_, place) => ({
      ...textDelta(0, 'x'),
      content_index: place,
    }));
    expect(() => decode(frames)).toThrowError(refused);
  });
});
