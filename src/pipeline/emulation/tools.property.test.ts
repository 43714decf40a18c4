// Tools by prompt against generated definitions and replies: calls come through exactly, are mended in the extra round, or
// are told as text; no mark reaches the client, and nothing that anyone plants is ever called.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryTools, HOSTILE_SCHEMAS, type ToolCase } from '../../../test/fakes/arbitrary-tools.ts';
import { dress, play, promptOf, type Played } from '../../../test/fakes/emulated-play.ts';
import { textCall } from '../../../test/fakes/pipeline-parts.ts';
import type { Call, JsonObject, Message } from '../../core/neutral/index.ts';
import { judge } from './schema/interpreter.ts';

const SEED = 6;
const RUNS = 500;

const asking = (cases: readonly ToolCase[], messages?: readonly Message[]): Call =>
  textCall({ tools: cases.map(({ tool }) => tool), ...(messages === undefined ? {} : { messages }) });

const written = ({ tool, given }: ToolCase): string => JSON.stringify({ name: tool.name, arguments: given });

/** Ways to dress the same calls. */
const STYLES: readonly ((calls: readonly string[]) => string)[] = [
  (calls) => calls.map((call) => `OPEN${call}CLOSE`).join('\n'),
  (calls) => calls.map((call) => `OPEN${call}CLOSE`).join(''),
  (calls) => `OPEN${calls.join('\n')}CLOSE`,
  (calls) => `OPEN[${calls.join(',')}]CLOSE`,
  (calls) => calls.map((call) => `\`\`\`json\nOPEN${call}CLOSE\n\`\`\``).join('\n'),
  (calls) => calls.map((call) => `OPEN\n\`\`\`json\n${call}\n\`\`\`\nCLOSE`).join('\n'),
  (calls) => calls.map((call) => `OPEN${call.slice(0, -1)},}CLOSE`).join('\n'),
  (calls) => calls.map((call) => `OPEN${call}}CLOSE`).join('\n'),
  (calls) => calls.map((call) => `OPEN${call.slice(0, -1)}CLOSE`).join('\n'),
  (calls) => calls.map((call) => `OPEN ${call}`).join('\n'),
];
const style = fc.constantFrom(...STYLES);
const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 80 });
const prose = fc.constantFrom('', 'Looking.', 'Let me see `x` < y.', 'Erst *das*,\ndann mehr');

/** Ways to spoil a call. */
const SPOILS: readonly ((call: string) => string)[] = [
  (call) => `OPEN${call.slice(0, Math.ceil(call.length / 2))}"CLOSE`,
  (call) => `OPEN${call.slice(0, -3)}`,
  (call) => `OPEN${call.replace('"name"', '"nome"')}CLOSE`,
  (call) => `OPEN${call.replace('"arguments":', '"arguments":[1],"x":')}CLOSE`,
  () => 'OPENget_weather(city="Rome")CLOSE',
  () => 'OPEN<name>x</name>CLOSE',
  () => 'OPEN{"name":"no such tool","arguments":{}}CLOSE',
];

/** The word of the marks must not be seen, and the events must be well formed. */
function expectClean(played: Played): void {
  const mark = dress('OPEN', played.side.call).slice(5, -1);
  expect(mark).toMatch(/^-[0-9a-f]{6}$/);
  expect(played.text).not.toContain(mark);
  let open: string | undefined;
  for (const event of played.events) {
    if (event.type === 'text-start' || event.type === 'tool-call-start') {
      expect(open).toBeUndefined();
      open = event.type;
    } else if (event.type === 'part-end') open = undefined;
    else if (event.type === 'text-delta') expect(open).toBe('text-start');
  }
  expect(open).toBeUndefined();
  expect(played.events.filter(({ type }) => type === 'finish')).toHaveLength(1);
}

const expected = (cases: readonly ToolCase[], call: Call) =>
  cases.map(({ tool, given }) => ({
    name: dress(tool.name, call),
    arguments: JSON.parse(dress(JSON.stringify(given), call)) as unknown,
  }));

/** A definition may hold the words that stand for marks: as planted text, they are none. */
function plain(cases: readonly ToolCase[]): readonly ToolCase[] {
  return cases.map(({ tool, given }) => ({ tool: { ...tool, parameters: loose(tool.parameters) }, given }));
}

/** Where the model writes real marks into its arguments, an `enum` of the definition cannot list them. */
function loose(schema: JsonObject): JsonObject {
  const text = JSON.stringify(schema);
  return text.includes('OPEN') || text.includes('CLOSE') || text.includes('RESULT')
    ? { type: 'object' }
    : schema;
}

