// What the format's JSON has everywhere, and what is said of JSON that a model's side sent and nobody can read.

import { GatewayError } from '../../core/errors/index.ts';
import type { JsonObject, JsonValue } from '../../core/neutral/index.ts';
import { parseJson, textOf } from '../../core/wire/index.ts';

/** The object's `type`; empty where it has none. */
export function typeOf(object: JsonObject): string {
  return textOf(object['type']) ?? '';
}

export function unreadableReply(detail: string): GatewayError {
  return new GatewayError('upstream_protocol', 'The model sent a reply that the gateway cannot read.', {
    detail,
  });
}

/** The JSON text of a stream's event. @throws GatewayError where it is none. */
export function parseEvent(data: string): JsonValue {
  const value = parseJson(data);
  if (value === undefined) throw unreadableReply('a stream event that is no JSON');
  return value;
}
