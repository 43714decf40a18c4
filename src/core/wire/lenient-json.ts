// Reads JSON that a model's side sent. Lenient: a field of another type counts as missing, since a reply is better told
// in part than refused for a field nobody needs.

import type { JsonObject, JsonValue } from '../neutral/index.ts';
import { isJsonObject } from './json-reader.ts';

const NOTHING: JsonObject = {};
const NO_VALUES: readonly JsonValue[] = [];
const NO_OBJECTS: readonly JsonObject[] = [];

/** The object; an empty one where it is none. */
export function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : NOTHING;
}

export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : NO_VALUES;
}

/** The objects of an array; whatever else is in it is passed over. */
export function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : NO_OBJECTS;
}

export function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A count of tokens or an index. */
export function countOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Undefined where the text is not JSON. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse makes nothing but JSON values.
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
