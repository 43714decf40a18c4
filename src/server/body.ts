// Reads one request body: decompressed, bounded in bytes and in time, in linear work. The declared length is never trusted with memory,
// and however finely a client cuts its body, what is kept is the bytes and not the pieces.

import type { IncomingMessage } from 'node:http';

import { GatewayError } from '../core/errors/index.ts';
import type { Timers } from '../core/platform/index.ts';
import type { BodyBudget } from './body-budget.ts';
import {
  DECODER_BYTES,
  openDecoder,
  parseContentCoding,
  type ContentCoding,
  type Decoder,
} from './content-coding.ts';
import { bodyTooLarge, noRoomForBodies } from './gate.ts';

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

export type BodyParts = {
  readonly limits: BodyLimits;
  readonly timers: Timers;
  /** What the body takes of it is the caller's to give back, once the body is let go; nothing where there is none. */
  readonly budget: BodyBudget;
};

type Done = (body: Buffer, error: GatewayError | undefined) => void;

/**
 * Calls back once: with the whole body, decompressed, or with the error that ended the reading (too large, too slow, no
 * room, not what its coding says, the client left, or what the returned function was given).
 */
export function readBody(
  request: IncomingMessage,
  parts: BodyParts,
  done: Done,
): (reason: GatewayError) => void {
  const { limits, timers, budget } = parts;
  const coding = codingOf(request);
  const decoderBytes = coding === undefined ? 0 : DECODER_BYTES[coding];
  const store = new ByteStore();
  let over = false;
  let ended = false;
  let decoder: Decoder | undefined;
  const timer = timers.after(limits.requestTimeoutMs, () =>
    finish(new GatewayError('request_timeout', 'The request body did not arrive in time.')),
  );

  function finish(error: GatewayError | undefined): void {
    if (over) return;
    over = true;
    timer.cancel();
    decoder?.close();
    budget.give(decoderBytes);
    if (error === undefined) {
      done(store.take(), undefined);
      return;
    }
    budget.give(store.take().length);
    // What is left of it must be able to run out.
    request.resume();
    done(EMPTY, error);
  }

  function keep(chunk: Buffer): void {
    if (store.length + chunk.length > limits.bodyBytesMax) finish(bodyTooLarge(limits.bodyBytesMax, coding));
    else if (!budget.take(chunk.length)) finish(noRoomForBodies());
    else store.append(chunk);
  }

  // The listeners stay: taking them off costs more than their last, idle calls.
  function onData(chunk: Buffer): void {
    if (over) return;
    if (decoder === undefined) keep(chunk);
    else if (!decoder.write(chunk)) request.pause();
  }
  function onEnd(): void {
    ended = true;
    if (decoder === undefined) finish(undefined);
    else decoder.end();
  }
  function onClose(): void {
    // Every request closes; an error made for nothing would cost a stack trace each.
    if (!over && !ended)
      finish(new GatewayError('client_closed', 'The client left before its request was whole.'));
  }

  if (coding !== undefined) {
    // Room was looked for when the headers were judged, in the same turn.
    budget.take(decoderBytes);
    decoder = openDecoder(coding, {
      data: keep,
      end: () => finish(undefined),
      fail: finish,
      drain: () => request.resume(),
    });
  }
  request.on('data', onData);
  request.on('end', onEnd);
  request.on('close', onClose);
  return finish;
}

/** Undefined for a body that comes as it is; the headers have been judged. */
function codingOf({ headers }: IncomingMessage): ContentCoding | undefined {
  const header = headers['content-encoding'];
  if (header === undefined) return undefined;
  const coding = parseContentCoding(header);
  return coding === 'identity' ? undefined : coding;
}
