// The framing of AWS event streams: the published vector, a published codec as judge, any cut of the bytes, linear work,
// every checksum and every bound.

import { crc32 } from 'node:zlib';

import {
  EventStreamCodec,
  Int64,
  type MessageHeaders,
  type MessageHeaderValue,
} from '@smithy/eventstream-codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  createEventStreamParser,
  formatEventStreamFrame,
  stringHeaderOf,
  type EventStreamHeader,
  type EventStreamHeaders,
} from './index.ts';

/** Reference 3.7: headers in this order, 123 bytes, of them 75 of headers. */
const VECTOR = Buffer.from(
  '0000007b0000004b0a2e96af0b3a6576656e742d747970650700056368756e6b0d3a636f6e74656e742d747970650700' +
    '106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b226279746573223a' +
    '2265794a306558426c496a6f6963476c755a794a39227da01f56c4',
  'hex',
);
const VECTOR_HEADERS: EventStreamHeaders = new Map<string, EventStreamHeader>([
  [':event-type', { type: 'string', value: 'chunk' }],
  [':content-type', { type: 'string', value: 'application/json' }],
  [':message-type', { type: 'string', value: 'event' }],
]);
const VECTOR_PAYLOAD = Buffer.from('{"bytes":"eyJ0eXBlIjoicGluZyJ9"}');

type Frame = { readonly headers: EventStreamHeaders; readonly payload: string };

function parse(pieces: readonly Uint8Array[], frameBytesMax = 1 << 20): Frame[] {
  const seen: Frame[] = [];
  const parser = createEventStreamParser({
    frameBytesMax,
    onFrame: (headers, payload) =>
      void seen.push({ headers, payload: Buffer.from(payload).toString('base64') }),
  });
  for (const piece of pieces) parser.push(piece);
  parser.end();
  return seen;
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b),
    bytes.length,
  ];
  return sorted.slice(1).map((end, index) => bytes.slice(sorted[index], end));
}

const header: fc.Arbitrary<EventStreamHeader> = fc.oneof(
  fc.record({ type: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({ type: fc.constant('byte' as const), value: fc.integer({ min: -128, max: 127 }) }),
  fc.record({ type: fc.constant('short' as const), value: fc.integer({ min: -32_768, max: 32_767 }) }),
  fc.record({ type: fc.constant('integer' as const), value: fc.integer() }),
  fc.record({
    type: fc.constant('long' as const),
    value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  }),
  fc.record({ type: fc.constant('binary' as const), value: fc.uint8Array({ maxLength: 20 }) }),
  fc.record({ type: fc.constant('string' as const), value: fc.string({ unit: 'grapheme', maxLength: 20 }) }),
  // The judge keeps a timestamp as a Date, whose range is narrower than the frame's.
  fc.record({
    type: fc.constant('timestamp' as const),
    value: fc.bigInt({ min: -(2n ** 52n), max: 2n ** 52n }),
  }),
  fc.record({ type: fc.constant('uuid' as const), value: fc.uuid() }),
);
const headers: fc.Arbitrary<EventStreamHeaders> = fc
  .uniqueArray(fc.tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), header), {
    maxLength: 6,
    selector: ([name]) => name,
  })
  .filter((list) => list.every(([name]) => name !== '__proto__'))
  .map((list) => new Map(list));
const payload = fc.uint8Array({ maxLength: 60 });

