// Limits enforced on the way out: cuts in the right place, finishes that say why, usage untouched.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createLineSurface, textCall } from '../../../test/fakes/pipeline-parts.ts';
import { sent, start } from '../../../test/fakes/pipeline-scene.ts';
import { UNKNOWN_USAGE, type Reply } from '../../core/neutral/index.ts';
import { limitReply } from './limits.ts';

function replyOf(text: string, outputTokens: number | undefined): Reply {
  const parts = [{ type: 'text' as const, text }];
  return {
    choices: [{ parts, finish: 'stop', finishRaw: 'end_turn', stopSequence: undefined, safety: undefined }],
    usage: { ...UNKNOWN_USAGE, outputTokens },
    servedModel: undefined,
    upstreamId: undefined,
  };
}

const BOTH = ['stop', 'output-limit'] as const;

function limit(
  text: string,
  outputTokens: number | undefined,
  settings: { stop?: string[]; tokens?: number },
) {
  const call = textCall({ stop: settings.stop ?? [], maxOutputTokens: settings.tokens });
  const reply = limitReply(replyOf(text, outputTokens), call, BOTH);
  const choice = reply.choices[0];
  const part = choice?.parts[0];
  return { text: part?.type === 'text' ? part.text : undefined, choice, usage: reply.usage };
}

describe('a stop sequence', () => {
  it('cuts before the one that stands first, whatever its place in the list', () => {
    const { text, choice } = limit('one two END three', 4, { stop: ['three', 'END'] });
    expect([text, choice?.finish, choice?.stopSequence]).toEqual(['one two ', 'stop', 'END']);
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
  it('cuts by the reply’s own ratio, says so, and leaves the usage as it was told', () => {
    const { text, choice, usage } = limit('abcdefghij', 10, { tokens: 4 });
    expect([text, choice?.finish, usage.outputTokens]).toEqual(['abcd', 'length', 10]);
  });

  it('that was kept changes nothing', () => {
    expect(limit('abc', 3, { tokens: 3 })).toMatchObject({ text: 'abc', choice: { finish: 'stop' } });
  });

  it('is estimated where nobody told the tokens', () => {
    expect(limit('x'.repeat(339), undefined, { tokens: 50 }).choice?.finish).toBe('length');
    expect(limit('x'.repeat(339), undefined, { tokens: 100 }).choice?.finish).toBe('stop');
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
