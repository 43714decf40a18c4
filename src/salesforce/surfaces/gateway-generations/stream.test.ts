// A stream and a whole reply of the same answer mean the same. The answers are made up here and written down twice, as
// each family writes them (reference 3.5, 3.6); then what is particular to streams.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  findModel,
  foldEvents,
  runStream,
  surfaceContext,
} from '../../../../test/contract/surface-corpus.ts';
import type { Event, JsonValue } from '../../../core/neutral/index.ts';
import { createGatewayGenerations } from './index.ts';

type Answer = {
  readonly text: readonly string[];
  readonly calls: readonly {
    readonly id: string;
    readonly name: string;
    readonly pieces: readonly string[];
  }[];
  readonly input: number;
  readonly output: number;
  /** Which call's next fragment comes next. */
  readonly order: readonly number[];
};

const surface = createGatewayGenerations();
const SSE = { status: 200, headers: { 'content-type': 'text/event-stream' } };
const JSON_HEAD = { status: 200, headers: { 'content-type': 'application/json' } };

const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
const args = fc
  .dictionary(word, fc.oneof(word, fc.nat(), fc.constant({ '{"': '}' })), { maxKeys: 3 })
  .chain((value) => {
    const json = JSON.stringify(value);
    return fc.array(fc.nat(json.length), { maxLength: 4 }).map((places) => {
      const ends = [0, ...places.toSorted((a, b) => a - b), json.length];
      return ends.slice(1).map((end, index) => json.slice(ends[index], end));
    });
  });

const arbitraryAnswer: fc.Arbitrary<Answer> = fc
  .record({
    text: fc.array(word, { maxLength: 4 }),
    calls: fc.array(
      fc.record({ name: fc.constantFrom('look', 'find'), pieces: fc.oneof(args, fc.constant([''])) }),
      { maxLength: 4 },
    ),
    input: fc.nat(1000),
    output: fc.nat(1000),
    order: fc.array(fc.nat(3), { maxLength: 20 }),
  })
  .filter(({ text, calls }) => text.length + calls.length > 0)
  .map(({ calls, ...answer }) =>
    Object.assign(answer, {
      calls: calls.map(({ name, pieces }, index) => ({ id: `call_${index}`, name, pieces })),
    }),
  );

const event = (data: JsonValue): string => `event: generation\ndata: ${JSON.stringify(data)}\n\n`;
const envelope = (generations: JsonValue[], parameters: JsonValue): JsonValue => ({
  id: 'r1',
  generation_details: { generations, parameters },
});
const DONE = 'event: generation\ndata: [DONE]\n\n';

function wholeCalls(answer: Answer): JsonValue[] {
  return answer.calls.map(({ id, name, pieces }) => ({ id, function: { name, arguments: pieces.join('') } }));
}

const gpt = {
  whole: (answer: Answer): JsonValue =>
    envelope(
      [
        {
          content: answer.text.length === 0 ? null : answer.text.join(''),
          tool_invocations: answer.calls.length === 0 ? null : wholeCalls(answer),
          parameters: { finish_reason: answer.calls.length === 0 ? 'stop' : 'tool_calls', index: 0 },
        },
      ],
      { model: 'm', usage: { prompt_tokens: answer.input, completion_tokens: answer.output } },
    ),
  stream(answer: Answer): string {
    const chunk = (generation: { readonly [key: string]: JsonValue }): string =>
      event(envelope([generation], { model: 'm' }));
    return [
      ...answer.text.map((content) => chunk({ content, parameters: { finish_reason: null, index: 0 } })),
      ...fragments(answer).map((fragment) => chunk({ content: null, tool_invocations: [fragment] })),
      chunk({
        content: '',
        parameters: { finish_reason: answer.calls.length === 0 ? 'stop' : 'tool_calls' },
      }),
      event(
        envelope([], {
          model: 'm',
          usage: { prompt_tokens: answer.input, completion_tokens: answer.output },
        }),
      ),
      DONE,
    ].join('');
  },
};

