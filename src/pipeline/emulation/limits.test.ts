// Limits enforced on the way out: cuts in the right place, finishes that say why, usage of what is left.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { play } from '../../../test/fakes/emulated-play.ts';
import { createLineSurface, textCall } from '../../../test/fakes/pipeline-parts.ts';
import { sent, start } from '../../../test/fakes/pipeline-scene.ts';
import { UNKNOWN_USAGE, type Reply, type Tool } from '../../core/neutral/index.ts';
import type { Surface } from '../../salesforce/surfaces/port.ts';
import { limitReply } from './limits.ts';

function replyOf(text: string, outputTokens: number | undefined, reasoningTokens?: number): Reply {
  const parts = text === '' ? [] : [{ type: 'text' as const, text }];
  return {
    choices: [{ parts, finish: 'stop', finishRaw: 'end_turn', stopSequence: undefined, safety: undefined }],
    usage: { ...UNKNOWN_USAGE, outputTokens, reasoningTokens },
    servedModel: undefined,
    upstreamId: undefined,
  };
}

const CLOCK: Tool = {
  name: 'clock',
  description: undefined,
  parameters: { type: 'object', properties: { zone: { type: 'string' } }, required: ['zone'] },
  strict: undefined,
};
const BOTH = ['stop', 'output-limit'] as const;

function limit(
  text: string,
  outputTokens: number | undefined,
  settings: { stop?: string[]; tokens?: number; reasoning?: number },
) {
  const call = textCall({ stop: settings.stop ?? [], maxOutputTokens: settings.tokens });
  const reply = limitReply(replyOf(text, outputTokens, settings.reasoning), call, BOTH);
  const choice = reply.choices[0];
  const part = choice?.parts[0];
  return { text: part?.type === 'text' ? part.text : undefined, choice, usage: reply.usage };
}

describe('a stop sequence', () => {
  it('cuts before the one that stands first, whatever its place in the list', () => {
    const { text, choice } = limit('one two END three', 4, { stop: ['three', 'END'] });
    expect([text, choice?.finish, choice?.stopSequence]).toEqual(['one two ', 'stop', 'END']);
  });

  it('leaves the usage of what stands before it, and what was counted beside', () => {
    const { usage } = limit('one two END three', 4, { stop: ['END'] });
    expect(usage).toEqual({
      ...UNKNOWN_USAGE,
      outputTokens: 2,
      countedOutputTokens: 4,
      estimated: true,
    });
  });

  it('that does not occur changes nothing', () => {
    const { text, choice } = limit('one two', 2, { stop: ['END'] });
    expect([text, choice?.finish, choice?.finishRaw, choice?.stopSequence]).toEqual([
      'one two',
      'stop',
      'end_turn',
      undefined,
    ]);
  });
});

describe('an output limit', () => {
  it('cuts by the reply’s own ratio, says so, and tells the usage of what is left', () => {
    const { text, choice, usage } = limit('abcdefghij', 10, { tokens: 4 });
    expect([text, choice?.finish]).toEqual(['abcd', 'length']);
    expect(usage).toMatchObject({ outputTokens: 4, countedOutputTokens: 10, estimated: true });
  });

  it('that was kept changes nothing', () => {
    const { text, choice, usage } = limit('abc', 3, { tokens: 3 });
    expect([text, choice?.finish]).toEqual(['abc', 'stop']);
    expect(usage).toEqual({ ...UNKNOWN_USAGE, outputTokens: 3 });
  });

  it('counts what was thought, and leaves the rest for what is seen', () => {
    const { text, usage } = limit('abcdefghij', 15, { tokens: 9, reasoning: 5 });
    expect(text).toBe('abcd');
    expect(usage).toMatchObject({ outputTokens: 9, reasoningTokens: 5, countedOutputTokens: 15 });
  });

  it('that was spent on thinking leaves nothing to see', () => {
    for (const text of ['abc', '']) {
      const { choice, usage } = limit(text, 16, { tokens: 8, reasoning: 16 });
      expect(choice).toMatchObject({ parts: [], finish: 'length' });
      expect(usage).toMatchObject({ outputTokens: 8, reasoningTokens: 8, countedOutputTokens: 16 });
    }
  });

  it('is estimated where nobody told the tokens', () => {
    expect(limit('x'.repeat(339), undefined, { tokens: 50 }).choice?.finish).toBe('length');
    expect(limit('x'.repeat(339), undefined, { tokens: 100 }).choice?.finish).toBe('stop');
  });

  it('is never exceeded by the usage told, and no character left is told for free', () => {
    const counts = fc.integer({ min: 1, max: 50 });
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), counts, counts, counts, (given, told, tokens, thought) => {
        const reasoning = Math.min(thought, told);
        const { text = '', usage } = limit(given, told, { tokens, reasoning });
        expect(usage.outputTokens).toBeLessThanOrEqual(Math.min(tokens, told));
        expect(usage.reasoningTokens).toBeLessThanOrEqual(usage.outputTokens ?? 0);
        expect(usage.countedOutputTokens ?? usage.outputTokens).toBe(told);
        expect(usage.countedOutputTokens === undefined).toBe(text === given && told <= tokens);
        // Where all was thought, the characters were counted to nobody.
        if (text !== '' && reasoning < told) expect(usage.outputTokens).toBeGreaterThan(reasoning);
      }),
    );
  });

  it('never cuts a character in half and never gives more than there was', () => {
    const texts = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(
        texts,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 50 }),
        (given, told, tokens) => {
          const { text = '' } = limit(given, told, { tokens });
          expect(given.startsWith(text)).toBe(true);
          expect(text.isWellFormed()).toBe(true);
        },
      ),
    );
  });
});

