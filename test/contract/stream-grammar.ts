// The contract of a stream grammar: each of its rules is broken alone by some stream and told, and no frame of a good stream can
// be dropped, doubled, swapped or renamed unseen, but for what the format cannot show.

import { describe, expect, it } from 'vitest';

import type { GrammarOptions, StreamFrame, StreamGrammar, StreamRule } from '../../src/core/wire/index.ts';
import {
  framesOf,
  mutationsOf,
  rulesBroken,
  type Change,
  type NameOf,
  type Piece,
  type Pieces,
} from '../fakes/broken-streams.ts';

export type GrammarSamples<Rule extends string> = {
  readonly create: (options: GrammarOptions) => StreamGrammar;
  readonly rules: Readonly<Record<Rule, StreamRule>>;
  readonly good: Pieces;
  /** Each breaks the rule it stands under, and no other. */
  readonly broken: Readonly<Record<Rule, Change>>;
  readonly nameOf: NameOf;
  /** For the rule about event lines, which no change of pieces can break. */
  readonly wrongNameOf: NameOf;
  /** Whether the format shows that this piece is missing, double or out of its place. */
  readonly shows: (piece: Piece) => boolean;
};

export function runGrammarContract<Rule extends string>(samples: GrammarSamples<Rule>): void {
  const { create, rules, good, broken, nameOf, wrongNameOf, shows } = samples;
  const judge = (pieces: Pieces, strict: boolean): string[] =>
    rulesBroken(create({ strict }), framesOf(pieces, nameOf));
  const ids = (Object.keys(rules) as Rule[]).map((rule) => ({ rule, isStrict: rules[rule].strict === true }));
  const framesBreaking = (rule: Rule): StreamFrame[] =>
    framesOf(broken[rule](good), rule === 'event-line' ? wrongNameOf : nameOf);

  describe('the grammar', () => {
    it('takes a good stream', () => {
      expect(judge(good, true)).toEqual([]);
    });

    it.each(ids)('tells $rule of a stream that breaks nothing else', ({ rule, isStrict }) => {
      expect(rulesBroken(create({ strict: true }), framesBreaking(rule))).toEqual([rule]);
      // What only this gateway promises is left to those who ask for it.
      expect(rulesBroken(create({ strict: false }), framesBreaking(rule))).toEqual(isStrict ? [] : [rule]);
    });

    it('names the frame, what came, the clause and the fix', () => {
      for (const { rule } of ids) {
        const grammar = create({ strict: true });
        const frames = framesBreaking(rule);
        rulesBroken(grammar, frames);
        const { clause, fix } = rules[rule];
        expect(grammar.faults[0]).toMatchObject({ rule, clause, fix, told: expect.stringMatching(/\.$/u) });
        expect(frames.map(({ number }) => number)).toContain(grammar.faults[0]?.frame);
      }
    });

    it('sees every frame that is dropped, doubled or swapped, where the format can show it', () => {
      const seen = mutationsOf(good).filter(({ at }) => shows(good[at] ?? ''));
      expect(seen.length).toBeGreaterThan(good.length);
      for (const { title, at, pieces } of seen)
        expect(judge(pieces, true), `frame ${at + 1} ${title}`).not.toEqual([]);
    });

    it('sees every frame that is renamed', () => {
      for (const at of good.keys()) {
        if (good[at] === '[DONE]') continue;
        const renamed = framesOf(good, (piece) => (piece === good[at] ? 'other' : nameOf(piece)));
        expect(rulesBroken(create({ strict: true }), renamed)).toEqual(['event-line']);
      }
    });

    it('survives what is no event at all, and tells it', () => {
      for (const piece of ['', 'null', '[]', '"text"', '{', '{"a":'.repeat(500), '{}', '[DONE]']) {
        const pieces = [...good.slice(0, 3), piece, ...good.slice(3)];
        expect(judge(pieces, true), piece).not.toEqual([]);
      }
    });
  });
}
