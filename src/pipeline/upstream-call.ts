// One upstream call: sends it, holds its events until the first content, then pushes them into the client's stream.
// Resolves once, when the upstream call has ended, and never rejects.

import { GatewayError, toGatewayError } from '../core/errors/index.ts';
import {
  eventsOf,
  isContent,
  mergeUsage,
  UNKNOWN_USAGE,
  type Event,
  type FinishReason,
  type ProtocolFrame,
  type Reply,
  type Usage,
} from '../core/neutral/index.ts';
import type { Clock, Timers } from '../core/platform/index.ts';
import type { ReplyContext } from '../dialects/port.ts';
import type { Step } from '../salesforce/routing/port.ts';
import type {
  Decoded,
  Failure,
  FrameSink,
  NativeDecoded,
  Passthrough,
  Surface,
  SurfaceContext,
} from '../salesforce/surfaces/port.ts';
import type { Flow, TransportHandler, TransportHead } from '../salesforce/transport/port.ts';
import type { ReplySide } from './client-side.ts';
import type { ContentNotes } from './content-notes.ts';
import type { Deadline } from './deadline.ts';
import type { Quotas } from './resilience/quotas.ts';

/** What is held before the first content event is a handful of headers of the stream; more is not a stream of ours. */
const HELD_EVENTS_MAX = 256;
/** Error bodies are read no further than this. */
const ERROR_BYTES_MAX = 256 * 1024;
/** A finished reply's connection ends by itself, within a packet or two; one that does not is closed. */
const LINGER_MS = 1_000;
/** What a frame of text has around its text, near enough. */
const FRAME_CHARACTERS = 90;

type Decoder = ReturnType<Passthrough['openStream']> | ReturnType<Surface['openStream']>;

export type CallResult = {
  /** Undefined when the call ended well. */
  readonly failure: Failure | undefined;
  /** Whether content of this call has reached the client, so that nothing of it may be tried again. */
  readonly committed: boolean;
  /** Whether the same call would only fail in the same way. */
  readonly hopeless: boolean;
  readonly usage: Usage;
  readonly servedModel: string | undefined;
  /** Salesforce's own id of the call. */
  readonly upstreamRequestId: string | undefined;
  /** Whether Salesforce began to answer it well. */
  readonly accepted: boolean;
  /** Characters of what the model produced, near enough; 0 where they were not counted because its tokens were. */
  readonly producedCharacters: number;
  /** Monotonic milliseconds at which the head of the answer came. */
  readonly headMs: number | undefined;
  /** Monotonic milliseconds of a stream's first content. */
  readonly contentMs: number | undefined;
  /** Of the answer; undefined where none began. */
  readonly status: number | undefined;
  /** The upstream's id of the reply. */
  readonly replyId: string | undefined;
  readonly finish: FinishReason | undefined;
};

export type CallParts = {
  readonly step: Step;
  readonly surfaceContext: SurfaceContext;
  readonly replyContext: ReplyContext;
  readonly client: ReplySide;
  readonly replyBytesMax: number;
  readonly deadline: Deadline;
  readonly clock: Clock;
  readonly quotas: Quotas;
  /** Told at the first content of a stream; what a whole answer is worth shows at its end. */
  readonly prove: (() => void) | undefined;
  /** Undefined where content is not logged. */
  readonly content: ContentNotes | undefined;
  readonly resolve: (result: CallResult) => void;
};

export class UpstreamCall implements TransportHandler, FrameSink {
  readonly #parts: CallParts;
  #head: TransportHead | undefined;
  #flow: Flow | undefined;
  #decoder: Decoder | undefined;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #held: (Event | ProtocolFrame)[] | undefined = [];
  #failure: Failure | undefined;
  #usage: Usage = UNKNOWN_USAGE;
  #servedModel: string | undefined;
  #headMs: number | undefined;
  #contentMs: number | undefined;
  #replyId: string | undefined;
  #finish: FinishReason | undefined;
  #producedCharacters = 0;
  #hopeless = false;
  #settled = false;
  #over = false;
  #whenOver: (() => void) | undefined;

  constructor(parts: CallParts) {
    this.#parts = parts;
  }

