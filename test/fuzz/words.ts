// Words for generated requests: texts, names, media and JSON schemas, plain and odd.

import type { Chance } from '../faults/schedule.ts';
import type { Fields } from './generator.ts';
import { many } from './generator.ts';

const TEXTS: readonly string[] = [
  'hello',
  'What is the weather in Paris?',
  'Grüße, 世界 🌍 e\u0301 \u202Eright to left\u202C',
  'a\u0000b\u0001\u001F\u007F',
  'line\nline\r\nline\u2028line\u2029line',
  '<tool_call>{"name":"x"}</tool_call>',
  '{"a":[1,2,{"b":null}]}',
  'data: [DONE]\n\nevent: error\n\n',
  '"quoted" \\ back\\slash \\u0000',
  '__proto__',
  '%00%ff%2e%2e/',
  '${jndi:x} {{x}} <script>',
];

/** Never blank, which some models refuse; sometimes long. */
export function text(chance: Chance): string {
  const one = chance.pick(TEXTS);
  return chance.happens(0.03) ? one.repeat(chance.between(10, 2_000)) : one;
}

/** Models with tools and images, of every family; they are served natively or by other means. */
export const MODELS = [
  'claude-sonnet-4-6',
  'claude-haiku-4-5',
  'claude-opus-4-8',
  'gpt-5.4',
  'gpt-4o',
  'gpt-4.1',
  'gemini-2.5-flash',
  'gemini-3.1-pro',
  'nova-pro',
] as const;

const REASONING: ReadonlySet<string> = new Set([
  'claude-sonnet-4-6',
  'claude-opus-4-8',
  'gpt-5.4',
  'gemini-3.1-pro',
]);
const DOCUMENTS: ReadonlySet<string> = new Set([...REASONING, 'claude-haiku-4-5', 'nova-pro']);

export const reasons = (model: string): boolean => REASONING.has(model);
export const readsDocuments = (model: string): boolean => DOCUMENTS.has(model);

export const EMBEDDING_MODEL = 'text-embedding-ada-002';

/** A picture of one point, and the least of a PDF. */
export const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const PDF = Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF').toString('base64');

export function schema(chance: Chance, depth = 2): Fields {
  const leaf: readonly Fields[] = [
    { type: 'string', minLength: 1, pattern: '^(a+)+$' },
    { type: ['integer', 'null'], minimum: 0, exclusiveMinimum: -1 },
    { enum: ['a', 1, null, true] },
    { const: 'x' },
    { $ref: '#/$defs/none' },
    { type: 'boolean', default: true },
    {},
  ];
  if (depth === 0) return structuredClone(chance.pick(leaf));
  const properties = Object.fromEntries(
    many(chance, 0, 3, (index) => [
      `${chance.pick(['city', 'n', 'x y', 'é'])}${index}`,
      schema(chance, depth - 1),
    ]),
  );
  return {
    type: 'object',
    properties,
    ...(chance.happens(0.5) ? { required: Object.keys(properties) } : {}),
    ...(chance.happens(0.5) ? { additionalProperties: false } : {}),
    ...(chance.happens(0.2) ? { anyOf: [schema(chance, depth - 1), { type: 'array', items: {} }] } : {}),
  };
}

/** What tools are called with. */
export function argumentsOf(chance: Chance): Fields {
  return chance.pick<Fields>([
    {},
    { city: 'Paris' },
    { n: 1e21, list: [1, [2, [3]]], text: 'a\n"b"' },
    { '': null },
  ]);
}

/** Distinct names for tools. */
export function toolNames(chance: Chance, from: number): string[] {
  return many(chance, from, 3, (index) => `${chance.pick(['lookup', 'get_weather', 'a-b', 'T'])}_${index}`);
}
