// The place of a fault in JSON is found exactly where the runtime refuses.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { findJsonFault } from './json-fault.ts';

describe('a fault in JSON', () => {
  it.each([
    ['{"a":1,}', 1, 7, 'Remove the comma after the last entry.'],
    ['{"a":\n x}', 2, 2, 'Here a value (texts need double quotes) is expected.'],
    ['{"a":1', 1, 7, 'The file ends too early: a comma or } is missing.'],
    ['{a:1}', 1, 2, 'Here a key in double quotes is expected.'],
    ["{'a':1}", 1, 2, 'JSON texts stand in double quotes, not single ones.'],
    ['{\n// x\n}', 2, 1, 'JSON has no comments; remove this one.'],
    ['{"a":1 "b":2}', 1, 8, 'Here a comma or } is expected.'],
    ['{"a" 1}', 1, 6, 'Here a colon is expected.'],
    ['{} {}', 1, 4, 'There is text after the end of the object.'],
    ['{"a":"b\nc"}', 1, 6, 'This text is not closed, or holds a bad escape.'],
    ['[01]', 1, 2, 'Here a value (texts need double quotes) is expected.'],
    ['', 1, 1, 'The file ends too early: a value (texts need double quotes) is missing.'],
  ])('%j is found at line %i, column %i', (text, line, column, reason) => {
    expect(findJsonFault(text)).toEqual({ line, column, reason });
  });

  it('is found in exactly the texts that the runtime refuses', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '1',
      '-0.5e3',
      'true',
      'nul',
      ' ',
      '\n',
      '"',
    );
    const texts = fc.oneof(
      fc.json(),
      fc.array(pieces, { maxLength: 12 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        let refused = false;
        try {
          JSON.parse(text);
        } catch {
          refused = true;
        }
        return (findJsonFault(text) !== undefined) === refused;
      }),
      { numRuns: 500 },
    );
  });
});
