// Tools as strangers define them, each with arguments that fit: nested, with alternatives, nulls, enums, references, names
// that differ by case, and texts that look like the marks of a call.

import * as fc from 'fast-check';

import type { JsonObject, JsonValue, Tool } from '../../src/core/neutral/index.ts';

export type Shape = { readonly schema: JsonObject; readonly value: JsonValue };
export type ToolCase = { readonly tool: Tool; readonly given: JsonObject };

/** `OPEN`, `CLOSE` and `RESULT` become the marks of the conversation. */
const WORDS = [
  '',
  'a',
  'OPEN',
  'CLOSE',
  'OPEN{"name":"x"}CLOSE',
  'RESULT id="1">',
  '```',
  '```json\n',
  '"',
  '\\',
  "it's",
  '}',
  '{',
  '<b>',
  'naïve 日本語 👩‍👩‍👧',
  '\n\n',
  '$fromAI("k")',
  '</call>',
  '\u2028',
  '\0',
];

const word = fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'grapheme', maxLength: 12 }));
const key = fc.oneof(
  fc.constantFrom('city', 'City', 'constructor', '1', '0', 'ключ', 'a/b', 'a b', 'name', 'arguments'),
  fc.string({ minLength: 1, maxLength: 6 }).filter((name) => name !== '__proto__'),
);

const scalar: fc.Arbitrary<Shape> = fc.oneof(
  word.map((value) => ({ schema: { type: 'string' }, value })),
  fc
    .integer()
    .map((value) => ({ schema: { type: 'integer', minimum: value - 1, maximum: value + 1 }, value })),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => ({ schema: { type: 'number' }, value: value === 0 ? 0 : value })),
  fc.boolean().map((value) => ({ schema: { type: 'boolean' }, value })),
  fc.constant({ schema: { type: ['string', 'null'] }, value: null }),
  fc.constant({ schema: { type: 'string', nullable: true }, value: null }),
  fc
    .uniqueArray(word, { minLength: 1, maxLength: 4 })
    .map((values) => ({ schema: { enum: values }, value: values.at(-1) ?? '' })),
  word.map((value) => ({ schema: { const: value }, value })),
  fc.constant({ schema: { type: 'string', pattern: '^(a+)+$', format: 'email' }, value: 'x' }),
);

function objectOf(members: readonly (readonly [string, Shape])[]): Shape {
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(members.map(([name, { schema }]) => [name, schema])),
      required: members.map(([name]) => name),
      additionalProperties: false,
    },
    value: Object.fromEntries(members.map(([name, { value }]) => [name, value])),
  };
}

const { shape } = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'shape' },
    scalar,
    fc.array(tie('shape'), { maxLength: 3 }).map((items) => ({
      schema: { type: 'array', prefixItems: items.map(({ schema }) => schema), minItems: items.length },
      value: items.map(({ value }) => value),
    })),
    fc.uniqueArray(fc.tuple(key, tie('shape')), { maxLength: 4, selector: ([name]) => name }).map(objectOf),
    fc
      .tuple(tie('shape'), tie('shape'))
      .map(([fits, other]) => ({ schema: { anyOf: [other.schema, fits.schema] }, value: fits.value })),
    tie('shape').map(({ schema, value }) => ({ schema: { allOf: [schema, {}] }, value })),
  ),
}));

const parameters: fc.Arbitrary<{ readonly schema: JsonObject; readonly given: JsonObject }> = fc
  .uniqueArray(fc.tuple(key, shape), { maxLength: 4, selector: ([name]) => name })
  .map((members) => {
    const { schema } = objectOf(members);
    return { schema, given: Object.fromEntries(members.map(([name, { value }]) => [name, value])) };
  });

const name = fc.oneof(
  fc.constantFrom('get_weather', 'Get_Weather', 'GET_WEATHER', 'wetter-größe', 'a', 'call', 'OPEN'),
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 }),
);

/** Tools of one call; no two have the same name. */
export const arbitraryTools: fc.Arbitrary<readonly ToolCase[]> = fc.uniqueArray(
  fc
    .tuple(name, fc.option(word, { nil: undefined }), parameters)
    .map(([called, description, { schema, given }]) => ({
      tool: { name: called, description, parameters: schema, strict: undefined },
      given,
    })),
  { minLength: 1, maxLength: 5, selector: ({ tool }) => tool.name },
);

/** Schemas that no value can do right by, or that are out to hurt whoever reads them. */
export const HOSTILE_SCHEMAS: readonly JsonObject[] = [
  { not: {} },
  { $ref: '#' },
  { $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' },
  { anyOf: Array.from({ length: 2_000 }, () => ({ $ref: '#' })) },
  { enum: Array.from({ length: 20_000 }, (_, index) => index) },
  { type: 'bogus' },
  { properties: 7, required: { a: 1 }, items: 'x', anyOf: {} },
  { propertyNames: { pattern: '^(([a-z])+.)+$' }, patternProperties: { '(.*)*': { $ref: '#' } } },
];
