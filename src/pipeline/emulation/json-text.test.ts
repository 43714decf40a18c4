// What models write instead of JSON, and what must not be touched in it.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { JsonExtent, rawItems, rawMembers, readJson } from './json-text.ts';

describe('reading JSON as models write it', () => {
  it.each([
    ['{"a":1,}', { a: 1 }],
    ['{"a":[1,2,],}', { a: [1, 2] }],
    ['{"a":"two\nlines\tand a tab"}', { a: 'two\nlines\tand a tab' }],
    ['{"a":{"b":1}', { a: { b: 1 } }],
    ['{"a":[1,{"b":2]}', { a: [1, { b: 2 }] }],
    ['{"a":1}}]', { a: 1 }],
    ["{'a': 'it is \"so\"', b: True, c: None}", { a: 'it is "so"', b: true, c: null }],
    [String.raw`{"a":"C:\dir \'x\'"}`, { a: String.raw`C:\dir 'x'` }],
    ['{"a":1,,"b":2}', { a: 1, b: 2 }],
  ])('mends %j', (text, value) => {
    expect(readJson(text)?.value).toEqual(value);
  });

  it.each(['{"a":"cut', '{"a" 1}', 'words', '', '{"a":', `${'['.repeat(200)}${']'.repeat(200)}`])(
    'gives up on %j',
    (text) => {
      expect(readJson(text)).toBeUndefined();
    },
  );

  it('leaves valid JSON as it is', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        expect(readJson(text)?.text).toBe(text.trim());
      }),
      { seed: 6 },
    );
  });
});

describe('the extent of a value', () => {
  it('is found wherever the text is split', () => {
    const value = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()));
    fc.assert(
      fc.property(value, fc.string(), fc.array(fc.nat(40)), (given, after, steps) => {
        const json = JSON.stringify(given);
        const text = json + after;
        const extent = new JsonExtent();
        let seen = 0;
        let end: number | undefined;
        for (const step of [...steps, text.length]) {
          const next = Math.min(text.length, seen + step);
          const found = extent.read(text.slice(seen, next));
          if (found !== undefined) {
            end = found.at + seen;
            break;
          }
          seen = next;
        }
        expect(end).toBe(json.length);
      }),
      { seed: 6 },
    );
  });
});

describe('raw pieces', () => {
  it('keep digits and order', () => {
    const members = rawMembers('{"b": 12345678901234567890 , "1":{"x":[1,"}"]},"a":[1.0]}');
    expect([...members]).toEqual([
      ['b', '12345678901234567890'],
      ['1', '{"x":[1,"}"]}'],
      ['a', '[1.0]'],
    ]);
    expect(rawItems('[ {"a":1}, 2.50 ,"," ]')).toEqual(['{"a":1}', '2.50', '","']);
    expect([...rawMembers('{}'), ...rawItems('[]')]).toEqual([]);
  });

  it('parse to the members of any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (given) => {
        const members = rawMembers(JSON.stringify(given));
        const told = new Map([...members].map(([name, raw]): [string, unknown] => [name, JSON.parse(raw)]));
        expect(told).toEqual(new Map(Object.entries(JSON.parse(JSON.stringify(given)))));
      }),
      { seed: 6 },
    );
  });
});
