// The client's side of one exchange: answered whole, or opened as a stream and ended. It holds the phase (waiting,
// opened, ended), and it is the only place that writes to the client.

import type { GatewayError } from '../core/errors/index.ts';
import type { Event, JsonObject, ProtocolFrame } from '../core/neutral/index.ts';
import type { Clock } from '../core/platform/index.ts';
import type {
  Answer,
  ClientStream,
  FinishedResource,
  OperationResult,
  ReplyContext,
  StreamOut,
} from '../dialects/port.ts';
import type { Exchange } from './port.ts';
import type { Watched } from './silence-watch.ts';

const STREAM_STATUS = 200;

/** Pauses and resumes whoever feeds the client. */
export type Feeder = { pause(): void; resume(): void };

export type ReplyResult = Extract<OperationResult, { type: 'reply' }>;

/** What an upstream call needs of whoever asked for it: the client itself, or the place where several calls join. */
export type ReplySide = {
  readonly opened: boolean;
  /** What the plan says, for the head of the answer. */
  announce(headers: Readonly<Record<string, string>>): void;
  answer(result: ReplyResult): void;
  answerNative(body: JsonObject, context: ReplyContext): void;
  open(context: ReplyContext): void;
  push(event: Event): void;
  pushFrame(frame: ProtocolFrame): void;
  /** Whoever feeds the client from now on; it is paused at once when the client is behind. */
  attach(feeder: Feeder): void;
  detach(): void;
};

export class ClientSide implements ReplySide, StreamOut, Watched {
  readonly #exchange: Exchange;
  readonly #clock: Clock;
  #planHeaders: Readonly<Record<string, string>> = {};
  #stream: ClientStream | undefined;
  #feeder: Feeder | undefined;
  #paused = false;
  #phase: 'waiting' | 'opened' | 'ended' = 'waiting';
  #status: number | undefined;
  #firstByteMs: number | undefined;
  #lastSentMs: number;
  #finished: FinishedResource | undefined;

  constructor(exchange: Exchange, clock: Clock) {
    this.#exchange = exchange;
    this.#clock = clock;
    this.#lastSentMs = clock.monotonicMs();
  }

  get opened(): boolean {
    return this.#phase === 'opened';
  }

  /** Whether it was told to wait, and has not caught up. */
  get behind(): boolean {
    return this.#paused;
  }

  /** Monotonic milliseconds of the last thing sent, or of the moment the request was whole. */
  get lastSentMs(): number {
    return this.#lastSentMs;
  }

  /** The HTTP status sent; undefined while nothing was. */
  get status(): number | undefined {
    return this.#status;
  }

  /** Milliseconds from the request's arrival to the first byte of the answer. */
  get firstByteMs(): number | undefined {
    return this.#firstByteMs;
  }

  /** What a store may keep of an answer that ended well. */
  get finished(): FinishedResource | undefined {
    return this.#finished;
  }

  announce(headers: Readonly<Record<string, string>>): void {
    this.#planHeaders = headers;
  }

  answer(result: OperationResult): void {
    this.#answer(this.#exchange.dialect.encode(result));
  }

  answerNative(body: JsonObject, context: ReplyContext): void {
    const { dialect } = this.#exchange;
    if (dialect.native === undefined)
      throw new Error(`${dialect.id} has no protocol of its own to answer in`);
    this.#answer(dialect.native.encode(body, context));
  }

  open(context: ReplyContext): void {
    if (this.#phase !== 'waiting') return;
    const { dialect, out } = this.#exchange;
    this.#phase = 'opened';
    this.#note(STREAM_STATUS);
    out.openStream(STREAM_STATUS, { ...dialect.streamHeaders, ...this.#planHeaders });
    this.#stream = dialect.openStream(context, this);
    this.#stream.open();
  }

  keepAlive(): void {
    if (this.#phase === 'opened') this.#stream?.keepAlive();
  }

  push(event: Event): void {
    this.#stream?.push(event);
  }

  pushFrame(frame: ProtocolFrame): void {
    this.#stream?.pushFrame?.(frame);
  }

  /** Ends an opened stream properly. */
  endStream(): void {
    if (this.#phase !== 'opened') return;
    const finished = this.#stream?.end();
    if (typeof finished === 'object') this.#finished = finished;
    this.#phase = 'ended';
    this.#exchange.out.end();
  }

  /** Tells the client, as an HTTP answer or, once opened, as the end of its stream. */
  fail(error: GatewayError): void {
    if (this.#phase === 'ended') return;
    if (this.#phase === 'waiting') {
      this.#answer(this.#exchange.dialect.encodeError(error, this.#exchange.requestId));
      return;
    }
    try {
      this.#stream?.fail(error);
    } finally {
      this.#phase = 'ended';
      this.#exchange.out.end();
    }
  }

  /** Closes without another word: not even the error could be told. */
  abandon(): void {
    this.#phase = 'ended';
    this.#exchange.out.end();
  }

  attach(feeder: Feeder): void {
    this.#feeder = feeder;
    if (this.#paused) feeder.pause();
  }

  detach(): void {
    this.#feeder = undefined;
  }

  /** For the dialect's stream. */
  write(frame: string | Uint8Array): void {
    const { out } = this.#exchange;
    this.#lastSentMs = this.#clock.monotonicMs();
    if (out.write(frame) || this.#paused) return;
    this.#paused = true;
    this.#feeder?.pause();
    out.onDrain(() => {
      this.#paused = false;
      this.#feeder?.resume();
    });
  }

  #answer(answer: Answer): void {
    this.#phase = 'ended';
    this.#finished = answer.finished;
    this.#note(answer.status);
    this.#exchange.out.answer(answer, this.#planHeaders);
  }

  #note(status: number): void {
    this.#status = status;
    this.#firstByteMs = this.#clock.monotonicMs() - this.#exchange.receivedMs;
  }
}
