// What passes unparsed is exactly what parsing would have said, and nothing passes that parsing would refuse.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DeltaSniffer } from './plain-delta.ts';

const TYPE = 'response.output_text.delta';
const place = { item_id: 'msg_1', output_index: 2, content_index: 1 };

describe('a plain delta', () => {
  it.each([
    { type: TYPE, ...place, delta: 'Hi' },
    { type: TYPE, sequence_number: 12, ...place, delta: 'Hi', logprobs: [], obfuscation: 'x' },
    { type: TYPE, ...place, delta: 'Hi', sequence_number: 0 },
  ])('is known in every form that servers send: %j', (event) => {
    const sniffer = new DeltaSniffer();
    const found = { item: 2, part: 1, text: 'Hi' };
    expect(sniffer.sniff(JSON.stringify(event))).toEqual(found);
    expect(sniffer.sniff(JSON.stringify({ ...event, delta: 'žluť' }))).toEqual({ ...found, text: 'žluť' });
    const elsewhere = JSON.stringify({ ...event, output_index: 3 });
    expect(sniffer.sniff(elsewhere)).toEqual({ ...found, item: 3 });
  });

  it.each([
    ['says nothing', { type: TYPE, ...place, delta: '' }],
    ['is escaped', { type: TYPE, ...place, delta: 'a\nb' }],
    ['has probabilities', { type: TYPE, ...place, delta: 'a', logprobs: [1] }],
    ['has more to say', { type: TYPE, ...place, delta: 'a', more: 1 }],
    ['is another event', { type: 'response.refusal.delta', ...place, delta: 'a' }],
  ])('is not one that %s', (_what, event) => {
    expect(new DeltaSniffer().sniff(JSON.stringify(event))).toBeUndefined();
  });

  it('is what parsing makes of it, however its text is damaged', () => {
    let passed = 0;
    fc.assert(
      fc.property(
        fc.string({ maxLength: 6 }),
        fc.boolean(),
        fc.option(fc.tuple(fc.nat(200), fc.constantFrom('', '"', '\\', ',', '}', '0', '{', ' ')), {
          nil: undefined,
        }),
        (delta, numbered, damage) => {
          const event = {
            type: TYPE,
            ...(numbered ? { sequence_number: 7 } : {}),
            ...place,
            delta,
            logprobs: [],
          };
          const text = JSON.stringify(event);
          const at = (damage?.[0] ?? 0) % text.length;
          const data = damage === undefined ? text : text.slice(0, at) + damage[1] + text.slice(at + 1);
          const found = new DeltaSniffer().sniff(data);
          if (found === undefined) return;
          passed += 1;
          const parsed: unknown = JSON.parse(data);
          expect(parsed).toMatchObject({ type: TYPE, delta: found.text });
          const { output_index: item = 0, content_index: part = 0 } = parsed as Record<string, number>;
          expect([found.item, found.part]).toEqual([item, part]);
        },
      ),
      { numRuns: 2000 },
    );
    expect(passed).toBeGreaterThan(200);
  });
});
