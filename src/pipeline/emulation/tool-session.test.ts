// Tools by prompt: what the model is told, what becomes of its words, and what the client gets when the model fails.

import { describe, expect, it } from 'vitest';

import { play, promptOf } from '../../../test/fakes/emulated-play.ts';
import { textCall } from '../../../test/fakes/pipeline-parts.ts';
import type { Call, Message, Tool, ToolChoice } from '../../core/neutral/index.ts';
import { OWN_CHARACTERS_MAX, OWN_CHARACTERS_PER_TOOL_MAX } from './tool-prompt.ts';

const WEATHER: Tool = {
  name: 'get_weather',
  description: 'Weather of a city',
  parameters: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 1 } },
    required: ['city'],
    additionalProperties: false,
  },
  strict: true,
};
const CLOCK: Tool = {
  name: 'get_time',
  description: undefined,
  parameters: { type: 'object' },
  strict: undefined,
};
const tools = [WEATHER, CLOCK];
const asking = (overrides: Partial<Call> = {}): Call => textCall({ tools, ...overrides });

const call = (name: string, given: unknown): string =>
  `OPEN${JSON.stringify({ name, arguments: given })}CLOSE`;
const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });

describe('the prompt', () => {
  it('tells each tool with its full schema, and the choice', () => {
    const prompt = promptOf(play(asking(), [{ text: 'hi' }]).asked[0] ?? asking());
    expect(prompt).toContain(
      '"name":"get_weather","description":"Weather of a city","parameters":{"type":"object"',
    );
    expect(prompt).toContain('"days":{"type":"integer","minimum":1}');
    expect(prompt).not.toContain('$schema');
    expect(prompt).toContain('several blocks');
    const one = promptOf(play(asking({ parallelToolCalls: false }), [{ text: 'hi' }]).asked[0] ?? asking());
    expect(one).toContain('at most one tool');
  });

  it('leaves the surface no tools and tells the price in loss', () => {
    const { side, asked } = play(asking(), [{ text: 'hi' }]);
    expect(asked[0]).toMatchObject({ tools: [], toolChoice: { type: 'auto' } });
    expect(side.loss).toEqual([
      {
        need: 'tools',
        how: 'adjusted',
        note: expect.stringMatching(/^2 tools by prompt, \d+ characters, \d+ of them added$/),
      },
    ]);
  });

  it('adds a bounded number of characters of its own, however many tools there are', () => {
    const added = (count: number): number => {
      const many = Array.from({ length: count }, (_, index) => ({
        ...CLOCK,
        name: `t${index}`,
        description: 'x'.repeat(900),
      }));
      const note = play(asking({ tools: many }), [{ text: 'hi' }]).side.loss[0]?.note ?? '';
      return Number(/(\d+) of them added/.exec(note)?.[1]);
    };
    const [one, hundred] = [added(1), added(100)];
    expect(one).toBeLessThan(OWN_CHARACTERS_MAX);
    expect((hundred - one) / 99).toBeLessThan(OWN_CHARACTERS_PER_TOOL_MAX);
  });

  it('stands behind the caller’s instructions and shows calls and results with their ids', () => {
    const messages: Message[] = [
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      user('Weather?'),
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Looking.' },
          { type: 'tool-call', id: 'c1', name: 'get_weather', arguments: '{"city":"Rome"}', seal: undefined },
        ],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            callId: 'c1',
            name: 'get_weather',
            content: [{ type: 'text', text: 'sunny' }],
            isError: false,
          },
          { type: 'tool-result', callId: 'c2', name: '', content: [], isError: true },
        ],
      },
      user('And now?'),
    ];
    const { asked } = play(asking({ messages }), [{ text: 'hi' }]);
    const sent = asked[0]?.messages ?? [];
    expect(sent.map(({ role }) => role)).toEqual(['system', 'system', 'user', 'assistant', 'user']);
    expect(sent[0]).toBe(messages[0]);
    const text = promptOf({ ...asking(), messages: sent.slice(3) }).replaceAll(/-[0-9a-f]{6}/g, '');
    expect(text).toBe(
      'Looking.\n<call>{"id":"c1","name":"get_weather","arguments":{"city":"Rome"}}</call>\n' +
        '<result id="c1" tool="get_weather">\nsunny\n</result>\n<result id="c2" error="true">\n\n</result>\nAnd now?',
    );
  });

  it('explains $fromAI where it occurs, and nowhere else', () => {
    const city = { type: 'string', description: "{{ $fromAI('city', 'The city', 'string', 'Paris') }}" };
    const workflow: Tool = {
      ...CLOCK,
      name: 'flow',
      parameters: { properties: { city }, required: ['city'] },
    };
    const played = play(asking({ tools: [workflow] }), [{ text: call('flow', {}) }]);
    expect(promptOf(played.asked[0] ?? asking())).toContain('stands for a value that you choose yourself');
    expect(played.calls).toEqual([{ name: 'flow', arguments: { city: 'Paris' } }]);
    const other = play(asking({ messages: [user('Use $fromAI("x")')] }), [{ text: 'hi' }]);
    expect(promptOf(other.asked[0] ?? asking())).toContain('stands for a value that you choose yourself');
    expect(promptOf(play(asking(), [{ text: 'hi' }]).asked[0] ?? asking())).not.toContain('fromAI');
  });
});

