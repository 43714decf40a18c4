// The interpreter against a table of keywords, and against schemas that are out to hurt it.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { JsonValue } from '../../../core/neutral/index.ts';
import { formatFaults, judge } from './interpreter.ts';

const told = (schema: JsonValue, value: JsonValue): string => {
  const verdict = judge(schema, value);
  return verdict.type === 'invalid' ? formatFaults(verdict.faults) : verdict.type;
};

const LIST = {
  $defs: {
    node: {
      properties: { next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
      required: ['next'],
      type: 'object',
    },
  },
  $ref: '#/$defs/node',
};

describe('a value', () => {
  it.each<[string, JsonValue, JsonValue]>([
    ['type', { type: 'string' }, 'x'],
    ['an integer that was written with a point', { type: 'integer' }, 2],
    ['a list of types', { type: ['string', 'null'] }, null],
    ['nullable', { type: 'string', nullable: true, enum: ['a'] }, null],
    ['enum', { enum: [1, { a: [1] }] }, { a: [1] }],
    ['const', { const: { a: 1, b: 2 } }, { b: 2, a: 1 }],
    ['properties', { properties: { a: { type: 'number' } } }, { a: 1, b: 'free' }],
    ['a member called like one of every object', { properties: { constructor: { type: 'string' } } }, {}],
    [
      'additionalProperties',
      { properties: { a: true }, additionalProperties: { type: 'string' } },
      { a: 1, b: 'x' },
    ],
    ['prefixItems', { prefixItems: [{ type: 'string' }], items: { type: 'number' } }, ['a', 1, 2]],
    ['items of the older drafts', { items: [{ type: 'string' }], additionalItems: false }, ['a']],
    ['contains', { contains: { const: 3 } }, [1, 3]],
    ['minContains 0', { contains: { const: 3 }, minContains: 0 }, []],
    ['uniqueItems', { uniqueItems: true }, [1, '1', [1]]],
    ['multipleOf in binary fractions', { multipleOf: 0.1 }, 0.3],
    ['length in characters', { minLength: 1, maxLength: 1 }, '\u{1F680}'],
    ['anyOf', { anyOf: [{ type: 'string' }, { type: 'number' }] }, 1],
    ['oneOf', { oneOf: [{ minimum: 5 }, { maximum: 3 }] }, 6],
    ['allOf', { allOf: [{ required: ['a'] }, { required: ['b'] }] }, { a: 1, b: 2 }],
    ['not', { not: { type: 'string' } }, 1],
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema.
    ['if and then', { if: { type: 'string' }, then: { minLength: 2 }, else: { minimum: 2 } }, 'ab'],
    ['a schema that refers to itself', LIST, { next: { next: null } }],
    ['a reference with escapes', { 'a/b': { 'c d': { type: 'string' } }, $ref: '#/a~1b/c%20d' }, 'x'],
    ['a reference elsewhere, which is not followed', { $ref: 'https://example.com/s.json' }, 1],
    ['pattern, which is not run', { type: 'string', pattern: '^b+$' }, 'a'],
    ['not over a pattern, which decides nothing', { not: { pattern: '^b' } }, 'b'],
    ['oneOf over patterns, which decides nothing', { oneOf: [{ pattern: 'a' }, { pattern: 'b' }] }, 'a'],
    [
      'patternProperties beside additionalProperties',
      { patternProperties: { '^x': true }, additionalProperties: false },
      { y: 1 },
    ],
    ['format, an annotation', { format: 'email' }, 'nobody'],
    ['a schema that is true', true, 1],
    ['an empty schema', {}, [1, { a: null }]],
    ['a type nobody knows', { type: [] }, 1],
  ])('fits %s', (_, schema, value) => {
    expect(told(schema, value)).toBe('valid');
  });
});

describe('a fault', () => {
  it.each<[JsonValue, JsonValue, string]>([
    [{ type: 'string' }, 1, 'the value must be a string, not a number'],
    [{ type: 'integer' }, 1.5, 'the value must be an integer, not a number'],
    [{ type: ['array', 'null'] }, {}, 'the value must be an array or a null, not an object'],
    [{ enum: ['a', 'b'] }, 'c', 'the value must be one of: "a", "b"'],
    [{ const: 1 }, 2, 'the value must be 1'],
    [{ required: ['a/b', 'constructor'] }, {}, '/a~1b is required; /constructor is required'],
    [{ properties: { a: { type: 'number' } } }, { a: 'x' }, '/a must be a number, not a string'],
    [
      { properties: { a: {} }, additionalProperties: false },
      { b: 1 },
      '/b is not a member that is allowed (allowed: "a")',
    ],
    [{ additionalProperties: { type: 'string' } }, { b: 1 }, '/b must be a string, not a number'],
    [{ propertyNames: { maxLength: 1 } }, { bb: 1 }, '/bb has a name that is not allowed'],
    [{ dependentRequired: { a: ['b'] } }, { a: 1 }, '/b is required'],
    [{ items: { type: 'number' } }, [1, 'x'], '/1 must be a number, not a string'],
    [{ prefixItems: [{}], items: false }, [1, 2], '/1 is not allowed'],
    [{ minItems: 2 }, [1], 'the value must have at least 2 items'],
    [{ maxProperties: 0 }, { a: 1 }, 'the value must have at most 0 members'],
    [{ uniqueItems: true }, [{ a: 1 }, { a: 1 }], 'the value must not have the same item twice'],
    [{ contains: { const: 3 } }, [1], 'the value lacks an item that it must contain'],
    [{ minLength: 3 }, 'ab', 'the value must have at least 3 characters'],
    [{ maximum: 3 }, 4, 'the value must be at most 3'],
    [{ minimum: 3, exclusiveMinimum: true }, 3, 'the value must be greater than 3'],
    [{ exclusiveMaximum: 3 }, 3, 'the value must be less than 3'],
    [{ multipleOf: 3 }, 4, 'the value must be a multiple of 3'],
    [{ not: { type: 'number' } }, 4, 'the value has a form that is not allowed'],
    [
      { oneOf: [{ minimum: 1 }, { minimum: 2 }] },
      4,
      'the value fits several forms of which exactly one is allowed',
    ],
    [
      { anyOf: [{ type: 'string' }, { properties: { a: { type: 'string' } } }] },
      { a: 1 },
      'the value fits none of the 2 forms that are allowed; /a must be a string, not a number',
    ],
    [LIST, { next: {} }, '/next fits none of the 2 forms that are allowed; /next/next is required'],
    [{ if: { type: 'string' }, else: { minimum: 2 } }, 1, 'the value must be at least 2'],
  ])('of %j is told where it is and what is wanted', (schema, value, expected) => {
    expect(told(schema, value)).toBe(expected);
  });
});

describe('a hostile schema', () => {
  const bomb = (levels: number): JsonValue =>
    levels === 0 ? { type: 'string' } : { anyOf: [bomb(levels - 1), bomb(levels - 1), bomb(levels - 1)] };

  it.each<[string, JsonValue]>([
    ['that refers to itself for ever', { $ref: '#' }],
    [
      'of two that refer to each other',
      { $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' },
    ],
    ['that forks at every level', bomb(12)],
    ['that forks through references', { anyOf: [{ $ref: '#' }, { $ref: '#' }] }],
  ])('%s is left undecided', (_, schema) => {
    expect(told(schema, 1)).toBe('undecided');
  });

  it('gives few and short faults, however much is wrong', () => {
    const required = Array.from({ length: 1_000 }, (_, index) => `${'n'.repeat(500)}${index}`);
    const verdict = judge({ required, type: 'object' }, {});
    expect(verdict.type).toBe('invalid');
    expect(told({ required }, {}).length).toBeLessThan(1_000);
  });

  it('of any shape never throws', () => {
    const keywords = fc.constantFrom(
      'type',
      'enum',
      'const',
      'properties',
      'required',
      'items',
      'prefixItems',
      'anyOf',
      'oneOf',
      'allOf',
      'not',
      '$ref',
      'if',
      'then',
      'additionalProperties',
      'minLength',
      'multipleOf',
      'uniqueItems',
      'contains',
      'propertyNames',
      'dependentRequired',
      'nullable',
    );
    const { schema } = fc.letrec<{ schema: JsonValue }>((tie) => ({
      schema: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<JsonValue>('string', 'object', '#', '#/not', 0, -1, true, null, 'a'),
        fc.array(tie('schema'), { maxLength: 3 }),
        fc.dictionary(fc.oneof(keywords, fc.constantFrom('a', 'b')), tie('schema'), { maxKeys: 4 }),
      ),
    }));
    const value = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(schema, value, (stranger, given) => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- fast-check makes nothing but JSON values.
        expect(judge(stranger, given as JsonValue).type).toMatch(/^(?:valid|invalid|undecided)$/);
      }),
      { numRuns: 400, seed: 6 },
    );
  });
});
