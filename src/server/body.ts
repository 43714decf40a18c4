// Reads one request body: bounded in bytes and in time, in linear work. The declared length is never trusted with memory,
// and however finely a client cuts its body, what is kept is the bytes and not the pieces.

import type { IncomingMessage } from 'node:http';

import { GatewayError } from '../core/errors/index.ts';
import type { Timer, Timers } from '../core/platform/index.ts';
import { bodyTooLarge } from './gate.ts';

const FIRST_BYTES = 64 * 1024;
const EMPTY = Buffer.alloc(0);

/** Grows by doubling, so that every byte is copied at most twice on average. */
class ByteStore {
  #bytes: Buffer = EMPTY;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (this.#length === 0) {
      // Most bodies come in one piece, which then needs no copy.
      this.#bytes = chunk;
      this.#length = length;
      return;
    }
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2, FIRST_BYTES));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    chunk.copy(this.#bytes, this.#length);
    this.#length = length;
  }

  /** Keeps nothing: whoever holds the request holds its listeners, and so this store. */
  take(): Buffer {
    const bytes = this.#bytes.length === this.#length ? this.#bytes : this.#bytes.subarray(0, this.#length);
    this.#bytes = EMPTY;
    this.#length = 0;
    return bytes;
  }
}

export type BodyLimits = { readonly bodyBytesMax: number; readonly requestTimeoutMs: number };

/**
 * Calls back once: with the whole body, or with the error that ended the reading (too large, too slow, the client left, or
 * what the returned function was given).
 */
export function readBody(
  request: IncomingMessage,
  limits: BodyLimits,
  timers: Timers,
  done: (body: Buffer, error: GatewayError | undefined) => void,
): (reason: GatewayError) => void {
  const store = new ByteStore();
  let over = false;
  let timer: Timer | undefined;
  // Most bodies come in the same piece as their headers. The parser has read them by the next tick, and needs no timer.
  process.nextTick(() => {
    if (request.complete || over) return;
    timer = timers.after(limits.requestTimeoutMs, () =>
      finish(new GatewayError('request_timeout', 'The request body did not arrive in time.')),
    );
  });

  function finish(error: GatewayError | undefined): void {
    if (over) return;
    over = true;
    timer?.cancel();
    const body = store.take();
    done(error === undefined ? body : EMPTY, error);
  }

  // The listeners stay: taking them off costs more than their last, idle calls.
  function onData(chunk: Buffer): void {
    if (over) return;
    if (store.length + chunk.length > limits.bodyBytesMax) finish(bodyTooLarge(limits.bodyBytesMax));
    else store.append(chunk);
  }
  function onEnd(): void {
    finish(undefined);
  }
  function onClose(): void {
    // Every request closes; an error made for nothing would cost a stack trace each.
    if (!over) finish(new GatewayError('client_closed', 'The client left before its request was whole.'));
  }

  request.on('data', onData);
  request.on('end', onEnd);
  request.on('close', onClose);
  return finish;
}
