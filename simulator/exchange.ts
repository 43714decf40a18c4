// One request and its answer as the rest of the simulator sees them, over HTTP/1.1 and h2 alike. Every wait ends early
// when the client hangs up or the simulator closes, and the outcome is told exactly once.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { constants } from 'node:http2';

export type Origin = 'login' | 'model';
export type Outcome = 'complete' | 'aborted' | 'reset';

/** Bodies above this are refused: files of 15 MiB are about 20 MiB in base64, with room for a long conversation. */
const bodyBytesMax = 64 * 1024 * 1024;

type Incoming = IncomingMessage | Http2ServerRequest;
type Outgoing = ServerResponse | Http2ServerResponse;

// The calls both kinds of response share; their overloads cannot be called through the union.
type Sink = {
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  write(bytes: string | Buffer): boolean;
  end(bytes?: string | Buffer): unknown;
  once(event: 'drain' | 'close' | 'finish', listener: () => void): unknown;
};

/** Thrown out of a wait or a write when nobody listens any more. */
export class Gone extends Error {
  constructor() {
    super('the client has gone');
    this.name = 'Gone';
  }
}

export class BodyTooLarge extends Error {
  constructor() {
    super(`the body is larger than ${bodyBytesMax} bytes`);
    this.name = 'BodyTooLarge';
  }
}

export class Exchange {
  readonly origin: Origin;
  readonly connectionId: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly remoteAddress: string;
  readonly httpVersion: string;
  body: Buffer = Buffer.alloc(0);
  status = 0;
  bytesOut = 0;
  outcome: Outcome | undefined;
  /** Splits every write into pieces of this many bytes; 0 leaves writes whole. */
  wireChunkBytes = 0;
  onSettled: (outcome: Outcome) => void = () => {};

  readonly #request: Incoming;
  readonly #response: Sink;
  readonly #wakes = new Set<() => void>();

  constructor(request: Incoming, response: Outgoing, origin: Origin, connectionId: number) {
    this.#request = request;
    this.#response = response as unknown as Sink;
    this.origin = origin;
    this.connectionId = connectionId;
    this.method = request.method ?? 'GET';
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    this.path = mark === -1 ? url : url.slice(0, mark);
    this.query = mark === -1 ? '' : url.slice(mark + 1);
    this.headers = request.headers;
    this.remoteAddress = request.socket.remoteAddress ?? '';
    this.httpVersion = request.httpVersion;
    this.#response.once('finish', () => this.#settle('complete'));
    this.#response.once('close', () => this.#settle('aborted'));
  }

  get settled(): boolean {
    return this.outcome !== undefined;
  }

  header(name: string): string | undefined {
    const value = this.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /** Reads the whole body; events, because an iterator costs half of a small request. */
  async readBody(): Promise<void> {
    const chunks: Buffer[] = [];
    let size = 0;
    const request = this.#request as IncomingMessage;
    await new Promise<void>((resolve, reject) => {
      request.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= bodyBytesMax) chunks.push(chunk);
        else reject(new BodyTooLarge());
      });
      request.once('end', resolve);
      const onCut = (): void => {
        if (!request.readableEnded) reject(new Gone());
      };
      request.once('error', onCut);
      request.once('close', onCut);
    });
    this.body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
  }

  /** Sends the head. Headers that only mean something on HTTP/1.1 are left out on h2. */
  head(status: number, headers: OutgoingHttpHeaders): void {
    if (this.settled) throw new Gone();
    this.status = status;
    if (this.httpVersion !== '2.0') {
      this.#response.writeHead(status, headers);
      return;
    }
    const kept = Object.entries(headers).filter(
      ([name]) => name !== 'transfer-encoding' && name !== 'connection',
    );
    this.#response.writeHead(status, Object.fromEntries(kept));
  }

  /** Writes, and waits while the client does not read. */
  async write(bytes: string | Buffer): Promise<void> {
    if (this.wireChunkBytes === 0) return this.#push(bytes);
    const whole = Buffer.from(bytes);
    for (let at = 0; at < whole.length; at += this.wireChunkBytes) {
      await this.#push(whole.subarray(at, at + this.wireChunkBytes));
      // A turn of the event loop between pieces lets each reach the socket by itself.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #push(bytes: string | Buffer): Promise<void> {
    if (this.settled) throw new Gone();
    this.bytesOut += Buffer.byteLength(bytes);
    if (!this.#response.write(bytes)) await this.#until((wake) => this.#response.once('drain', wake));
  }

  end(): void {
    if (!this.settled) this.#response.end();
  }

  /** Head, body and end in one write: the fast path of whole replies. */
  async reply(status: number, headers: OutgoingHttpHeaders, body: string | Buffer): Promise<void> {
    this.head(status, headers);
    if (this.wireChunkBytes > 0) {
      await this.write(body);
      this.end();
      return;
    }
    this.bytesOut += Buffer.byteLength(body);
    this.#response.end(body);
  }

  /** Breaks the connection (HTTP/1.1) or the stream (h2) under the client. */
  reset(): void {
    this.#settle('reset');
    if ('stream' in this.#request) {
      this.#request.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      return;
    }
    const { socket } = this.#request;
    if ('encrypted' in socket) socket.destroy();
    else socket.resetAndDestroy();
  }

  async wait(ms: number): Promise<void> {
    if (ms <= 0) return;
    let timer: NodeJS.Timeout | undefined;
    try {
      await this.#until((wake) => (timer = setTimeout(wake, ms)));
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends every wait; used when the simulator closes. */
  abandon(): void {
    this.#settle('aborted');
  }

  async #until(arm: (wake: () => void) => unknown): Promise<void> {
    if (this.settled) throw new Gone();
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#wakes.delete(wake);
        resolve();
      };
      this.#wakes.add(wake);
      arm(wake);
    });
    if (this.settled) throw new Gone();
  }

  #settle(outcome: Outcome): void {
    if (this.outcome !== undefined) return;
    this.outcome = outcome;
    this.onSettled(outcome);
    for (const wake of this.#wakes) wake();
  }
}