describe('on a surface without limits', () => {
  it('a call that was asked for again keeps within its own round, and both rounds were counted', () => {
    const call = textCall({ tools: [CLOCK], maxOutputTokens: 6 });
    const emulated = ['tools', 'tool-history', 'tool-choice', 'output-limit'] as const;
    const rounds = ['{"name":"clock","arguments":{}}', '{"name":"clock","arguments":{"zone":"CET"}}'].map(
      (json) => ({ text: `OPEN${json}CLOSE` }),
    );
    // Each round costs five tokens.
    const { calls, reply } = play(call, rounds, { emulated });
    expect(calls).toEqual([{ name: 'clock', arguments: { zone: 'CET' } }]);
    expect(reply.choices[0]?.finish).toBe('tool-calls');
    expect(reply.usage).toMatchObject({ outputTokens: 5, countedOutputTokens: 10, estimated: true });
    // Words of a first round that the client keeps count against its limit.
    const worded = rounds.map(({ text }, round) => ({
      text: round === 0 ? `${'Well. '.repeat(60)}${text}` : text,
    }));
    expect(play(call, worded, { emulated }).reply).toMatchObject({
      choices: [{ finish: 'length', parts: [{ type: 'text' }] }],
      usage: { outputTokens: 6, countedOutputTokens: 10 },
    });
    expect(play(call, rounds, { emulated, fails: true }).reply.usage.outputTokens).toBe(5);
    // Of a round without a word the client got nothing.
    const demanding = { ...call, toolChoice: { type: 'required' } as const };
    const silent = play(demanding, [{ text: '' }, ...rounds.slice(1)], { emulated });
    expect([silent.calls.length, silent.reply.usage.outputTokens]).toEqual([1, 5]);
  });

  it('a call keeps its limits: they leave the request, hold on the reply and are told in a header', async () => {
    const classic = createLineSurface('chat-generations', {
      streams: false,
      carries: (need) => need !== 'stop' && need !== 'output-limit',
      encode: (call) => ({
        request: { path: '/x', accept: 'x', body: JSON.stringify([call.stop, call.maxOutputTokens ?? null]) },
        loss: [],
      }),
    });
    const scene = start(textCall({ stop: ['END'], maxOutputTokens: 100 }), [classic]);
    const call = await sent(scene);
    expect(call.request.body).toBe('[[],null]');
    call.answer(200, 'before END after');
    await scene.done;
    expect(scene.out.answers[0]?.body).toContain('"before "');
    expect(scene.out.answers[0]?.headers['x-forcegate-emulated']).toBe('stop, output-limit');
  });
});

describe('on a surface that takes no limit under 16', () => {
  const atLeast = (): Surface => {
    const lines = createLineSurface('gateway-generations');
    return {
      ...lines,
      outputTokensMin: 16,
      encode: (call) => ({
        request: { path: '/x', accept: 'x', body: JSON.stringify(call.maxOutputTokens ?? null) },
        loss: [],
      }),
    };
  };

  it('a smaller one stays in the request, and holds on a stream that is told when it is whole', async () => {
    const scene = start(textCall({ maxOutputTokens: 1, stream: true }), [atLeast()]);
    const call = await sent(scene);
    // The surface itself sends its least, and tells so.
    expect(call.request.body).toBe('1');
    call.head(200);
    call.data('t:abcdefg\n');
    expect(scene.out.text).toBe('open\n');
    call.data('usage\n');
    call.handler.end();
    await scene.done;
    expect(scene.out.text).toBe('open\nreply-start\ntext-start\na\npart-end\nfinish\nusage\nend\n');
    expect(scene.out.streamHeaders?.['x-forcegate-emulated']).toBe('output-limit');
    // The operator's books have what the org counted.
    expect(scene.telemetry.outcomes).toMatchObject([{ usage: { outputTokens: 7, estimated: false } }]);
  });

  it('one that it takes is its own affair', async () => {
    const scene = start(textCall({ maxOutputTokens: 16 }), [atLeast()]);
    (await sent(scene)).answer(200, 'x'.repeat(100));
    await scene.done;
    expect(scene.out.answers[0]?.headers).not.toHaveProperty('x-forcegate-emulated');
    expect(scene.out.answers[0]?.body).toContain('x'.repeat(100));
  });
});
