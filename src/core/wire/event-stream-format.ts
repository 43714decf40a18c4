// AWS event stream, frames to bytes (reference 3.7).

import { crc32 } from 'node:zlib';

import type { EventStreamHeader, EventStreamHeaders } from './event-stream-headers.ts';

const TYPE_NUMBERS = {
  byte: 2,
  short: 3,
  integer: 4,
  long: 5,
  binary: 6,
  string: 7,
  timestamp: 8,
  uuid: 9,
} as const satisfies Record<Exclude<EventStreamHeader['type'], 'boolean'>, number>;

const NAME_BYTES_MAX = 255;
const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function sized(value: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(value.length);
  return Buffer.concat([length, value]);
}

function uuidBytes(value: string): Buffer {
  if (!UUID.test(value)) throw new RangeError('the value of a uuid header is no UUID');
  return Buffer.from(value.replaceAll('-', ''), 'hex');
}

function formatNumber(type: 'byte' | 'short' | 'integer', value: number): Buffer {
  const bytes = Buffer.alloc({ byte: 1, short: 2, integer: 4 }[type]);
  bytes.writeIntBE(value, 0, bytes.length);
  return bytes;
}

function formatValue(header: Exclude<EventStreamHeader, { type: 'boolean' }>): Buffer {
  switch (header.type) {
    case 'byte':
    case 'short':
    case 'integer':
      return formatNumber(header.type, header.value);
    case 'long':
    case 'timestamp': {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(header.value);
      return bytes;
    }
    case 'binary':
      return sized(header.value);
    case 'string':
      return sized(Buffer.from(header.value));
    case 'uuid':
      return uuidBytes(header.value);
  }
}

function formatHeader(name: string, header: EventStreamHeader): Buffer {
  const nameBytes = Buffer.from(name);
  if (nameBytes.length > NAME_BYTES_MAX)
    throw new RangeError('the name of a header is longer than 255 bytes');
  const before = [Uint8Array.of(nameBytes.length), nameBytes];
  // A boolean's type is its value.
  if (header.type === 'boolean') return Buffer.concat([...before, Uint8Array.of(header.value ? 0 : 1)]);
  return Buffer.concat([...before, Uint8Array.of(TYPE_NUMBERS[header.type]), formatValue(header)]);
}

/** @throws RangeError for a name, text or number that the framing cannot hold. */
export function formatEventStreamFrame(headers: EventStreamHeaders, payload: Uint8Array): Uint8Array {
  const formatted = Buffer.concat([...headers].map(([name, header]) => formatHeader(name, header)));
  const end = PRELUDE_BYTES + formatted.length + payload.length;
  const frame = Buffer.allocUnsafe(end + CHECKSUM_BYTES);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(formatted.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  formatted.copy(frame, PRELUDE_BYTES);
  frame.set(payload, PRELUDE_BYTES + formatted.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, end)), end);
  return frame;
}
