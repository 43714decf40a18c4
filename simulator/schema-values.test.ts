// Values made for a schema are valid for it, as a published validator judges.
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';

import { argumentsFor, sampleFor } from './schema-values.ts';

const schemas: Readonly<Record<string, object>> = {
  'required properties': {
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'integer' }, c: { type: 'boolean' } },
    required: ['a', 'b'],
    additionalProperties: false,
  },
  'nested objects and lists': {
    type: 'object',
    properties: {
      list: {
        type: 'array',
        minItems: 3,
        items: { type: 'object', properties: { x: { type: 'number' } }, required: ['x'] },
      },
    },
    required: ['list'],
  },
  'distinct items': { type: 'array', minItems: 3, uniqueItems: true, items: { type: 'integer' } },
  'distinct values of an enum': {
    type: 'array',
    minItems: 2,
    uniqueItems: true,
    items: { enum: ['a', 'b'] },
  },
  'a tuple': { type: 'array', items: { type: 'string' }, minItems: 2 },
  'no items': { type: 'array', maxItems: 0, items: { type: 'string' } },
  'an enum': { enum: [7, 8] },
  'a constant': { const: { deep: [1] } },
  'a default': { type: 'string', default: 'given', minLength: 3 },
  'string lengths': { type: 'string', minLength: 12, maxLength: 14 },
  'a short string': { type: 'string', maxLength: 2 },
  minimum: { type: 'integer', minimum: 41.5 },
  'exclusive minimum': { type: 'integer', exclusiveMinimum: 41 },
  'exclusive bounds of a number': { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 },
  'only a maximum': { type: 'number', maximum: -5 },
  'a multiple': { type: 'integer', multipleOf: 7, minimum: 50, maximum: 60 },
  'several types': { type: ['null', 'integer'] },
  'only null': { type: 'null' },
  anyOf: { anyOf: [{ type: 'integer', minimum: 3 }, { type: 'string' }] },
  'oneOf beside properties': {
    type: 'object',
    properties: { kind: { type: 'string' } },
    required: ['kind'],
    oneOf: [{ properties: { kind: { const: 'x' } } }, { properties: { kind: { const: 'y' } } }],
  },
  allOf: {
    allOf: [
      { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
      { type: 'object', properties: { b: { type: 'string' } }, required: ['b'] },
    ],
  },
  'a reference': {
    type: 'object',
    properties: { a: { $ref: '#/$defs/thing' } },
    required: ['a'],
    $defs: { thing: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] } },
  },
  'a recursive reference': {
    $ref: '#/definitions/node',
    definitions: {
      node: {
        type: 'object',
        properties: { next: { anyOf: [{ $ref: '#/definitions/node' }, { type: 'null' }] } },
        required: ['next'],
      },
    },
  },
  'a minimum of properties': {
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'string' } },
    minProperties: 2,
  },
  'no type at all': { properties: { a: { minimum: 3 } }, required: ['a'] },
};

describe('sampleFor', () => {
  it.each(Object.entries(schemas))('makes a valid value for %s', (_name, schema) => {
    const validate = new Ajv({ strict: false }).compile(schema);
    const value = sampleFor(schema);
    validate(value);
    expect([value, validate.errors]).toEqual([value, null]);
    expect(sampleFor(schema)).toEqual(value);
  });
});

describe('argumentsFor', () => {
  it('is an object whatever the schema says', () => {
    for (const parameters of [{}, undefined, null, { type: 'string' }, { type: 'object' }]) {
      expect(argumentsFor(parameters)).toEqual({});
    }
  });
});
