// Reads JSON that a model's side sent. Lenient: a field of another type counts as missing, since a reply is better told
// in part than refused for a field nobody needs.

import { GatewayError } from '../../core/errors/index.ts';
import type { JsonObject, JsonValue } from '../../core/neutral/index.ts';
import { isJsonObject } from '../../core/wire/json-reader.ts';

const NOTHING: JsonObject = {};

export function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : NOTHING;
}

export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The object's `type`; empty where it has none. */
export function typeOf(object: JsonObject): string {
  return textOf(object['type']) ?? '';
}

/** A count of tokens. */
export function countOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

export function unreadableReply(detail: string): GatewayError {
  return new GatewayError('upstream_protocol', 'The model sent a reply that the gateway cannot read.', {
    detail,
  });
}

/** The JSON text of a stream's event. @throws GatewayError where it is none. */
export function parseEvent(data: string): JsonValue {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse makes nothing but JSON values.
    return JSON.parse(data) as JsonValue;
  } catch {
    throw unreadableReply('a stream event that is no JSON');
  }
}
