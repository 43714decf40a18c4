// The headers of an AWS event stream's frame, both ways: a name, a type from 0 to 9, a value (reference 3.7). Integers are
// big-endian.

/** `timestamp` is milliseconds since the epoch. A 64-bit number is a bigint, since a number would round it. */
export type EventStreamHeader =
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'byte' | 'short' | 'integer'; readonly value: number }
  | { readonly type: 'long' | 'timestamp'; readonly value: bigint }
  | { readonly type: 'binary'; readonly value: Uint8Array }
  | { readonly type: 'string' | 'uuid'; readonly value: string };

/** By name. Of two headers of one name the later counts. */
export type EventStreamHeaders = ReadonlyMap<string, EventStreamHeader>;

type Read = { readonly header: EventStreamHeader; readonly bytes: number };

const UUID_BYTES = 16;
const LENGTH_BYTES = 2;

function readSized(bytes: Buffer): Buffer {
  const length = bytes.readUInt16BE(0);
  // Past the end, `subarray` would give less than was promised and say nothing.
  if (LENGTH_BYTES + length > bytes.length) throw new RangeError('a header value reaches past the headers');
  return bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
}

function readUuid(bytes: Buffer): string {
  if (bytes.length < UUID_BYTES) throw new RangeError('a header value reaches past the headers');
  const hex = bytes.toString('hex', 0, UUID_BYTES);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** By type number; each reads a value from the beginning of the bytes and throws a RangeError past their end. */
const READERS: readonly ((bytes: Buffer) => Read)[] = [
  () => ({ header: { type: 'boolean', value: true }, bytes: 0 }),
  () => ({ header: { type: 'boolean', value: false }, bytes: 0 }),
  (bytes) => ({ header: { type: 'byte', value: bytes.readInt8(0) }, bytes: 1 }),
  (bytes) => ({ header: { type: 'short', value: bytes.readInt16BE(0) }, bytes: 2 }),
  (bytes) => ({ header: { type: 'integer', value: bytes.readInt32BE(0) }, bytes: 4 }),
  (bytes) => ({ header: { type: 'long', value: bytes.readBigInt64BE(0) }, bytes: 8 }),
  (bytes) => {
    // A copy: the frame's memory is good for one call only, a header may be kept.
    const value = new Uint8Array(readSized(bytes));
    return { header: { type: 'binary', value }, bytes: LENGTH_BYTES + value.length };
  },
  (bytes) => {
    const sized = readSized(bytes);
    return { header: { type: 'string', value: sized.toString('utf8') }, bytes: LENGTH_BYTES + sized.length };
  },
  (bytes) => ({ header: { type: 'timestamp', value: bytes.readBigInt64BE(0) }, bytes: 8 }),
  (bytes) => ({ header: { type: 'uuid', value: readUuid(bytes) }, bytes: UUID_BYTES }),
];

function readAll(bytes: Buffer): EventStreamHeaders | undefined {
  const headers = new Map<string, EventStreamHeader>();
  let at = 0;
  while (at < bytes.length) {
    const nameEnd = at + 1 + bytes.readUInt8(at);
    const read = READERS[bytes.readUInt8(nameEnd)];
    if (read === undefined) return undefined;
    const { header, bytes: count } = read(bytes.subarray(nameEnd + 1));
    headers.set(bytes.toString('utf8', at + 1, nameEnd), header);
    at = nameEnd + 1 + count;
  }
  return headers;
}

/** Undefined where the bytes are no headers. */
export function readEventStreamHeaders(bytes: Buffer): EventStreamHeaders | undefined {
  try {
    return readAll(bytes);
  } catch (thrown) {
    // Buffers throw it for a read past their end.
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

/** The value of a string header; undefined where there is none of that name and type. */
export function stringHeaderOf(headers: EventStreamHeaders, name: string): string | undefined {
  const header = headers.get(name);
  return header?.type === 'string' ? header.value : undefined;
}