describe('the framing of event streams', () => {
  it('reads the vector of the reference', () => {
    expect(parse([VECTOR])).toEqual([
      { headers: VECTOR_HEADERS, payload: VECTOR_PAYLOAD.toString('base64') },
    ]);
  });

  it('writes the vector of the reference, byte for byte', () => {
    expect(Buffer.from(formatEventStreamFrame(VECTOR_HEADERS, VECTOR_PAYLOAD))).toEqual(VECTOR);
  });

  it('reads back what it wrote, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(headers, payload), { maxLength: 5 }),
        fc.array(fc.nat(2_000), { maxLength: 12 }),
        (frames, places) => {
          const bytes = Buffer.concat(frames.map(([told, body]) => formatEventStreamFrame(told, body)));
          expect(parse(cut(bytes, places))).toEqual(
            frames.map(([told, body]) => ({ headers: told, payload: Buffer.from(body).toString('base64') })),
          );
        },
      ),
    );
  });

  it('reads frames byte by byte', () => {
    const bytes = Buffer.concat([VECTOR, formatEventStreamFrame(new Map(), new Uint8Array()), VECTOR]);
    expect(parse([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(parse([bytes]));
  });

  it('gives string headers by name and nothing else', () => {
    const told = new Map<string, EventStreamHeader>([
      ...VECTOR_HEADERS,
      ['number', { type: 'integer', value: 1 }],
    ]);
    expect(stringHeaderOf(told, ':event-type')).toBe('chunk');
    expect(stringHeaderOf(told, 'number')).toBeUndefined();
    expect(stringHeaderOf(told, 'missing')).toBeUndefined();
  });
});

describe('beside the published codec', () => {
  const codec = new EventStreamCodec(
    (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
    (text) => Buffer.from(text),
  );

  function toPublished(told: EventStreamHeader): MessageHeaderValue {
    if (told.type === 'long') {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(told.value);
      return { type: 'long', value: new Int64(bytes) };
    }
    if (told.type === 'timestamp') return { type: 'timestamp', value: new Date(Number(told.value)) };
    return told as MessageHeaderValue;
  }

  it('writes what the codec writes', () => {
    fc.assert(
      fc.property(headers, payload, (told, body) => {
        const published: MessageHeaders = Object.fromEntries(
          [...told].map(([name, value]) => [name, toPublished(value)]),
        );
        // An object puts names that look like numbers first; a map keeps the order it was given.
        const inOrder = new Map(Object.keys(published).map((name) => [name, told.get(name)]));
        const ours = formatEventStreamFrame(inOrder as EventStreamHeaders, body);
        expect(Buffer.from(ours)).toEqual(Buffer.from(codec.encode({ headers: published, body })));
      }),
    );
  });

  it('reads what the codec writes', () => {
    const bytes = codec.encode({
      headers: { ':event-type': { type: 'string', value: 'chunk' } },
      body: Buffer.from('{}'),
    });
    expect(parse([bytes])).toEqual([
      { headers: new Map([[':event-type', { type: 'string', value: 'chunk' }]]), payload: 'e30=' },
    ]);
  });
});

describe('a broken event stream', () => {
  const refused = expect.objectContaining({ code: 'upstream_protocol' });

  it('is refused wherever one bit of a frame is wrong', () => {
    fc.assert(
      fc.property(fc.nat(VECTOR.length * 8 - 1), (bit) => {
        const bytes = Buffer.from(VECTOR);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => parse([bytes])).toThrowError(refused);
      }),
    );
  });

  it('is refused when it ends inside a frame, and not between two', () => {
    expect(() => parse([VECTOR, VECTOR.subarray(0, 5)])).toThrowError(refused);
    expect(() => parse([VECTOR, VECTOR.subarray(0, 100)])).toThrowError(refused);
    expect(parse([])).toEqual([]);
  });

  it('is refused when a frame is larger than its bound, before the frame has come', () => {
    expect(parse([VECTOR], VECTOR.length)).toHaveLength(1);
    expect(() => parse([VECTOR.subarray(0, 12)], VECTOR.length - 1)).toThrowError(refused);
  });

  it.each([
    ['an unknown type', '01610a'],
    ['a name past the end', '05616263'],
    ['a name without a type', '0161'],
    ['a text past the end', '01610700ff61'],
    ['half a number', '01610400'],
    ['half a uuid', '01610900'],
  ])('is refused for headers with %s', (_what, hex) => {
    // A frame with these bytes for headers: the checksums of a valid frame that has them as its payload are no use.
    const bytes = frameWithHeaderBytes(Buffer.from(hex, 'hex'));
    expect(() => parse([bytes])).toThrowError(refused);
  });

  it('stays refused, and throws nothing but errors of its own', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 6 }),
        (pieces) => {
          const parser = createEventStreamParser({ frameBytesMax: 1_000, onFrame: () => undefined });
          let thrown: unknown;
          for (const piece of pieces) {
            try {
              parser.push(piece);
              expect(thrown).toBeUndefined();
            } catch (error) {
              expect(error).toMatchObject({ code: 'upstream_protocol' });
              if (thrown !== undefined) expect(error).toBe(thrown);
              thrown = error;
            }
          }
        },
      ),
    );
  });
});

describe('the work of the parser', () => {
  it('is linear for a frame of 4 MiB in pieces of 1 KiB', () => {
    const body = Buffer.alloc(4 << 20, 'x');
    const bytes = formatEventStreamFrame(VECTOR_HEADERS, body);
    let seen = 0;
    const parser = createEventStreamParser({
      frameBytesMax: 5 << 20,
      onFrame: (_headers, told) => (seen += told.length),
    });
    for (let at = 0; at < bytes.length; at += 1024) parser.push(bytes.subarray(at, at + 1024));
    parser.end();
    expect(seen).toBe(body.length);
    expect(parser.bytesCopied).toBeGreaterThanOrEqual(bytes.length);
    expect(parser.bytesCopied).toBeLessThan(bytes.length + 1024);
  });

  it('copies nothing of frames that lie in a chunk whole', () => {
    const parser = createEventStreamParser({ frameBytesMax: 1_000, onFrame: () => undefined });
    parser.push(Buffer.concat([VECTOR, VECTOR, VECTOR]));
    expect(parser.bytesCopied).toBe(0);
  });

  it('keeps its own copy of what the sender may overwrite', () => {
    const seen: string[] = [];
    const parser = createEventStreamParser({
      frameBytesMax: 1_000,
      onFrame: (_headers, told) => void seen.push(Buffer.from(told).toString()),
    });
    const chunk = Buffer.from(VECTOR.subarray(0, 110));
    parser.push(chunk);
    chunk.fill(0);
    parser.push(VECTOR.subarray(110));
    expect(seen).toEqual([VECTOR_PAYLOAD.toString()]);
  });
});

function frameWithHeaderBytes(raw: Buffer): Uint8Array {
  // The payload directly follows the headers, so raw headers are a payload counted as headers; only sums differ.
  const frame = Buffer.from(formatEventStreamFrame(new Map(), raw));
  frame.writeUInt32BE(raw.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  frame.writeUInt32BE(crc32(frame.subarray(0, frame.length - 4)), frame.length - 4);
  return frame;
}