/** Each call's own fragments in order, the first ones in the order of the calls, otherwise mixed. */
function fragments(answer: Answer): JsonValue[] {
  const rest = answer.calls.map(({ pieces }, index) =>
    pieces.map((piece) => ({ index, function: { arguments: piece } })),
  );
  const out: JsonValue[] = answer.calls.map(({ id, name }, index) => ({
    index,
    id,
    function: { name, arguments: '' },
  }));
  for (const next of answer.order) {
    const fragment = rest[next]?.shift();
    if (fragment !== undefined) out.push(fragment);
  }
  return [...out, ...rest.flat()];
}

const claude = {
  whole: (answer: Answer): JsonValue =>
    envelope(
      [{ content: answer.text.join(''), tool_invocations: wholeCalls(answer), parameters: { type: 'text' } }],
      {
        type: 'MESSAGE',
        model: 'claude',
        stop_reason: answer.calls.length === 0 ? 'end_turn' : 'tool_use',
        usage: {
          inputTokenCount: answer.input,
          outputTokenCount: answer.output,
          cacheReadInputTokenCount: 5,
        },
      },
    ),
  stream(answer: Answer): string {
    const parameters = { model: 'anthropic.claude' };
    const calls = wholeCalls(answer);
    const split = (answer.order[0] ?? 0) % (calls.length + 1);
    return [
      event(envelope([], parameters)),
      event(envelope([{ content: null }], parameters)),
      ...answer.text.map((content) => event(envelope([{ content, tool_invocations: null }], parameters))),
      ...[calls.slice(0, split), calls.slice(split)].map((some) =>
        event(envelope([{ content: null, tool_invocations: some }], parameters)),
      ),
      event(
        envelope([{ content: null }], {
          ...parameters,
          usage: { inputTokens: answer.input, outputTokens: answer.output, cacheReadInputTokens: 5 },
        }),
      ),
      DONE,
    ].join('');
  },
};

const eventsOfStream = (stream: string, model: string): Event[] =>
  runStream(surface.openStream(SSE, surfaceContext(findModel(model), { stream: true })), [
    Buffer.from(stream),
  ]).events;

