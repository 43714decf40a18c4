// A client that writes bytes and reads HTTP/1.1 answers, one request after another on one connection for as long as the
// server keeps it. It takes whatever comes, so that what comes can be judged.

import { connect, type Socket } from 'node:net';

import { systemTimers } from '../../src/core/platform/index.ts';
import type { SeenAnswer } from './generator.ts';

/** Far longer than anything takes here: who waits so long waits for ever. */
const PATIENCE_MS = 15_000;
const HEAD_END = '\r\n\r\n';

type Head = { readonly status: number; readonly headers: Record<string, string>; readonly bodyAt: number };

function parseHead(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end === -1) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const [, status] = /^HTTP\/1\.1 (\d{3}) /u.exec(`${first} `) ?? [];
  if (status === undefined) throw new Error(`no status line: ${first}`);
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) throw new Error(`no header: ${line}`);
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(status), headers, bodyAt: end + HEAD_END.length };
}

/** Undefined while more must come. */
function readChunks(
  bytes: Buffer,
  from: number,
): { readonly body: Buffer; readonly end: number } | undefined {
  const pieces: Buffer[] = [];
  for (let at = from; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (!Number.isSafeInteger(size)) throw new Error('no chunk size');
    const end = lineEnd + 2 + size + 2;
    if (bytes.length < end) return undefined;
    if (size === 0) return { body: Buffer.concat(pieces), end };
    pieces.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = end;
  }
}

type Read = { readonly answer: SeenAnswer; readonly end: number };

/** Undefined while more must come. */
function readAnswer(bytes: Buffer, isHead: boolean, closed: boolean): Read | undefined {
  const head = parseHead(bytes);
  if (head === undefined) return undefined;
  const { status, headers, bodyAt } = head;
  const answer = (body: Buffer, end: number): Read => ({ answer: { status, headers, body }, end });
  // What was announced before the answer itself.
  if (status < 200) {
    const rest = readAnswer(bytes.subarray(bodyAt), isHead, closed);
    return rest && { answer: rest.answer, end: rest.end + bodyAt };
  }
  if (isHead || status === 204) return answer(Buffer.alloc(0), bodyAt);
  if (headers['transfer-encoding'] === 'chunked') {
    const chunks = readChunks(bytes, bodyAt);
    return chunks && answer(chunks.body, chunks.end);
  }
  const length = headers['content-length'];
  if (length === undefined) return closed ? answer(bytes.subarray(bodyAt), bytes.length) : undefined;
  const end = bodyAt + Number(length);
  return bytes.length < end ? undefined : answer(bytes.subarray(bodyAt, end), end);
}

export type Sending = {
  /** Written one after another, each in a turn of its own. */
  readonly pieces: readonly Buffer[];
  readonly isHead: boolean;
  /** Says that nothing more will come, as a client does whose body is shorter than it said. */
  readonly halfClose: boolean;
};

export class RawConnection {
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** Undefined where the server closed without an answer. @throws where what came is no HTTP. */
  async send({ pieces, isHead, halfClose }: Sending): Promise<SeenAnswer | undefined> {
    const socket = this.#socket ?? (await this.#open());
    const { promise, resolve, reject } = Promise.withResolvers<SeenAnswer | undefined>();
    let received: Buffer = Buffer.alloc(0);
    const look = (closed: boolean): void => {
      try {
        const read = readAnswer(received, isHead, closed);
        if (read !== undefined) {
          const reusable = !closed && !halfClose && read.answer.headers['connection'] !== 'close';
          if (!reusable || read.end !== received.length) this.close();
          if (reusable && read.end !== received.length) throw new Error('something follows the answer');
          resolve(read.answer);
        } else if (closed) {
          if (received.length > 0) throw new Error('the answer is cut off');
          resolve(undefined);
        }
      } catch (thrown) {
        reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
      }
    };
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      look(false);
    };
    const onClose = (): void => {
      this.#socket = undefined;
      look(true);
    };
    socket.on('data', onData);
    socket.once('close', onClose);
    for (const piece of pieces) {
      if (socket.writable) socket.write(piece);
      if (pieces.length > 1) await new Promise<void>((next) => void setImmediate(next));
    }
    if (halfClose) socket.end();
    const patience = systemTimers.after(PATIENCE_MS, () => reject(new Error('the request hangs')));
    try {
      return await promise;
    } finally {
      patience.cancel();
      socket.off('data', onData);
      socket.off('close', onClose);
    }
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #open(): Promise<Socket> {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    // The close that follows says enough.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
    await new Promise<void>((opened, failed) => {
      socket.once('connect', () => opened());
      socket.once('error', failed);
    });
    this.#socket = socket;
    return socket;
  }
}
