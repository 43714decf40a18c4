// Server-sent events, bytes to events: a push parser after the WHATWG rules. Promises linear work (a line's pieces are
// kept in a list and joined once), events that do not depend on how the bytes were cut, and a bound on one event.
// An event without its closing blank line is not an event: at the end of the bytes it is let go, as the rules say.

import { GatewayError } from '../errors/index.ts';

export type SseParserOptions = {
  /** The bytes of one event's lines, line ends left out. */
  readonly eventBytesMax: number;
  /** `name` is the empty string where the event has no `event:` line. */
  readonly onEvent: (name: string, data: string) => void;
};

export type SseParser = {
  /** @throws GatewayError `upstream_protocol` when an event grows beyond `eventBytesMax`; the parser is dead then. */
  push(chunk: Uint8Array): void;
  /** Lets go of what is incomplete. Nothing may be pushed afterwards. */
  end(): void;
  /** Every byte copied or decoded so far, so that a test can hold the work to a small multiple of the input. */
  readonly bytesCopied: number;
};

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = '\uFEFF';

export function createSseParser(options: SseParserOptions): SseParser {
  return new PushParser(options);
}

class PushParser implements SseParser {
  readonly #options: SseParserOptions;
  bytesCopied = 0;
  /** The pieces of a line whose end has not come yet. */
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  #eventBytes = 0;
  #name = '';
  #data: string[] = [];
  #afterCarriageReturn = false;
  #firstLine = true;

  constructor(options: SseParserOptions) {
    this.#options = options;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    // A carriage return ends its line at once; the line feed that may follow, even in another chunk, belongs to it.
    if (this.#afterCarriageReturn && chunk.length > 0) {
      this.#afterCarriageReturn = false;
      if (chunk[0] === LINE_FEED) start = 1;
    }
    let lineFeed = indexOrEnd(chunk, LINE_FEED, start);
    // Searched for again only once passed: a search per line would be quadratic where there is none.
    let carriageReturn = indexOrEnd(chunk, CARRIAGE_RETURN, start);
    while (start < chunk.length) {
      const end = Math.min(lineFeed, carriageReturn);
      if (end === chunk.length) {
        this.#keep(chunk.subarray(start));
        return;
      }
      this.#endLine(chunk.subarray(start, end));
      start = end + 1;
      if (end === carriageReturn) {
        if (start === chunk.length) this.#afterCarriageReturn = true;
        else if (chunk[start] === LINE_FEED) start += 1;
        carriageReturn = indexOrEnd(chunk, CARRIAGE_RETURN, start);
      }
      if (lineFeed < start) lineFeed = indexOrEnd(chunk, LINE_FEED, start);
    }
  }

  end(): void {
    this.#pieces = [];
    this.#pieceBytes = 0;
    this.#reset();
  }

  #keep(piece: Uint8Array): void {
    this.#pieceBytes += piece.length;
    this.#limit(this.#pieceBytes);
    this.bytesCopied += piece.length;
    // Copied, because the sender may use the memory again; a Buffer's own slice would share it.
    this.#pieces.push(new Uint8Array(piece));
  }

  #endLine(last: Uint8Array): void {
    const bytes = this.#pieceBytes + last.length;
    this.#limit(bytes);
    this.#eventBytes += bytes;
    let line = '';
    if (bytes > 0) {
      line = this.#joinLine(last, bytes);
      this.bytesCopied += bytes;
    }
    if (this.#firstLine) {
      this.#firstLine = false;
      if (line.startsWith(BYTE_ORDER_MARK)) line = line.slice(1);
    }
    if (line === '') this.#dispatch();
    else this.#takeLine(line);
  }

  #joinLine(last: Uint8Array, bytes: number): string {
    if (this.#pieces.length === 0) return decodeUtf8(last);
    this.#pieces.push(last);
    const joined = Buffer.concat(this.#pieces, bytes);
    this.bytesCopied += bytes;
    this.#pieces = [];
    this.#pieceBytes = 0;
    return decodeUtf8(joined);
  }

  #takeLine(line: string): void {
    const colon = line.indexOf(':');
    // A line that begins with a colon is a comment.
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const valueStart = line.charAt(colon + 1) === ' ' ? colon + 2 : colon + 1;
    const value = colon === -1 ? '' : line.slice(valueStart);
    if (field === 'data') {
      this.#data.push(value);
      this.bytesCopied += value.length;
    } else if (field === 'event') this.#name = value;
  }

  #dispatch(): void {
    const [first, ...more] = this.#data;
    const name = this.#name;
    if (first === undefined) {
      this.#reset();
      return;
    }
    const data = more.length === 0 ? first : this.#data.join('\n');
    if (more.length > 0) this.bytesCopied += data.length;
    this.#reset();
    this.#options.onEvent(name, data);
  }

  #reset(): void {
    this.#name = '';
    this.#data = [];
    this.#eventBytes = 0;
  }

  #limit(lineBytes: number): void {
    const { eventBytesMax } = this.#options;
    if (this.#eventBytes + lineBytes <= eventBytesMax) return;
    throw new GatewayError(
      'upstream_protocol',
      'An event of the stream is larger than the gateway accepts.',
      {
        detail: `eventBytesMax ${eventBytesMax}`,
      },
    );
  }
}

function indexOrEnd(chunk: Uint8Array, byte: number, from: number): number {
  const found = chunk.indexOf(byte, from);
  return found === -1 ? chunk.length : found;
}

function decodeUtf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
