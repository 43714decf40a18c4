// AWS event stream, bytes to frames: a push parser after the framing of reference 3.7. Promises linear work (a frame that
// came in pieces is copied once, into a buffer of its own size), frames that do not depend on how the bytes were cut, both
// checksums checked before anything of a frame is told, and a bound on one frame.

import { crc32 } from 'node:zlib';

import { GatewayError } from '../errors/index.ts';
import { readEventStreamHeaders, type EventStreamHeaders } from './event-stream-headers.ts';

export type EventStreamParserOptions = {
  /** The bytes of one whole frame: lengths, headers, payload and checksums. */
  readonly frameBytesMax: number;
  /** `payload` may lie in the pushed chunk's own memory: it is good until the call returns. */
  readonly onFrame: (headers: EventStreamHeaders, payload: Uint8Array) => void;
};

export type EventStreamParser = {
  /**
   * @throws GatewayError `upstream_protocol` for bytes that are no frame, a wrong checksum, or a frame larger than
   *   `frameBytesMax`. The parser is dead then: every later push throws the same.
   */
  push(chunk: Uint8Array): void;
  /** The stream has closed. @throws GatewayError `upstream_protocol` when it closed inside a frame. */
  end(): void;
  /** Every byte copied so far, so that a test can hold the work to a small multiple of the input. */
  readonly bytesCopied: number;
};

/** Total length, length of the headers, checksum of both: four bytes each. */
const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const FRAME_BYTES_MIN = PRELUDE_BYTES + CHECKSUM_BYTES;

export function createEventStreamParser(options: EventStreamParserOptions): EventStreamParser {
  return new PushParser(options);
}

class PushParser implements EventStreamParser {
  readonly #options: EventStreamParserOptions;
  bytesCopied = 0;
  readonly #prelude = Buffer.alloc(PRELUDE_BYTES);
  /** A frame, or the prelude of one, whose end has not come yet. */
  #pending: Buffer = this.#prelude;
  #filled = 0;
  #dead: GatewayError | undefined;

  constructor(options: EventStreamParserOptions) {
    this.#options = options;
  }

  push(chunk: Uint8Array): void {
    if (this.#dead !== undefined) throw this.#dead;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    try {
      while (at < bytes.length)
        at = this.#filled === 0 ? this.#takeWhole(bytes, at) : this.#takePiece(bytes, at);
    } catch (thrown) {
      if (thrown instanceof GatewayError) this.#dead = thrown;
      throw thrown;
    }
  }

  end(): void {
    if (this.#dead !== undefined || this.#filled === 0) return;
    this.#dead = broken('ended inside a frame');
    throw this.#dead;
  }

  /** A frame that lies in the chunk whole is read where it lies. Gives the place behind what was taken. */
  #takeWhole(bytes: Buffer, at: number): number {
    const available = bytes.length - at;
    if (available < PRELUDE_BYTES) return this.#takePiece(bytes, at);
    const total = this.#readTotal(bytes.subarray(at, at + PRELUDE_BYTES));
    if (available < total) {
      this.#pending = Buffer.allocUnsafe(total);
      return this.#takePiece(bytes, at);
    }
    this.#dispatch(bytes.subarray(at, at + total));
    return at + total;
  }

  #takePiece(bytes: Buffer, at: number): number {
    const count = Math.min(this.#pending.length - this.#filled, bytes.length - at);
    this.#append(bytes.subarray(at, at + count));
    if (this.#filled < this.#pending.length) return at + count;
    if (this.#pending === this.#prelude) {
      this.#pending = Buffer.allocUnsafe(this.#readTotal(this.#prelude));
      this.#filled = 0;
      this.#append(this.#prelude);
      // A frame without headers and payload has only its last checksum to come: it is never complete here.
      return at + count;
    }
    const frame = this.#pending;
    this.#pending = this.#prelude;
    this.#filled = 0;
    this.#dispatch(frame);
    return at + count;
  }

  #append(piece: Buffer): void {
    piece.copy(this.#pending, this.#filled);
    this.#filled += piece.length;
    this.bytesCopied += piece.length;
  }

  /** The frame's length, once its prelude has proved whole: a wrong one would make us wait for bytes that never come. */
  #readTotal(prelude: Buffer): number {
    if (crc32(prelude.subarray(0, 8)) !== prelude.readUInt32BE(8)) {
      throw broken('has a frame whose first checksum is wrong');
    }
    const total = prelude.readUInt32BE(0);
    if (total < FRAME_BYTES_MIN + prelude.readUInt32BE(4)) throw broken('has a frame whose lengths disagree');
    const { frameBytesMax } = this.#options;
    if (total > frameBytesMax) {
      throw new GatewayError(
        'upstream_protocol',
        'A frame of the stream is larger than the gateway accepts.',
        {
          detail: `frameBytesMax ${frameBytesMax}, frame ${total}`,
        },
      );
    }
    return total;
  }

  #dispatch(frame: Buffer): void {
    const end = frame.length - CHECKSUM_BYTES;
    if (crc32(frame.subarray(0, end)) !== frame.readUInt32BE(end))
      throw broken('has a frame whose checksum is wrong');
    const headersEnd = PRELUDE_BYTES + frame.readUInt32BE(4);
    const headers = readEventStreamHeaders(frame.subarray(PRELUDE_BYTES, headersEnd));
    if (headers === undefined) throw broken('has a frame whose headers cannot be read');
    this.#options.onFrame(headers, frame.subarray(headersEnd, end));
  }
}

function broken(what: string): GatewayError {
  return new GatewayError('upstream_protocol', `The stream from the model ${what}.`);
}