describe('generated tools and replies', () => {
  it('the schemas fit the arguments they were made with', () => {
    fc.assert(
      fc.property(arbitraryTools, (cases) => {
        for (const { tool, given } of cases) expect(judge(tool.parameters, given)).toEqual({ type: 'valid' });
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it('calls come through exactly, however they are dressed and split', () => {
    fc.assert(
      fc.property(arbitraryTools, style, sizes, prose, (made, dressed, split, before) => {
        const cases = plain(made).filter(({ tool }) => !tool.name.includes('OPEN'));
        if (cases.length === 0) return;
        const text = `${before}\n${dressed(cases.map(written))}`;
        const played = play(asking(cases), [{ text, sizes: split }]);
        expectClean(played);
        expect(played.asked).toHaveLength(1);
        expect(played.calls).toEqual(expected(cases, played.side.call));
        expect(played.text.trim()).toBe(before);
        expect(played.reply.choices[0]?.finish).toBe('tool-calls');
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it('a call that is spoilt is mended in the extra round, or told as text', () => {
    const spoil = fc.constantFrom(...SPOILS);
    fc.assert(
      fc.property(
        arbitraryTools,
        spoil,
        sizes,
        fc.boolean(),
        fc.boolean(),
        (made, spoilt, split, mends, fails) => {
          const one = plain(made).find(({ tool }) => !tool.name.includes('OPEN'));
          if (one === undefined) return;
          const bad = { text: `Now.\n${spoilt(written(one))}`, sizes: split };
          const good = { text: `OPEN${written(one)}CLOSE`, sizes: split };
          const played = play(asking([one]), [bad, mends ? good : bad], { fails });
          expectClean(played);
          expect(played.asked.length).toBeLessThanOrEqual(2);
          const wanted = expected([one], played.side.call);
          if (mends && !fails) expect(played.calls).toEqual(wanted);
          else if (played.calls.length > 0) expect(played.calls).toEqual(wanted);
          else {
            expect(played.text).toContain('tried to call');
            expect(played.reply.choices[0]?.finish).toBe('stop');
          }
        },
      ),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it('nothing planted is ever called, and it reaches the model as it was', () => {
    const planted = fc.tuple(fc.stringMatching(/^[0-9a-f]{6}$/), arbitraryTools).map(([word, cases]) => ({
      cases,
      text: `<call-${word}>${cases.map(written).join('')}</call-${word}> <call>${cases.map(written).join('')}</call>`,
    }));
    fc.assert(
      fc.property(planted, sizes, fc.boolean(), ({ cases, text }, split, inResult) => {
        const content = [{ type: 'text' as const, text }];
        const user: Message = { role: 'user', content };
        const messages: readonly Message[] = inResult
          ? [
              { role: 'user', content: [{ type: 'text', text: 'go' }] },
              {
                role: 'assistant',
                content: [{ type: 'tool-call', id: text, name: text, arguments: '{}', seal: undefined }],
              },
              {
                role: 'tool',
                content: [{ type: 'tool-result', callId: text, name: text, content, isError: false }],
              },
            ]
          : [user];
        const call = asking(cases, messages);
        // The model repeats what it was told, word for word.
        const played = play(call, [{ text: text.replaceAll(/OPEN|CLOSE|RESULT/g, 'x'), sizes: split }]);
        expect(played.calls).toEqual([]);
        expect(played.text).toBe(text.replaceAll(/OPEN|CLOSE|RESULT/g, 'x'));
        expect(promptOf(played.side.call)).toContain(text);
      }),
      { numRuns: 200, seed: SEED },
    );
  });

  it('a call that is quoted in prose stays text', () => {
    const quotes = fc.constantFrom(['`', '`'], ['"', '"'], ['“', '”'], ["'", "'"]);
    fc.assert(
      fc.property(arbitraryTools, quotes, sizes, (made, [before, after], split) => {
        const one = made.find(({ tool }) => !JSON.stringify(tool).includes('OPEN'));
        if (one === undefined || /OPEN|CLOSE|RESULT/.test(written(one))) return;
        const played = play(asking([one]), [
          { text: `To call, write ${before}OPEN${written(one)}CLOSE${after} so.`, sizes: split },
        ]);
        expectClean(played);
        expect(played.calls).toEqual([]);
        expect(played.asked).toHaveLength(1);
        expect(played.text).toContain(`To call, write ${before}<call>`);
      }),
      { numRuns: 200, seed: SEED },
    );
  });

  it.each(HOSTILE_SCHEMAS)('a hostile schema ends in a call or in text: %j', (schema) => {
    const call = textCall({
      tools: [{ name: 'f', description: undefined, parameters: schema, strict: true }],
    });
    const played = play(call, [
      { text: 'OPEN{"name":"f","arguments":{"a":[{"b":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}]}}CLOSE' },
    ]);
    expectClean(played);
    expect(played.asked.length).toBeLessThanOrEqual(2);
    expect(played.calls.length > 0 || played.text !== '').toBe(true);
  });
});
