// How the readers of the fuzz say what they demand. Cheaper than the test runner's own, of which a hundred thousand answers
// would take minutes.

import type { SeenAnswer } from '../generator.ts';

export type Json = Record<string, unknown>;

export function demand(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`the answer breaks its format: ${what}`);
}

export function expectFields(value: unknown, what: string): Json {
  demand(typeof value === 'object' && value !== null && !Array.isArray(value), `${what} is an object`);
  return value as Json;
}

export function expectText(value: unknown, what: string): string {
  demand(typeof value === 'string', `${what} is a text`);
  return value;
}

export function expectList(value: unknown, what: string): unknown[] {
  demand(Array.isArray(value), `${what} is a list`);
  return value;
}

export function expectCount(value: unknown, what: string): number {
  demand(typeof value === 'number' && Number.isSafeInteger(value) && value >= 0, `${what} is a count`);
  return value;
}

export function jsonOf({ body }: SeenAnswer): unknown {
  const text = body.toString('utf8');
  demand(Buffer.from(text, 'utf8').equals(body), 'the body is UTF-8');
  return JSON.parse(text) as unknown;
}

export function headerOf(headers: SeenAnswer['headers'], name: string): string {
  const value = headers[name];
  demand(typeof value === 'string', `the header ${name} is there, once`);
  return value;
}

/** Of a whole answer that is no error. */
export function expectJsonHead({ status, headers }: SeenAnswer): void {
  demand(status === 200, `a success is 200, not ${status}`);
  demand(/^application\/json\b/u.test(headerOf(headers, 'content-type')), 'a whole answer is JSON');
}

export const isStream = ({ headers }: SeenAnswer): boolean =>
  /^(?:text\/event-stream|application\/vnd\.amazon\.eventstream)\b/u.test(String(headers['content-type']));
