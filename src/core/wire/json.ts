// Bytes of a request body to a JSON value. Promises a GatewayError and nothing else on bad input, and never repeats the
// caller's text in it: a body that failed to parse may be anything, a password file included.

import { GatewayError } from '../errors/index.ts';
import type { JsonValue } from '../neutral/index.ts';
import { findJsonFault } from './json-fault.ts';

export type JsonLimits = {
  /** Objects and arrays inside each other; the outermost counts as 1. */
  readonly depthMax: number;
};

/** Deeper than any real JSON Schema or tool argument seen, and far from any stack's end. */
export const JSON_DEPTH_MAX = 128;

// Fatal: a replacement character would change what the caller said. A leading byte order mark is dropped.
const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (thrown) {
    throw new GatewayError('invalid_json', 'The request body is not valid UTF-8.', { cause: thrown });
  }
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

/** Iterative: recursion over a hostile body would end the process. */
function isDeeperThan(root: JsonValue, depthMax: number): boolean {
  let level: JsonValue[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    const next: JsonValue[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      if (depth >= depthMax) return true;
      const inners: readonly JsonValue[] = Array.isArray(value) ? value : Object.values(value);
      for (const inner of inners) {
        if (typeof inner === 'object' && inner !== null) next.push(inner);
      }
    }
    level = next;
  }
  return false;
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
