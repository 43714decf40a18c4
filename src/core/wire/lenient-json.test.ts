// What the lenient readers make of fields that are not of the type they are read as.

import { describe, expect, it } from 'vitest';

import { countOf, listOf, objectOf, objectsOf, parseJson, textOf } from './lenient-json.ts';

describe('a field of another type', () => {
  it('counts as missing', () => {
    expect(objectOf(['a'])).toEqual({});
    expect(listOf({ a: 1 })).toEqual([]);
    expect(objectsOf('a')).toEqual([]);
    expect(textOf(1)).toBeUndefined();
    for (const value of ['1', -1, 0.5, 2 ** 53, null]) expect(countOf(value)).toBeUndefined();
  });

  it('is passed over in a list of objects', () => {
    expect(objectsOf([1, { a: 1 }, null, [{}]])).toEqual([{ a: 1 }]);
  });
});

it('makes nothing of text that is no JSON', () => {
  expect(parseJson('{"a":')).toBeUndefined();
  expect(parseJson('null')).toBeNull();
});
