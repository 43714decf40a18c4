// Parsing bodies: faults are placed without quoting the caller, depth is bounded.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../errors/index.ts';
import { findJsonFault } from './json-fault.ts';
import { JSON_DEPTH_MAX, parseJsonBody } from './json.ts';

const LIMITS = { depthMax: JSON_DEPTH_MAX };

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function refusal(bytes: Uint8Array): GatewayError {
  try {
    parseJsonBody(bytes, LIMITS);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error('the body was not refused');
}

describe('parsing a JSON body', () => {
  it('gives back any JSON value', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJsonBody(bytesOf(text), { depthMax: 1000 })).toEqual(JSON.parse(text));
      }),
    );
  });

  it('skips a byte order mark', () => {
    expect(parseJsonBody(Uint8Array.of(0xef, 0xbb, 0xbf, 0x37), LIMITS)).toBe(7);
  });

  it('refuses invalid UTF-8', () => {
    expect(refusal(Uint8Array.of(0x22, 0xc3, 0x28, 0x22))).toMatchObject({
      code: 'invalid_json',
      message: 'The request body is not valid UTF-8.',
    });
  });

  it('refuses an empty body', () => {
    expect(refusal(bytesOf(''))).toMatchObject({ code: 'invalid_json' });
  });

  it('names the place of a fault and keeps the text to itself', () => {
    const error = refusal(bytesOf('{"a": 1,\n "secret-word": hunter2}'));
    expect(error.message).toBe(
      'The request body is not valid JSON: unexpected character at line 2, column 17.',
    );
    expect(JSON.stringify([error.message, error.detail, String(error.cause)])).not.toContain('hunter2');
  });

  it('says when the text ends too early', () => {
    expect(refusal(bytesOf('{"a": "b')).message).toContain('it ends too early at line 1, column 9');
  });

  it('takes exactly the depth it is given', () => {
    expect(parseJsonBody(bytesOf('[[{"a":[]}]]'), { depthMax: 4 })).toEqual([[{ a: [] }]]);
    expect(() => parseJsonBody(bytesOf('[[{"a":[]}]]'), { depthMax: 3 })).toThrow('deeper than 3 levels');
    expect(parseJsonBody(bytesOf('"no depth"'), { depthMax: 0 })).toBe('no depth');
  });

  it('refuses a million brackets without running out of stack', () => {
    const depth = 1_000_000;
    expect(refusal(bytesOf('['.repeat(depth) + ']'.repeat(depth)))).toMatchObject({
      code: 'invalid_request',
    });
    expect(refusal(bytesOf('['.repeat(depth)))).toMatchObject({ code: 'invalid_json' });
  });
});

describe('finding the fault in a text that is not JSON', () => {
  it.each([
    ['', 0],
    ['{', 1],
    ['[1,]', 3],
    ['[,]', 1],
    ['{"a" 1}', 5],
    ['{a:1}', 1],
    ['{"a":1,}', 7],
    ['{"a":1]', 6],
    ['tru', 3],
    ['trux', 3],
    ['nul ', 3],
    ['-', 1],
    ['-a', 1],
    ['01', 1],
    ['1.', 1],
    ['"\\x"', 2],
    ['"\\u12g4"', 5],
    ['"\n"', 1],
    ['1 2', 2],
    ['] ', 0],
  ])('finds it in %j at %i', (text, offset) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(findJsonFault(text)).toBe(offset);
  });

  it('finds none in valid JSON, and one before the end wherever a stray bracket stands', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(findJsonFault(` ${text}\n`)).toBe(text.length + 2);
        expect(findJsonFault(`${text} ]`)).toBe(text.length + 1);
      }),
    );
  });

  it('agrees with the parser where the parser tells a place', () => {
    const alphabet = fc.constantFrom(...'{}[]",:\\ 01.-+eEtrufalsn\n'.split(''));
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 30 }), (characters) => {
        const text = characters.join('');
        try {
          JSON.parse(text);
          expect(findJsonFault(text)).toBe(text.length);
        } catch (thrown) {
          const told = /at position (\d+)/.exec(String(thrown))?.[1];
          const found = findJsonFault(text);
          // A number that breaks off is told by the parser where it breaks, here where it last was a number.
          if (told !== undefined && !/number|fraction|exponent/i.test(String(thrown))) {
            expect(found).toBe(Number(told));
          }
          expect(found).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
