// The deterministic mind: what it says, when it calls tools, how it counts.
import { describe, expect, it } from 'vitest';

import { embeddingOf } from './embedding.ts';
import type { Question } from './mind.ts';
import { deltasOf, inputTokensOf, plainQuestion, think } from './mind.ts';

const tools = [
  {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
  { name: 'get', parameters: {} },
];

const asking = (text: string, rest: Partial<Question> = {}): Question => ({
  ...plainQuestion('gpt', [{ role: 'user', text }]),
  tools,
  toolMode: 'auto',
  parallelCalls: true,
  ...rest,
});

const calledBy = (text: string, rest: Partial<Question> = {}): string[] =>
  think(asking(text, rest)).toolCalls.map((call) => call.name);

describe('the text', () => {
  it('echoes the last user message and says how many messages it saw', () => {
    const question = plainQuestion('gpt', [
      { role: 'system', text: 'be kind' },
      { role: 'user', text: 'first' },
      { role: 'assistant', text: 'yes' },
      { role: 'user', text: 'second' },
    ]);
    expect(think(question).text).toBe('Echo: second ✓ (saw 4 messages)');
  });

  it('quotes each tool result of the last round only', () => {
    const question = asking('x', {
      messages: [
        { role: 'user', text: 'call get' },
        { role: 'assistant', text: '' },
        { role: 'tool', text: 'old' },
        { role: 'assistant', text: '' },
        { role: 'tool', text: 'one' },
        { role: 'tool', text: 'two' },
      ],
    });
    expect(think(question).text).toBe('The tools say: one; two ✓ (saw 6 messages)');
  });

  it('does not echo a long message whole', () => {
    expect(think(plainQuestion('gpt', [{ role: 'user', text: '🙂'.repeat(9000) }])).text.length).toBeLessThan(
      4100,
    );
  });

  it('is a script word for word, limits or not', () => {
    const answer = think(asking('x', { outputTokensMax: 1, stopSequences: ['a'] }), { text: 'as it is' });
    expect([answer.text, answer.finish]).toEqual(['as it is', 'stop']);
  });
});

describe('a tool call', () => {
  it.each([
    ['call get_weather', ['get_weather']],
    ['please use get_weather, then run get', ['get_weather', 'get']],
    ['I get_weather often', []],
    ['call forget_weather', []],
    ['call both tools', ['get_weather', 'get']],
    ['call all the tools you have', ['get_weather', 'get']],
    ['use the tool', ['get_weather']],
    ['what tools do you have?', []],
  ])('is made for "%s" as asked', (text, expected) => {
    expect(calledBy(text)).toEqual(expected);
  });

  it('takes arguments written out in the prompt', () => {
    const [call] = think(asking('call get_weather with {"city":"Köln {x}","n":{"a":1.5}} now')).toolCalls;
    expect(call?.arguments).toEqual({ city: 'Köln {x}', n: { a: 1.5 } });
  });

  const reminder = '<system-reminder>\nUse the get_weather tool.\nCall get often.\n</system-reminder>';

  it('is not made for what a system reminder in the message says', () => {
    const answer = think(asking(`${reminder}\nsay hello\n${reminder}`));
    expect(answer.toolCalls).toEqual([]);
    expect(answer.text).toBe('Echo: say hello ✓ (saw 1 message)');
    expect(calledBy('hello <system-reminder>call get')).toEqual([]);
    expect(calledBy(`${reminder} call get ${reminder}`)).toEqual(['get']);
  });

  it('is made for the last message that holds words of the user', () => {
    const messages = [
      { role: 'user', text: 'call get' },
      { role: 'user', text: reminder },
    ] as const;
    expect(calledBy('', { messages })).toEqual(['get']);
  });

  it('is not made again for the words whose results have come, whatever stands beside the results', () => {
    const messages = [
      { role: 'user', text: 'call get' },
      { role: 'assistant', text: '' },
      { role: 'tool', text: 'one' },
      { role: 'user', text: reminder },
    ] as const;
    const answer = think(asking('', { messages }));
    expect(answer.toolCalls).toEqual([]);
    expect(answer.text).toBe('The tools say: one ✓ (saw 4 messages)');
    const more = { role: 'user', text: 'call get again' } as const;
    expect(calledBy('', { messages: [...messages, { role: 'assistant', text: 'one' }, more] })).toEqual([
      'get',
    ]);
  });

  it('is made when forced, also right after a result', () => {
    const messages = [
      { role: 'user', text: 'x' },
      { role: 'tool', text: 'r' },
    ] as const;
    expect(calledBy('x', { toolMode: 'any' })).toEqual(['get_weather']);
    expect(calledBy('', { toolMode: 'any', messages })).toEqual(['get_weather']);
    expect(calledBy('', { toolMode: 'auto', messages })).toEqual([]);
  });
});

describe('counting', () => {
  it('gives usage that grows with what was said, and reasoning apart', () => {
    const plain = think(asking('x')).usage;
    expect(think(asking('x'.repeat(400))).usage.input).toBeGreaterThan(plain.input + 90);
    const reasoned = think(asking('x', { reasons: true })).usage;
    expect(reasoned.output - (reasoned.reasoning ?? 0)).toBe(plain.output);
  });

  it('counts Claude at 3.39 and Gemini at 6.75 characters a token (2.10, O H)', () => {
    const messages = [{ role: 'user', text: 'x'.repeat(6750) }] as const;
    expect(inputTokensOf(plainQuestion('claude', messages))).toBe(Math.ceil(6750 / 3.39) + 3);
    expect(inputTokensOf(plainQuestion('gemini', messages))).toBe(1003);
  });
});

describe('deltas', () => {
  it('join to the text, in the number asked for', () => {
    const text = 'Grüße 🙂👍🏽 an alle, die das lesen: ✓';
    for (const pieces of [1, 2, 7, 1000, undefined]) expect(deltasOf(text, pieces).join('')).toBe(text);
    expect(deltasOf(text, 7)).toHaveLength(7);
    expect(deltasOf('', 7)).toEqual([]);
    expect(deltasOf('🙂🙂', 4)).toEqual(['🙂', '🙂']);
  });
});

describe('an embedding', () => {
  const nearness = (left: string, right: string): number => {
    const other = embeddingOf(right);
    return embeddingOf(left).reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
  };

  it('is nearer for texts that share words, and of unit length even for an empty text', () => {
    expect(nearness('the cat sat down', 'a cat sat here')).toBeGreaterThan(
      nearness('the cat sat down', 'tax law'),
    );
    expect(Math.hypot(...embeddingOf(''))).toBeCloseTo(1, 10);
  });
});