describe('a stream', () => {
  it.each([
    ['GPT', gpt, 'gpt-5.4'],
    ['Claude', claude, 'claude-sonnet-4-6'],
  ])('of %s folds to the whole reply, however the tool calls are mixed', (_name, family, model) => {
    fc.assert(
      fc.property(arbitraryAnswer, (answer) => {
        const whole = surface.decode(
          JSON_HEAD,
          Buffer.from(JSON.stringify(family.whole(answer))),
          surfaceContext(findModel(model)),
        );
        if (whole.type === 'failure') throw whole.failure.error;
        const folded = foldEvents(eventsOfStream(family.stream(answer), model));
        const strip = ({ choices, usage }: typeof folded) => ({
          usage,
          choices: choices.map(({ finishRaw: _raw, ...choice }) => choice),
        });
        expect(strip(folded)).toEqual(strip(whole.reply));
        const [choice] = folded.choices;
        const texts = choice?.parts
          .filter((part) => part.type === 'text')
          .map((part) => part.text)
          .join('');
        expect(texts).toBe(answer.text.join(''));
        expect(choice?.parts.filter((part) => part.type === 'tool-call')).toEqual(
          answer.calls.map(({ id, name, pieces }) => ({
            type: 'tool-call',
            id,
            name,
            arguments: pieces.join('') === '' ? '{}' : pieces.join(''),
            seal: undefined,
          })),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('tells a call as soon as the one before it is complete', () => {
    const fragment = (index: number, more: { readonly [key: string]: JsonValue }): string =>
      event(envelope([{ content: null, tool_invocations: [{ index, ...more }] }], {}));
    const first = fragment(0, { id: 'a', function: { name: 'look', arguments: '{"x":"}"}' } });
    const second = fragment(1, { id: 'b', function: { name: 'find', arguments: '{' } });
    expect(eventsOfStream(first + second, 'gpt-5.4').map(({ type }) => type)).toEqual([
      'reply-start',
      'tool-call-start',
      'tool-call-delta',
      'part-end',
      'tool-call-start',
      'tool-call-delta',
    ]);
  });

  it('tells each piece of text when it comes, and closes parts with the reason to finish', () => {
    const text = event(envelope([{ content: 'a' }], {}));
    expect(eventsOfStream(text, 'gpt-5.4').map(({ type }) => type)).toEqual([
      'reply-start',
      'text-start',
      'text-delta',
    ]);
    const finish = event(envelope([{ content: '', parameters: { finish_reason: 'stop' } }], {}));
    const decoder = surface.openStream(SSE, surfaceContext(findModel('gpt-5.4')));
    const types: string[] = [];
    decoder.push(Buffer.from(text + finish), {
      event: ({ type }) => void types.push(type),
      fail: () => void types.push('fail'),
    });
    expect(types).toEqual(['reply-start', 'text-start', 'text-delta', 'part-end']);
  });

  it('keeps alternatives apart', () => {
    const both = (a: string, b: string): string =>
      event(
        envelope(
          [
            { content: a, parameters: { index: 0 } },
            { content: b, parameters: { index: 1 } },
          ],
          {},
        ),
      );
    const { choices } = foldEvents(eventsOfStream(both('a', 'x') + both('b', 'y') + DONE, 'gpt-5.4'));
    expect(choices.map((choice) => choice.parts)).toEqual([
      [{ type: 'text', text: 'ab' }],
      [{ type: 'text', text: 'xy' }],
    ]);
  });

  it('is not ended by a count that comes beside content', () => {
    const chunk = (content: string, output: number, more = {}): string =>
      event(envelope([{ content, ...more }], { usage: { inputTokenCount: 3, outputTokenCount: output } }));
    const failures = (stream: string): string[] =>
      runStream(surface.openStream(SSE, surfaceContext(findModel('gemini-2.5-pro'))), [
        Buffer.from(stream),
      ]).failures.map(({ error }) => error.code);
    const cut = chunk('Hel', 1) + chunk('lo', 2);
    expect(failures(cut)).toEqual(['upstream_protocol']);
    // An opening chunk may count as well: what comes after it takes the end back.
    expect(failures(chunk('', 0) + cut)).toEqual(['upstream_protocol']);
    expect(failures(cut + chunk('', 2))).toEqual([]);
    expect(failures(cut + chunk('!', 3, { parameters: { finish_reason: 'STOP' } }))).toEqual([]);
    expect(failures(cut + DONE)).toEqual([]);
  });

  it('that fills the model to its limit is cut by length, though more was allowed', () => {
    const model = { ...findModel('claude-sonnet-4-6'), outputTokensMax: 8 };
    const stream =
      event(envelope([{ content: 'a' }], {})) +
      event(envelope([{ content: null }], { usage: { inputTokens: 1, outputTokens: 8 } })) +
      DONE;
    const finishOf = (maxOutputTokens: number | undefined) =>
      foldEvents(
        runStream(surface.openStream(SSE, surfaceContext(model, { stream: true, maxOutputTokens })), [
          Buffer.from(stream),
        ]).events,
      ).choices[0]?.finish;
    expect([64, 8, undefined].map(finishOf)).toEqual(['length', 'length', 'length']);
    const whole = envelope([{ content: 'a' }], { usage: { inputTokenCount: 1, outputTokenCount: 8 } });
    const decoded = surface.decode(
      JSON_HEAD,
      Buffer.from(JSON.stringify(whole)),
      surfaceContext(model, { maxOutputTokens: 64 }),
    );
    expect(decoded).toMatchObject({ type: 'reply', reply: { choices: [{ finish: 'length' }] } });
  });

  it('fails when a call goes on after its end', () => {
    const call = (args_: string): string =>
      event(envelope([{ tool_invocations: [{ id: 'a', function: { name: 'f', arguments: args_ } }] }], {}));
    const stream = `${call('{}')}${event(envelope([{ content: 'text' }], {}))}${call('{"late":1}')}`;
    const log = runStream(surface.openStream(SSE, surfaceContext(findModel('gpt-5.4'))), [
      Buffer.from(stream),
    ]);
    expect(log.failures.map(({ error }) => error.code)).toEqual(['upstream_protocol']);
  });

  it('fails when an event outgrows its bound, and holds nothing after that', () => {
    const decoder = surface.openStream(SSE, surfaceContext(findModel('gpt-5.4')));
    const piece = Buffer.alloc(1 << 20, 'x');
    const log = runStream(decoder, [Buffer.from('data: '), ...Array.from({ length: 20 }, () => piece)]);
    expect(log.failures.map(({ error }) => error.code)).toEqual(['upstream_protocol']);
  });
});
