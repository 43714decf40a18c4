// The client's side of one exchange, on Node's raw response: an answer in one write, or a stream written as it comes.
// Nothing is written after the end or to a client that left, and a refused request's unread body is let run out (bounded),
// because closing upon unread bytes resets the connection and takes the answer along.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { Timer, Timers } from '../core/platform/index.ts';
import type { Answer } from '../dialects/port.ts';
import type { ClientOut } from '../pipeline/port.ts';

/** A declared rest of a body up to this size is read away, and the connection kept. */
const UNREAD_KEPT_BYTES_MAX = 64 * 1024;
/** How much of a refused body is read away, and for how long, before the connection is cut. */
const LINGER_BYTES_MAX = 64 * 1024 * 1024;
const LINGER_MS = 5000;

/** The server's own; what a dialect says of them is not used. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'cache-control',
  'connection',
  'content-length',
  'transfer-encoding',
  'x-content-type-options',
  'x-request-id',
]);

const NO_HEADERS: Readonly<Record<string, string>> = {};

/** What all responses of a server share. */
export type ClientOutOptions = {
  readonly demo: boolean;
  readonly outBufferBytesMax: number;
  /** How long a client may take nothing of what was written to it. */
  readonly clientStallMs: number;
  /** How long it may be behind without a break, though it takes a little now and then: meanwhile no limit of ours runs. */
  readonly clientBehindMs: number;
  readonly timers: Timers;
  /** Whether the server is closing, so that the client is told to connect anew. */
  isClosing(): boolean;
  /** Told when the head of a stream is sent. */
  onStream(socket: Socket): void;
};