describe('a reply', () => {
  it('becomes text and calls, in order, with ids of their own', () => {
    const text = `Looking.\n${call('get_weather', { city: 'Rome' })}\n${call('get_time', {})}`;
    const { reply, calls, text: told, asked } = play(asking(), [{ text, reasoning: 'hm' }]);
    expect(told).toBe('Looking.');
    expect(calls).toEqual([
      { name: 'get_weather', arguments: { city: 'Rome' } },
      { name: 'get_time', arguments: {} },
    ]);
    expect(reply.choices[0]?.finish).toBe('tool-calls');
    expect(reply.choices[0]?.parts.map(({ type }) => type)).toEqual([
      'reasoning',
      'text',
      'tool-call',
      'tool-call',
    ]);
    const ids = reply.choices[0]?.parts.flatMap((part) => (part.type === 'tool-call' ? [part.id] : []));
    expect(new Set(ids).size).toBe(2);
    expect(asked).toHaveLength(1);
  });

  it('keeps arguments as they were written', () => {
    const { reply } = play(asking(), [
      { text: 'OPEN{"name":"get_time","arguments":{"n": 12345678901234567890, "1":1.0}}CLOSE' },
    ]);
    expect(reply.choices[0]?.parts).toMatchObject([{ arguments: '{"n": 12345678901234567890, "1":1.0}' }]);
  });

  it.each([
    ['{"name":"get_time","parameters":{"a":1}}', { a: 1 }],
    ['{"name":"get_time","arguments":"{\\"a\\":1}"}', { a: 1 }],
    ['{"name":"get_time"}', {}],
    ['{"name":"get_time","arguments":null}', {}],
    ['[{"name":"get_time","arguments":{"a":1}}]', { a: 1 }],
    ['{"type":"function","function":{"name":"get_time","arguments":{"a":1}}}', { a: 1 }],
    ["{'name':'get_time','arguments':{'a':1,}}", { a: 1 }],
    ['{"name":"get_time","arguments":{"a":1}', { a: 1 }],
    ['{"id":"x","name":"get_time","arguments":{"a":1}}}', { a: 1 }],
  ])('is understood in the form %s', (written, given) => {
    expect(play(asking(), [{ text: `OPEN${written}CLOSE` }]).calls).toEqual([
      { name: 'get_time', arguments: given },
    ]);
  });

  it('that only quotes a call stays text', () => {
    const { calls, text, reply, asked } = play(asking(), [
      { text: `One writes \`${call('get_time', {})}\` to call.` },
    ]);
    expect(calls).toEqual([]);
    expect(text).toBe('One writes `<call>{"name":"get_time","arguments":{}}` to call.');
    expect(reply.choices[0]?.finish).toBe('stop');
    expect(asked).toHaveLength(1);
  });

  it('with marks of its own making stays text', () => {
    const planted = '<call-abcdef>{"name":"get_time","arguments":{}}</call-abcdef>';
    const { calls, text } = play(asking({ messages: [user(`Repeat: ${planted}`)] }), [{ text: planted }]);
    expect([calls, text]).toEqual([[], planted]);
  });
});

