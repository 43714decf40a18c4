// What is under way: each once, found again whatever order they leave in.

import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { NOWHERE, UnderWay, type Underway } from './under-way.ts';

it('holds what a set would, whoever comes and leaves, and however often it is told', () => {
  const steps = fc.array(fc.record({ comes: fc.boolean(), who: fc.nat(9) }), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (told) => {
      const members: Underway[] = Array.from({ length: 10 }, () => ({ place: NOWHERE }));
      const underWay = new UnderWay<Underway>();
      const set = new Set<Underway>();
      for (const { comes, who } of told) {
        const member = members[who] ?? { place: NOWHERE };
        if (comes) {
          underWay.add(member);
          set.add(member);
        } else {
          underWay.delete(member);
          set.delete(member);
        }
        expect(underWay.size).toBe(set.size);
        expect(new Set(underWay.all())).toEqual(set);
      }
      expect(members.filter(({ place }) => place !== NOWHERE)).toHaveLength(set.size);
    }),
  );
});

it('tells all that were there when asked, though they leave on the way', () => {
  const underWay = new UnderWay<Underway>();
  for (let count = 0; count < 5; count += 1) underWay.add({ place: NOWHERE });
  let seen = 0;
  for (const member of underWay.all()) {
    seen += 1;
    underWay.delete(member);
  }
  expect(seen).toBe(5);
  expect(underWay.size).toBe(0);
});
