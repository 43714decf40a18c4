// The payload of an event's frame: `{"bytes":"<base64 of one event's JSON>"}`, where further keys (padding) may follow
// (reference 3.7). Nearly every frame has exactly this beginning, and is read without parsing it as JSON.

import { isJsonObject, parseJson } from '../../../core/wire/index.ts';

const BEFORE_BYTES = Buffer.from('{"bytes":"');
const QUOTE = 0x22;
const BACKSLASH = '\\';

/** The JSON text of one event; undefined where the payload holds none. */
export function readChunk(payload: Uint8Array): string | undefined {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const start = BEFORE_BYTES.length;
  const end = bytes.indexOf(QUOTE, start);
  if (end !== -1 && bytes.compare(BEFORE_BYTES, 0, start, 0, start) === 0) {
    const base64 = bytes.toString('latin1', start, end);
    // Some writers of JSON escape the slash.
    if (!base64.includes(BACKSLASH)) return decodeBase64(base64);
  }
  return readParsed(bytes.toString('utf8'));
}

function readParsed(text: string): string | undefined {
  const value = parseJson(text);
  if (!isJsonObject(value)) return undefined;
  const base64 = value['bytes'];
  if (typeof base64 === 'string') return decodeBase64(base64);
  // An event without its wrapping is the event.
  return typeof value['type'] === 'string' ? text : undefined;
}

function decodeBase64(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