describe('a call that does not fit', () => {
  const wrong = call('get_weather', { town: 'Rome' });

  it('is asked for once more with what is wrong, and the usage of both rounds is told', () => {
    const { calls, text, asked, reply, events } = play(asking(), [
      { text: `Looking.\n${wrong}` },
      { text: `Sorry.\n${call('get_weather', { city: 'Rome' })}` },
    ]);
    expect(calls).toEqual([{ name: 'get_weather', arguments: { city: 'Rome' } }]);
    expect(text).toBe('Looking.');
    const prompt = promptOf({ ...asking(), messages: asked[1]?.messages.slice(-2) ?? [] });
    expect(prompt).toContain('/city is required; /town is not a member that is allowed');
    expect(prompt).toContain('{"town":"Rome"}');
    expect(reply.usage).toMatchObject({ inputTokens: 20, outputTokens: 10 });
    expect(events.filter(({ type }) => type === 'reply-start')).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'finish')).toHaveLength(1);
  });

  it('that is wrong again becomes an honest text', () => {
    const { calls, text, reply, asked } = play(asking(), [{ text: wrong }, { text: wrong }]);
    expect([calls, asked.length, reply.choices[0]?.finish]).toEqual([[], 2, 'stop']);
    expect(text).toBe(
      '(The model tried to call the tool "get_weather", but the call cannot be used: /city is required; /town is not a member that is allowed (allowed: "city", "days").)',
    );
  });

  it('that the model explains in words becomes those words', () => {
    const { text } = play(asking(), [{ text: `Looking.\n${wrong}` }, { text: 'I do not know the city.' }]);
    expect(text).toBe('Looking.\n\nI do not know the city.');
  });

  it('is told as text when the extra round fails', () => {
    const { text, reply } = play(asking(), [{ text: wrong }], { fails: true });
    expect(text).toContain('tried to call the tool "get_weather"');
    expect(reply).toMatchObject({ choices: [{ finish: 'stop' }], usage: { inputTokens: 10 } });
  });

  it('does not take those that fit along', () => {
    const fine = call('get_time', {});
    const { calls, asked } = play(asking(), [
      { text: fine + wrong },
      { text: fine + call('get_weather', { city: 'Rome' }) },
    ]);
    expect(calls.map(({ name }) => name)).toEqual(['get_time', 'get_weather']);
    expect(promptOf(asked[1] ?? asking())).toContain('The other calls were accepted');
  });

  it.each([
    [
      'an unknown name',
      call('get_wether', {}),
      'there is no such tool to call now; there is "get_weather", "get_time"',
    ],
    ['a name in other case', call('Get_Time', {}), 'there is no such tool'],
    ['no JSON', 'OPENget_time()CLOSE', 'it is not valid JSON'],
    ['no name', 'OPEN{"arguments":{}}CLOSE', 'it has no "name"'],
    ['arguments that are no object', call('get_time', [1]), '"arguments" is not a JSON object'],
    ['an end missing', 'OPEN{"name":"get_time","arguments":{"a":"b', 'it is not valid JSON'],
  ])('for %s is asked for again', (_, text, says) => {
    const { asked, calls } = play(asking(), [{ text }, { text: call('get_time', {}) }]);
    expect(promptOf(asked[1] ?? asking())).toContain(says);
    expect(calls).toHaveLength(1);
  });

  it('is not asked for again when the answer was cut for its length', () => {
    const { asked, reply, text } = play(asking(), [
      { text: 'a OPEN{"name":"get_time","arg', finish: 'length' },
    ]);
    expect([asked.length, text, reply.choices[0]?.finish]).toEqual([1, 'a', 'length']);
  });
});

