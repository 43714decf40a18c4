// Random replies as event sequences that obey the neutral grammar: at most one part open per choice, deltas inside their
// part, one finish per choice after its content; choices interleave, usage and safety come anywhere.

import * as fc from 'fast-check';
import type { Event, FinishReason, Safety, Usage } from '../../src/core/neutral/index.ts';

const FINISH_REASONS: readonly FinishReason[] = ['stop', 'length', 'tool-calls', 'content-filter', 'refusal'];

/** Without the choice's number, which the place in the list gives. */
type PartEvents = (choice: number) => Event[];

const text = fc.string({ unit: 'binary', maxLength: 12 });
const count = fc.option(fc.nat({ max: 1_000_000 }), { nil: undefined });

const usage: fc.Arbitrary<Usage> = fc.record({
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  reasoningTokens: count,
  countedOutputTokens: count,
  estimated: fc.boolean(),
});

const safety: fc.Arbitrary<Safety> = fc.record({
  toxicityDetected: fc.option(fc.boolean(), { nil: undefined }),
  scores: fc.uniqueArray(
    fc.record({
      category: fc.constantFrom('hate', 'violence', 'profanity'),
      score: fc.integer({ min: 0, max: 1 }),
    }),
    { maxLength: 3, selector: (score) => score.category },
  ),
  safetyScore: fc.option(fc.integer({ min: 0, max: 1 }), { nil: undefined }),
});

const textPart: fc.Arbitrary<PartEvents> = fc
  .array(text, { maxLength: 4 })
  .map((pieces) => (choice) => [
    { type: 'text-start', choice },
    ...pieces.map((piece): Event => ({ type: 'text-delta', choice, text: piece })),
    { type: 'part-end', choice, seal: undefined },
  ]);

const reasoningPart: fc.Arbitrary<PartEvents> = fc
  .array(text, { maxLength: 3 })
  .map((pieces) => (choice) => [
    { type: 'reasoning-start', choice },
    ...pieces.map((piece): Event => ({ type: 'reasoning-delta', choice, text: piece })),
    { type: 'part-end', choice, seal: undefined },
  ]);

/** Arguments arrive whole, in pieces split anywhere, as blank text, or not at all. */
const argumentPieces: fc.Arbitrary<string[]> = fc.oneof(
  fc.constantFrom<string[]>([], [''], [' ', '\n'], ['{}']),
  fc
    .tuple(
      fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }),
      fc.nat(),
      fc.nat(),
    )
    .map(([value, first, second]) => {
      const json = ` ${JSON.stringify(value)}`;
      const [from, to] = [first % (json.length + 1), second % (json.length + 1)].sort((a, b) => a - b);
      return [json.slice(0, from), json.slice(from, to), json.slice(to)];
    }),
);

const toolCallPart: fc.Arbitrary<PartEvents> = fc
  .tuple(
    fc.stringMatching(/^call_[a-z0-9]{4,12}$/),
    fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/),
    argumentPieces,
  )
  .map(([id, name, pieces]) => (choice) => [
    { type: 'tool-call-start', choice, id, name },
    ...pieces.map((piece): Event => ({ type: 'tool-call-delta', choice, arguments: piece })),
    { type: 'part-end', choice, seal: undefined },
  ]);

const oneChoice = fc.record({
  parts: fc.array(fc.oneof(textPart, reasoningPart, toolCallPart), { maxLength: 4 }),
  reason: fc.constantFrom(...FINISH_REASONS),
  safety: fc.option(safety, { nil: undefined }),
  safetyFirst: fc.boolean(),
});

/** Takes one event of a list at a time, each time of the list that `order` says. */
function interleave(lists: readonly Event[][], order: readonly number[]): Event[] {
  const queues = lists.map((list) => list.toReversed());
  const events: Event[] = [];
  for (let turn = 0; ; turn += 1) {
    const waiting = queues.filter((queue) => queue.length > 0);
    const next = waiting[(order[turn % Math.max(order.length, 1)] ?? 0) % Math.max(waiting.length, 1)]?.pop();
    if (next === undefined) return events;
    events.push(next);
  }
}

/** One whole reply of one to so many choices. */
export function replyEventsOf(choicesMax: number): fc.Arbitrary<Event[]> {
  return fc
    .record({
      choices: fc.array(oneChoice, { minLength: 1, maxLength: choicesMax }),
      usages: fc.array(usage, { maxLength: 2 }),
      servedModel: fc.option(fc.constantFrom('model-one', 'model-two'), { nil: undefined }),
      order: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 12 }),
    })
    .map(({ choices, usages, servedModel, order }): Event[] => {
      const lists = choices.map((choice, index): Event[] => {
        const found: Event[] =
          choice.safety === undefined ? [] : [{ type: 'safety', choice: index, safety: choice.safety }];
        return [
          ...(choice.safetyFirst ? found : []),
          ...choice.parts.flatMap((part) => part(index)),
          { type: 'finish', choice: index, reason: choice.reason, raw: undefined, stopSequence: undefined },
          ...(choice.safetyFirst ? [] : found),
        ];
      });
      const told = usages.map((counts): Event => ({ type: 'usage', usage: counts }));
      const start: Event[] = [{ type: 'reply-start', servedModel, upstreamId: undefined }];
      return start.concat(interleave([...lists, told], order));
    });
}

/** Events in any order, grammatical or not. */
export function anyEventsOf(choicesMax: number): fc.Arbitrary<Event[]> {
  const replies = fc.array(replyEventsOf(choicesMax), { minLength: 1, maxLength: 2 });
  return fc.tuple(replies, fc.array(fc.nat(), { maxLength: 40 })).map(([events, picks]) => {
    const pool = events.flat();
    return picks.flatMap((pick) => pool[pick % pool.length] ?? []);
  });
}
