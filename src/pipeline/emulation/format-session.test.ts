// JSON by prompt, alone and on top of tools: only JSON that fits reaches the client, or the model's words as a refusal.

import { describe, expect, it } from 'vitest';

import { play, promptOf } from '../../../test/fakes/emulated-play.ts';
import { textCall } from '../../../test/fakes/pipeline-parts.ts';
import type { Call, OutputFormat, Tool } from '../../core/neutral/index.ts';

const SCHEMA: OutputFormat = {
  type: 'json-schema',
  name: 'city',
  description: 'A city',
  schema: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
  strict: true,
};
const FORMAT_ONLY = { emulated: ['json-schema', 'json-object'] as const };
const CLOCK: Tool = { name: 'get_time', description: undefined, parameters: {}, strict: undefined };
const asking = (overrides: Partial<Call> = {}): Call => textCall({ format: SCHEMA, ...overrides });
const finishOf = (played: ReturnType<typeof play>) => played.reply.choices[0]?.finish;

describe('JSON by prompt', () => {
  it('tells the schema, leaves the surface no format, and says so in loss', () => {
    const { asked, side } = play(asking(), [{ text: '{"city":"Rome"}' }], FORMAT_ONLY);
    expect(asked[0]?.format).toEqual({ type: 'text' });
    expect(promptOf(asked[0] ?? asking())).toContain(JSON.stringify(SCHEMA.schema));
    expect(side.loss).toEqual([
      { need: 'json-schema', how: 'adjusted', note: expect.stringMatching(/^by prompt, \d+ characters$/) },
    ]);
  });

  it.each([
    ['{"city":"Rome"}', '{"city":"Rome"}'],
    [' {"city": "Rome"}\n', '{"city": "Rome"}'],
    ['```json\n{"city":"Rome"}\n```', '{"city":"Rome"}'],
    ['Here you are:\n```\n{"city":"Rome"}\n```\nAnything else?', '{"city":"Rome"}'],
    ['It is {"city":"Rome"}, I think.', '{"city":"Rome"}'],
    ['{"city":"Rome",}', '{"city":"Rome"}'],
  ])('takes %j as what was meant', (text, told) => {
    const played = play(asking(), [{ text, sizes: [3, 5, 2] }], FORMAT_ONLY);
    expect([played.text, finishOf(played), played.asked.length]).toEqual([told, 'stop', 1]);
  });

  it('keeps digits and order as they were written', () => {
    const text = '{"b": 12345678901234567890, "a": 1.0}';
    const call = asking({ format: { type: 'json-object' } });
    expect(play(call, [{ text }], FORMAT_ONLY).text).toBe(text);
  });

  it('asks once more with what is wrong, and shows nothing of the first answer', () => {
    const played = play(asking(), [{ text: '{"town":"Rome"}' }, { text: '{"city":"Rome"}' }], FORMAT_ONLY);
    expect(played.text).toBe('{"city":"Rome"}');
    expect(promptOf(played.asked[1] ?? asking())).toContain('/city is required');
    expect(played.reply.usage.inputTokens).toBe(20);
  });

  it('is refused in the model’s own words when it does not fit again', () => {
    const played = play(asking(), [{ text: 'no' }, { text: 'I cannot.' }], FORMAT_ONLY);
    expect([played.text, finishOf(played), played.asked.length]).toEqual(['I cannot.', 'refusal', 2]);
  });

  it('is refused in the first words when the extra round fails', () => {
    const played = play(asking(), [{ text: 'I cannot.' }], { ...FORMAT_ONLY, fails: true });
    expect([played.text, finishOf(played)]).toEqual(['I cannot.', 'refusal']);
  });

  it.each(['length', 'content-filter', 'refusal'] as const)(
    'that ended for %s is told as it is',
    (finish) => {
      const played = play(asking(), [{ text: '{"city":"Ro', finish }], FORMAT_ONLY);
      expect([played.text, finishOf(played), played.asked.length]).toEqual(['{"city":"Ro', finish, 1]);
    },
  );

  it('demands an object where only that was asked for', () => {
    const call = asking({ format: { type: 'json-object' } });
    const played = play(call, [{ text: '[1]' }, { text: '{"a":1}' }], FORMAT_ONLY);
    expect([played.text, played.asked.length]).toEqual(['{"a":1}', 2]);
  });
});

describe('JSON on top of tools', () => {
  const both = asking({ tools: [CLOCK] });
  const call = 'OPEN{"name":"get_time","arguments":{}}CLOSE';

  it('is not demanded of a turn that calls tools', () => {
    const played = play(both, [{ text: `Looking.\n${call}` }]);
    expect([played.text, played.calls.length, finishOf(played), played.asked.length]).toEqual([
      'Looking.',
      1,
      'tool-calls',
      1,
    ]);
  });

  it('hazard 15: is demanded of a turn without calls, with the tools still offered', () => {
    const played = play(both, [{ text: 'noon' }, { text: '{"city":"Rome"}' }]);
    expect([played.text, finishOf(played)]).toEqual(['{"city":"Rome"}', 'stop']);
    const prompt = promptOf(played.asked[1] ?? both);
    expect(prompt).toContain('"name":"get_time"');
    expect(prompt).toContain('it is not JSON');
    expect(prompt).toContain('When you answer without calling a tool');
  });

  it('may call a tool when asked again', () => {
    const played = play(both, [{ text: 'noon' }, { text: call }]);
    expect([played.calls.length, finishOf(played), played.text]).toEqual([1, 'tool-calls', '']);
  });

  it('shares the one extra round', () => {
    const played = play(both, [{ text: 'OPEN{"name":"nobody"}CLOSE' }, { text: 'noon' }]);
    expect(played.asked).toHaveLength(2);
    expect([played.text, finishOf(played)]).toEqual(['noon', 'refusal']);
    const mended = play(both, [{ text: 'Hm. OPEN{"name":"nobody"}CLOSE' }, { text: '{"city":"Rome"}' }]);
    expect([mended.text, finishOf(mended)]).toEqual(['{"city":"Rome"}', 'stop']);
  });
});

describe('limits on top of both', () => {
  it('cut the answer that is left, tool calls whole or not at all', () => {
    const emulated = ['json-schema', 'stop', 'output-limit'] as const;
    const stopped = play(asking({ stop: ['me'] }), [{ text: '```\n{"city":"Rome"}\n```' }], { emulated });
    expect([stopped.text, stopped.reply.choices[0]?.stopSequence]).toEqual(['{"city":"Ro', 'me']);
    expect(stopped.asked[0]?.stop).toEqual([]);
    const cut = play(asking({ maxOutputTokens: 2 }), [{ text: '{"city":"Rome"}' }], { emulated });
    expect([cut.text, finishOf(cut)]).toEqual(['{"city', 'length']);
    expect(cut.reply.usage).toMatchObject({ outputTokens: 2, countedOutputTokens: 5 });
    const tools = play(
      textCall({ tools: [CLOCK], maxOutputTokens: 3 }),
      [{ text: 'OPEN{"name":"get_time","arguments":{"a":1}}CLOSE' }],
      {
        emulated: ['tools', 'output-limit'],
      },
    );
    expect([tools.calls, finishOf(tools)]).toEqual([[], 'length']);
  });
});
