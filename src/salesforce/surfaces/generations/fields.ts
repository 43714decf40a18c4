// Reads of what Salesforce sent, field by field. A field of the wrong type counts as absent: the replies are the
// providers' own blobs, differ by model and mode (reference 8.7, 8.8), and must never make a decoder throw.

import type { JsonObject, JsonValue } from '../../../core/neutral/index.ts';
import { isJsonObject } from '../../../core/wire/index.ts';

/** The first of these fields that is there and not null: one surface says snake_case, the other camelCase. */
export function pick(object: JsonObject | undefined, names: readonly string[]): JsonValue | undefined {
  if (object === undefined) return undefined;
  for (const name of names) {
    const value = object[name];
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

// The readers take a value, not names: `textOf(json['a'] ?? json['b'])` is read in place, where a list of names costs an
// array and a search in every one of the dozens of fields of a reply.

export function objectOf(value: JsonValue | undefined): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

/** Finite and not negative: everything counted or scored upstream is. */
export function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

export function booleanOf(value: JsonValue | undefined): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}