  get #committed(): boolean {
    return this.#held === undefined;
  }

  /** Whether the connection is free of the call, which a reply may well be told before. */
  get over(): boolean {
    return this.#over;
  }

  /** The reply has been told, and the connection is given a moment to end by itself. Then, or now, runs `whenOver`. */
  linger(timers: Timers, whenOver: () => void): void {
    const timer = timers.after(LINGER_MS, () => {
      this.#flow?.cancel();
      this.#conclude();
    });
    this.#whenOver = () => {
      timer.cancel();
      whenOver();
    };
    // A client that is behind would keep the end from coming.
    this.#flow?.resume();
  }

  // --- from the transport

  head(head: TransportHead, flow: Flow): void {
    this.#head = head;
    this.#headMs = this.#parts.clock.monotonicMs();
    this.#flow = flow;
    const { surfaceContext, client, quotas, step } = this.#parts;
    quotas.note(step.surface.id, head);
    if (surfaceContext.stream && isSuccess(head.status)) {
      this.#guard(() => {
        this.#decoder = this.#translator.openStream(head, surfaceContext);
      });
      client.attach(flow);
    }
  }

  data(chunk: Uint8Array): void {
    if (this.#settled) return;
    if (this.#decoder !== undefined) {
      const decoder = this.#decoder;
      this.#guard(() => decoder.push(chunk, this));
      return;
    }
    this.#bytes += chunk.length;
    const isError = (this.#head?.status ?? 0) >= 300;
    if (this.#bytes <= (isError ? ERROR_BYTES_MAX : this.#parts.replyBytesMax)) {
      this.#chunks.push(chunk);
      return;
    }
    // An error body is worth its beginning; a reply cut short is worth nothing.
    if (isError) return;
    this.#hopeless = true;
    this.#failCall(
      new GatewayError('upstream_protocol', 'Salesforce sent a reply larger than the gateway accepts.'),
    );
  }

  end(): void {
    this.#conclude();
    if (this.#settled) return;
    if (this.#decoder === undefined) this.#guard(() => this.#decodeWhole());
    else {
      const decoder = this.#decoder;
      this.#guard(() => decoder.end(this));
      // A decoder that ends without content or failure has seen nothing that could be told.
      if (!this.#settled && !this.#committed) {
        this.#failCall(new GatewayError('upstream_protocol', 'Salesforce answered with an empty stream.'));
      }
    }
    this.#settle();
  }

  // The same callback serves the transport (an error) and the decoder (a failure).
  fail(reason: GatewayError | Failure): void {
    this.#conclude();
    if (this.#settled) return;
    const failure: Failure = reason instanceof GatewayError ? { error: reason, token: 'unaffected' } : reason;
    this.#failure = failure;
    // The transport still runs when it was the decoder, or our own code, that failed.
    if (!(reason instanceof GatewayError)) this.#flow?.cancel();
    this.#settle();
  }

  // --- from the decoder

  /** The reply is complete, and told at once: some upstreams keep their connection open after it. */
  done(): void {
    if (this.#settled) return;
    if (this.#committed) this.#settle();
    else this.#failCall(new GatewayError('upstream_protocol', 'Salesforce answered with an empty stream.'));
  }

  event(event: Event): void {
    if (this.#settled) return;
    this.#note(event);
    this.#parts.content?.hear(event);
    // What is tapped from a passing stream is for the record; the client gets the frames.
    if (this.#parts.step.mode === 'passthrough') return;
    if (this.#held === undefined) this.#parts.client.push(event);
    else this.#hold(this.#held, event, isContent(event));
  }

  #note(event: Event): void {
    switch (event.type) {
      case 'text-delta':
      case 'reasoning-delta':
        this.#producedCharacters += event.text.length;
        return;
      case 'tool-call-delta':
        this.#producedCharacters += event.arguments.length;
        return;
      case 'usage':
        this.#usage = mergeUsage(this.#usage, event.usage);
        return;
      case 'reply-start':
        this.#servedModel = event.servedModel ?? this.#servedModel;
        this.#replyId = event.upstreamId ?? this.#replyId;
        return;
      case 'finish':
        this.#finish = event.reason;
        return;
      default:
    }
  }

  frame(frame: ProtocolFrame): void {
    if (this.#settled) return;
    // Where content is tapped its events have been counted.
    if (frame.content && this.#parts.content === undefined)
      this.#producedCharacters += Math.max(0, frame.data.length - FRAME_CHARACTERS);
    if (this.#held === undefined) this.#parts.client.pushFrame(frame);
    else this.#hold(this.#held, frame, frame.content);
  }

  #hold(held: (Event | ProtocolFrame)[], piece: Event | ProtocolFrame, commits: boolean): void {
    held.push(piece);
    if (commits) this.#commit(held);
    else if (held.length > HELD_EVENTS_MAX) {
      this.#failCall(new GatewayError('upstream_protocol', 'Salesforce sent a stream without content.'));
    }
  }

  #commit(held: readonly (Event | ProtocolFrame)[]): void {
    const { client, clock, deadline, replyContext, prove } = this.#parts;
    this.#held = undefined;
    this.#contentMs = clock.monotonicMs();
    prove?.();
    deadline.lift();
    if (!client.opened) client.open(replyContext);
    for (const piece of held) {
      if ('type' in piece) client.push(piece);
      else client.pushFrame(piece);
    }
  }

  #decodeWhole(): void {
    const head = this.#head;
    if (head === undefined) throw new Error('a response ended before its head');
    const { surfaceContext } = this.#parts;
    const decoded = this.#translator.decode(head, joinChunks(this.#chunks), surfaceContext);
    this.#chunks = [];
    this.#deliver(decoded);
  }

  #deliver(decoded: Decoded | NativeDecoded): void {
    if (decoded.type === 'failure') {
      this.#failure = decoded.failure;
      return;
    }
    const { client, replyContext } = this.#parts;
    const { reply } = decoded;
    if (decoded.type === 'reply' && replyContext.call.stream) {
      for (const event of eventsOf(reply)) this.event(event);
      return;
    }
    this.#parts.content?.hearWhole(reply);
    this.#usage = reply.usage;
    if (reply.usage.outputTokens === undefined) this.#producedCharacters = charactersOf(reply);
    this.#servedModel = reply.servedModel;
    this.#replyId = reply.upstreamId;
    this.#finish = reply.choices[0]?.finish;
    if (decoded.type === 'native') client.answerNative(decoded.body, replyContext);
    else client.answer({ type: 'reply', reply, context: replyContext });
    this.#held = undefined;
  }

  /** The surface itself, or its way through for a client that speaks the same protocol. */
  get #translator(): Surface | Passthrough {
    const { surface, mode } = this.#parts.step;
    if (mode === 'translate') return surface;
    if (surface.passthrough === undefined) throw new Error(`${surface.id} has no passthrough`);
    return surface.passthrough;
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.#failCall(toGatewayError(thrown));
    }
  }

  #failCall(error: GatewayError): void {
    this.fail({ error, token: 'unaffected' });
  }

  #conclude(): void {
    this.#over = true;
    const whenOver = this.#whenOver;
    this.#whenOver = undefined;
    whenOver?.();
  }

  #settle(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#chunks = [];
    this.#parts.client.detach();
    this.#parts.resolve({
      failure: this.#failure,
      committed: this.#committed,
      hopeless: this.#hopeless,
      usage: this.#usage,
      servedModel: this.#servedModel,
      upstreamRequestId: this.#upstreamRequestId(),
      accepted: this.#head !== undefined && isSuccess(this.#head.status),
      producedCharacters: this.#producedCharacters,
      headMs: this.#headMs,
      contentMs: this.#contentMs,
      status: this.#head?.status,
      replyId: this.#replyId,
      finish: this.#finish,
    });
  }

  #upstreamRequestId(): string | undefined {
    const value = this.#head?.headers['x-request-id'];
    return typeof value === 'string' ? value : undefined;
  }
}

function joinChunks(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function charactersOf({ choices }: Reply): number {
  let characters = 0;
  for (const { parts } of choices) {
    for (const part of parts)
      characters += part.type === 'tool-call' ? part.arguments.length : part.text.length;
  }
  return characters;
}
