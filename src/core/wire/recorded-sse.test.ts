// Framing of recorded streams: what a parser passes over in silence is told, and frames are those that it would give.

import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';

import { FRAMING_RULES, readRecordedSse, type FramingRule } from './recorded-sse.ts';
import { createSseParser } from './sse.ts';

const GOOD = ': keep-alive\n\nevent: a\ndata: {"x":1}\n\ndata: [DONE]\n\n';

const BROKEN: Readonly<Record<FramingRule, string>> = {
  'utf-8': 'data: \uFFFD\n\n',
  'unfinished-frame': `${GOOD}data: {}\n`,
  'stray-line': 'data: {"x":\n1}\n\n',
  'frame-without-data': `event: a\n\n${GOOD}`,
  'frame-lines': 'data: {\ndata: }\n\n',
};

const rulesOf = (text: string, strict: boolean, isUtf8 = true): string[] => [
  ...new Set(readRecordedSse(text, { strict }, isUtf8).faults.map(({ rule }) => rule)),
];

describe('a recorded stream of server-sent events', () => {
  it('is read to its numbered frames and comments', () => {
    expect(readRecordedSse(GOOD, { strict: true })).toEqual({
      frames: [
        { number: 1, name: 'a', data: '{"x":1}' },
        { number: 2, name: undefined, data: '[DONE]' },
      ],
      comments: 1,
      faults: [],
    });
  });

  it.each(Object.entries(BROKEN))('tells %s', (rule, text) => {
    const { strict } = { strict: undefined, ...FRAMING_RULES[rule as FramingRule] };
    expect(rulesOf(text, false, rule !== 'utf-8')).toEqual(strict === true ? [] : [rule]);
    expect(rulesOf(text, true, rule !== 'utf-8')).toContain(rule);
  });

  it('tells the frame in which a line is astray', () => {
    const { faults } = readRecordedSse(`${GOOD}nonsense\ndata: 1\n\n`, { strict: false });
    expect(faults).toMatchObject([{ frame: 3, rule: 'stray-line' }]);
  });

  it('tells line ends that are none of ours, and a byte order mark is none of the data', () => {
    expect(rulesOf('data: {}\r\n\r\n', true)).toEqual(['frame-lines']);
    expect(readRecordedSse('\uFEFFdata: {}\n\n', { strict: true })).toMatchObject({
      frames: [{ data: '{}' }],
      faults: [],
    });
  });

  it('has the events that the parser of served streams has, whatever the text', () => {
    const line = fc.constantFrom(
      'data: 1',
      'data:2',
      'data',
      'event: a',
      'event',
      ': c',
      'id: 3',
      'nonsense',
      '',
      '',
    );
    const text = fc
      .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')))
      .map((lines) => lines.flat().join(''));
    fc.assert(
      fc.property(text, (recorded) => {
        const events: unknown[] = [];
        const parser = createSseParser({
          eventBytesMax: 1000,
          onEvent: (name, data) => events.push({ name, data }),
        });
        parser.push(new TextEncoder().encode(recorded));
        parser.end();
        const { frames } = readRecordedSse(recorded, { strict: true });
        expect(frames.map(({ name = '', data }) => ({ name, data }))).toEqual(events);
      }),
    );
  });
});