export class ResponseOut implements ClientOut {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #requestId: string;
  readonly #options: ClientOutOptions;
  #extraHeaders: readonly string[] = [];
  #phase: 'waiting' | 'streaming' | 'ended' = 'waiting';
  #gone = false;
  #stallTimer: Timer | undefined;
  /** For how long it has been watched being behind, without a break. */
  #behindMs = 0;
  #cutOffBy: 'client_stall_seconds' | 'client_behind_seconds' | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    options: ClientOutOptions,
  ) {
    this.#request = request;
    this.#response = response;
    this.#requestId = requestId;
    this.#options = options;
  }

  get ended(): boolean {
    return this.#phase === 'ended';
  }

  /** The key of the limit by which the client was cut off because it did not read. */
  get cutOffBy(): 'client_stall_seconds' | 'client_behind_seconds' | undefined {
    return this.#cutOffBy;
  }

  /** Name and value in turn, for whatever answer comes. */
  addHeaders(headers: readonly string[]): void {
    this.#extraHeaders = this.#extraHeaders.length === 0 ? headers : [...this.#extraHeaders, ...headers];
  }

  /** The socket is closed: from now on everything is swallowed. */
  leave(): void {
    this.#gone = true;
    this.#stallTimer?.cancel();
  }

  answer(answer: Answer, further = NO_HEADERS): void {
    if (this.#phase !== 'waiting') return;
    this.#phase = 'ended';
    if (this.#gone) return;
    const { body } = answer;
    const close = this.#mustClose();
    const head = this.#head(answer.headers, 'no-store', close);
    addTo(head, further);
    const bytes = Buffer.byteLength(body);
    // A 204 has no body, and may not tell the length of one.
    if (answer.status !== 204) head.push('content-length', String(bytes));
    this.#writeHead(answer.status, head);
    if (close && !this.#request.complete) this.#linger(body);
    // As many bytes as characters: all of it is ASCII and needs no encoding (1 of 6 µs of the write, measured).
    else this.#endResponse(body, bytes === body.length ? 'latin1' : 'utf8');
  }

  #endResponse(body?: string, encoding: BufferEncoding = 'utf8'): void {
    this.#response.end(body, encoding);
    this.#watchUnsent();
  }

  openStream(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.#phase !== 'waiting') return;
    this.#phase = 'streaming';
    if (this.#gone) return;
    // `no-transform` because a proxy that compresses a stream also holds it back.
    const head = this.#head(headers, 'no-store, no-transform', this.#mustClose());
    if (headers['x-accel-buffering'] === undefined) head.push('x-accel-buffering', 'no');
    this.#writeHead(status, head);
    // The head leaves at the end of this tick, together with the first frames if they are written within it.
    const { socket } = this.#response;
    if (socket !== null) {
      this.#options.onStream(socket);
      socket.cork();
      process.nextTick(uncork, socket);
    }
    this.#response.flushHeaders();
  }

  write(frame: string | Uint8Array): boolean {
    if (this.#phase !== 'streaming' || this.#gone) return true;
    if (this.#response.write(frame)) return true;
    if (this.#response.writableLength <= this.#options.outBufferBytesMax) {
      this.#watchUnsent();
      return false;
    }
    // Whoever feeds this client goes on although it was told to wait, or one frame is beyond all measure.
    this.#response.destroy();
    return true;
  }

  onDrain(run: () => void): void {
    if (this.#phase === 'streaming' && !this.#gone) this.#response.once('drain', run);
  }

  end(): void {
    if (this.#phase === 'ended') return;
    if (this.#phase === 'waiting') {
      this.answer({ status: 500, headers: {}, body: '' });
      return;
    }
    this.#phase = 'ended';
    if (!this.#gone) this.#endResponse();
  }

  /** From now until all is sent, a client that takes nothing for too long, or too little, is cut off. */
  #watchUnsent(): void {
    const response = this.#response;
    const { socket } = response;
    // A pipelined answer waits for those before it, and they are watched.
    if (socket === null || response.writableLength === 0 || this.#stallTimer !== undefined) return;
    const unsent = unsentBytes(response, socket);
    const { timers, clientStallMs, clientBehindMs } = this.#options;
    const watchedMs = Math.min(clientStallMs, clientBehindMs - this.#behindMs);
    const onDrain = (): void => {
      this.#behindMs = 0;
      this.#stallTimer?.cancel();
      this.#stallTimer = undefined;
    };
    response.once('drain', onDrain);
    this.#stallTimer = timers.after(watchedMs, () => {
      response.off('drain', onDrain);
      this.#stallTimer = undefined;
      if (this.#gone || response.writableLength === 0) return;
      this.#behindMs += watchedMs;
      const isStalled = unsentBytes(response, socket) === unsent && watchedMs === clientStallMs;
      if (!isStalled && this.#behindMs < clientBehindMs) {
        this.#watchUnsent();
        return;
      }
      this.#cutOffBy = isStalled ? 'client_stall_seconds' : 'client_behind_seconds';
      response.destroy();
    });
  }

  #mustClose(): boolean {
    if (this.#options.isClosing()) return true;
    if (this.#request.complete) return false;
    const { headers } = this.#request;
    if (headers['transfer-encoding'] !== undefined) return true;
    // Refused before `continue` was said: whether the body comes is up to the client, so the connection is not reusable.
    if (headers.expect !== undefined) return true;
    return Number(headers['content-length'] ?? 0) > UNREAD_KEPT_BYTES_MAX;
  }

  #head(given: Readonly<Record<string, string>>, cacheControl: string, close: boolean): string[] {
    const head = [
      'x-request-id',
      this.#requestId,
      'x-content-type-options',
      'nosniff',
      'cache-control',
      cacheControl,
    ];
    if (this.#options.demo) head.push('x-forcegate-demo', '1');
    if (close) head.push('connection', 'close');
    addTo(head, given);
    for (const text of this.#extraHeaders) head.push(text);
    return head;
  }

  /** A header that HTTP cannot carry costs that header, not the answer. */
  #writeHead(status: number, head: string[]): void {
    try {
      this.#response.writeHead(status, head);
    } catch {
      const sound: string[] = [];
      for (let index = 0; index + 1 < head.length; index += 2) {
        const [name, value] = [head[index] ?? '', head[index + 1] ?? ''];
        if (/^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value))
          sound.push(name, value);
      }
      this.#response.writeHead(status, sound);
    }
  }

  /** The whole answer is sent now, but ended only when the client's body has run out or a limit is reached. */
  #linger(body: string): void {
    const request = this.#request;
    const response = this.#response;
    let unreadBytes = 0;
    const timer = this.#options.timers.after(LINGER_MS, () => this.#endResponse());
    const finish = (): void => {
      timer.cancel();
      this.#endResponse();
    };
    if (body === '') response.flushHeaders();
    else response.write(body);
    request.on('data', (chunk: Buffer) => {
      unreadBytes += chunk.length;
      if (unreadBytes > LINGER_BYTES_MAX) finish();
    });
    request.once('end', finish);
    response.once('close', () => timer.cancel());
  }
}

/** Falls as the client reads; grows as more is written, which a client that is behind soon ends. */
function unsentBytes(response: ServerResponse, socket: Socket): number {
  // What is written counts as a whole until its last byte is taken, however slowly that goes; only the handle tells.
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return response.writableLength;
  const queued: unknown = Reflect.get(handle, 'writeQueueSize');
  return response.writableLength + (typeof queued === 'number' ? queued : 0);
}

/** Name and value in turn, but for the server's own. */
function addTo(head: string[], given: Readonly<Record<string, string>>): void {
  for (const name in given) {
    const value = given[name];
    if (value !== undefined && !OWN_HEADERS.has(name)) head.push(name, value);
  }
}

function uncork(socket: Socket): void {
  socket.uncork();
}