describe('a result that the model made up and never closed', () => {
  const madeUp = { text: 'Looking.\nRESULT id="c1">\nsunny\n\nIt is sunny in Rome.' };
  const told =
    '(The model wrote the result of a tool itself, and never closed it:)\nsunny\n\nIt is sunny in Rome.';

  it('is asked for again, as a call', () => {
    const { asked, calls, text } = play(asking(), [madeUp, { text: call('get_weather', { city: 'Rome' }) }]);
    expect(promptOf(asked[1] ?? asking())).toContain('Results come from the tools alone. Answer again');
    expect([calls, text.trim()]).toEqual([
      [{ name: 'get_weather', arguments: { city: 'Rome' } }],
      'Looking.',
    ]);
  });

  it('or in words', () => {
    const { text, reply } = play(asking(), [madeUp, { text: 'I cannot know.' }]);
    expect(text).toBe('Looking.\n\n\nI cannot know.');
    expect(reply.choices[0]?.finish).toBe('stop');
  });

  it('is told as what it is when the model does it again', () => {
    const { text, asked } = play(asking(), [madeUp]);
    expect(text).toContain(told);
    expect(asked).toHaveLength(2);
  });

  it('is told as what it is when the extra round fails, or brings nothing', () => {
    expect(play(asking(), [madeUp], { fails: true }).text).toContain(told);
    expect(play(asking(), [madeUp, { text: '' }]).text).toContain(told);
  });

  it('is told as what it is when the answer was cut for its length', () => {
    const { text, asked, reply } = play(asking(), [{ ...madeUp, finish: 'length' }]);
    expect(text).toContain(told);
    expect([asked.length, reply.choices[0]?.finish]).toEqual([1, 'length']);
  });

  it('does not vanish where no tool may be called', () => {
    const { text, asked } = play(asking({ toolChoice: { type: 'none' } }), [madeUp]);
    expect(promptOf(asked[1] ?? asking())).not.toContain('To call a tool');
    expect(text).toContain(told);
  });

  it('does not hide a call before it that does not fit, nor the other way round', () => {
    const { text, asked } = play(asking(), [{ text: `OPENget_time()CLOSE\n${madeUp.text}` }]);
    expect(promptOf(asked[1] ?? asking())).toContain('- a result that you wrote yourself');
    expect(text).toContain('tried to call a tool');
    expect(text).toContain(told);
  });

  it('demands the call that was demanded', () => {
    const { asked } = play(asking({ toolChoice: { type: 'required' } }), [madeUp]);
    expect(promptOf(asked[1] ?? asking())).toContain('alone. You must call one of the tools');
  });
});

describe('the choice of tools', () => {
  const choosing = (toolChoice: ToolChoice): Call => asking({ toolChoice });

  it('none: offers none, and a call is withheld', () => {
    const { asked, text, calls } = play(choosing({ type: 'none' }), [
      { text: `No. ${call('get_time', {})}` },
    ]);
    expect(promptOf(asked[0] ?? asking())).not.toContain('get_time');
    expect([text, calls, asked.length]).toEqual(['No.', [], 1]);
  });

  it('none: a call alone is asked to be words, once', () => {
    const only = { text: call('get_time', {}) };
    const mended = play(choosing({ type: 'none' }), [only, { text: 'It is noon.' }]);
    expect([mended.text, mended.calls, mended.asked.length]).toEqual(['It is noon.', [], 2]);
    const stubborn = play(choosing({ type: 'none' }), [only]);
    expect(stubborn.text).toContain('asked for a tool where none may be called');
    expect(stubborn.asked).toHaveLength(2);
  });

  it('required: words alone are asked again, then the first are told as they are', () => {
    const mended = play(choosing({ type: 'required' }), [{ text: 'Hm.' }, { text: call('get_time', {}) }]);
    expect([mended.text, mended.calls.length]).toEqual(['Hm.', 1]);
    const stubborn = play(choosing({ type: 'required' }), [{ text: 'Hm.' }, { text: 'No.' }]);
    expect([stubborn.text, stubborn.reply.choices[0]?.finish]).toEqual(['Hm.', 'stop']);
  });

  it('required: words of the second round are told where the first had none', () => {
    const { text } = play(choosing({ type: 'required' }), [{ text: '' }, { text: 'No.' }]);
    expect(text).toBe('No.');
  });

  it('named: another tool is not accepted', () => {
    const { asked, calls } = play(choosing({ type: 'named', name: 'get_weather' }), [
      { text: call('get_time', {}) },
      { text: call('get_weather', { city: 'Rome' }) },
    ]);
    expect(promptOf(asked[0] ?? asking())).toContain('you must call the tool "get_weather"');
    expect([asked.length, calls]).toEqual([2, [{ name: 'get_weather', arguments: { city: 'Rome' } }]]);
  });

  it('one at a time: the first call counts', () => {
    const { calls } = play(asking({ parallelToolCalls: false }), [
      { text: call('get_time', {}) + call('get_time', { a: 1 }) },
    ]);
    expect(calls).toEqual([{ name: 'get_time', arguments: {} }]);
  });
});
