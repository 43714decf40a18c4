// Bytes of a request body to a JSON value. Promises a GatewayError and nothing else on bad input, and never repeats the
// caller's text in it: a body that failed to parse may be anything, a password file included.

import { isUtf8 } from 'node:buffer';

import { GatewayError } from '../errors/index.ts';
import type { JsonObject, JsonValue } from '../neutral/index.ts';
import { findJsonFault } from './json-fault.ts';

export type JsonLimits = {
  /** Objects and arrays inside each other; the outermost counts as 1. */
  readonly depthMax: number;
};

/** Deeper than any real JSON Schema or tool argument seen, and far from any stack's end. */
export const JSON_DEPTH_MAX = 128;

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Checked before it is decoded, since a replacement character would change what the caller said. Together that takes half
 * of what a fatal TextDecoder takes, in a request's first microseconds. A leading byte order mark is dropped.
 */
function decodeUtf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new GatewayError('invalid_json', 'The request body is not valid UTF-8.');
  const buffer =
    bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

function describePosition(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let at = before.indexOf('\n'); at !== -1; at = before.indexOf('\n', at + 1)) line += 1;
  return `line ${line}, column ${offset - lineStart + 1}`;
}

function parseText(text: string): JsonValue {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse makes nothing but JSON values.
    return JSON.parse(text) as JsonValue;
  } catch {
    // V8's own message quotes the text, so it is neither shown nor kept as a cause.
    const offset = findJsonFault(text);
    const what = offset >= text.length ? 'it ends too early' : 'unexpected character';
    throw new GatewayError(
      'invalid_json',
      `The request body is not valid JSON: ${what} at ${describePosition(text, offset)}.`,
    );
  }
}

/** Goes no deeper than it may find, so a hostile body cannot exhaust the stack. */
function isDeeperThan(value: JsonValue, depthMax: number): boolean {
  if (!isNested(value)) return false;
  if (depthMax <= 0) return true;
  if (isArray(value)) {
    for (const item of value) if (isNested(item) && isDeeperThan(item, depthMax - 1)) return true;
    return false;
  }
  // `Object.values` would make an array of each object of the body.
  for (const key in value) {
    const inner = value[key];
    if (isNested(inner) && isDeeperThan(inner, depthMax - 1)) return true;
  }
  return false;
}

function isNested(value: JsonValue | undefined): value is JsonObject | readonly JsonValue[] {
  return typeof value === 'object' && value !== null;
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** @throws GatewayError `invalid_json`, or `invalid_request` for a body nested too deeply. */
export function parseJsonBody(bytes: Uint8Array, limits: JsonLimits): JsonValue {
  const text = decodeUtf8(bytes);
  if (text === '') throw new GatewayError('invalid_json', 'The request body is empty; JSON is expected.');
  const value = parseText(text);
  if (isDeeperThan(value, limits.depthMax)) {
    throw new GatewayError(
      'invalid_request',
      `The request body is nested deeper than ${limits.depthMax} levels.`,
    );
  }
  return value;
}
