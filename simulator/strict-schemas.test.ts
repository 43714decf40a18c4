// The rules of a schema that is to be followed strictly.
import { describe, expect, it } from 'vitest';

import { strictFault } from './strict-schemas.ts';

const closed = (properties: Record<string, unknown>, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

describe('a strict schema', () => {
  it.each([
    ['nothing', {}],
    ['closed objects at every depth', closed({ a: closed({ b: { type: 'string' } }) })],
    ['lists of closed objects', closed({ a: { type: 'array', items: closed({}) } })],
    ['references', { ...closed({ a: { $ref: '#/$defs/a' } }), $defs: { a: closed({}) } }],
  ])('takes %s', (_name, schema) => {
    expect(strictFault(schema)).toBeUndefined();
  });

  it.each([
    ["context=(), 'additionalProperties'", { type: 'object', properties: {} }],
    ["context=(), 'required' .* Missing 'a'", closed({ a: {} }, [])],
    ["context=('properties', 'a'), 'additionalProperties'", closed({ a: { type: 'object' } })],
    ["('properties', 'a', 'items')", closed({ a: { type: 'array', items: { properties: {} } } })],
    ["('anyOf', '1')", { anyOf: [closed({}), { type: 'object' }] }],
    ["('\\$defs', 'a')", { $defs: { a: { type: 'object' } } }],
  ])('refuses one with %s', (told, schema) => {
    expect(strictFault(schema)).toMatch(new RegExp(told.replaceAll(/[()]/gu, '\\$&'), 'u'));
  });
});
