// One upstream call: sends it, holds its events until the first content, then pushes them into the client's stream.
// Resolves once, when the upstream call has ended, and never rejects.

import { GatewayError, toGatewayError } from '../core/errors/index.ts';
import {
  eventsOf,
  isContent,
  mergeUsage,
  UNKNOWN_USAGE,
  type Event,
  type ProtocolFrame,
  type Usage,
} from '../core/neutral/index.ts';
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
import { limitReply } from './emulation/limits.ts';
import type { Deadline } from './deadline.ts';

/** What is held before the first content event is a handful of headers of the stream; more is not a stream of ours. */
const HELD_EVENTS_MAX = 256;
/** Error bodies are read no further than this. */
const ERROR_BYTES_MAX = 256 * 1024;

type Decoder = ReturnType<Passthrough['openStream']> | ReturnType<Surface['openStream']>;

export type CallResult = {
  /** Undefined when the call ended well. */
  readonly failure: Failure | undefined;
  /** Whether content of this call has reached the client, so that nothing of it may be tried again. */
  readonly committed: boolean;
  readonly usage: Usage;
  readonly servedModel: string | undefined;
  /** Salesforce's own id of the call. */
  readonly upstreamRequestId: string | undefined;
};

export type CallParts = {
  readonly step: Step;
  readonly surfaceContext: SurfaceContext;
  readonly replyContext: ReplyContext;
  readonly client: ReplySide;
  readonly replyBytesMax: number;
  readonly deadline: Deadline;
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
  #settled = false;

  constructor(parts: CallParts) {
    this.#parts = parts;
  }

  get #committed(): boolean {
    return this.#held === undefined;
  }

  // --- from the transport

  head(head: TransportHead, flow: Flow): void {
    this.#head = head;
    this.#flow = flow;
    const { surfaceContext, client } = this.#parts;
    if (surfaceContext.stream && head.status >= 200 && head.status < 300) {
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
    if (!isError)
      this.#failCall(
        new GatewayError('upstream_protocol', 'Salesforce sent a reply larger than the gateway accepts.'),
      );
  }

  end(): void {
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
    if (this.#settled) return;
    const failure: Failure = reason instanceof GatewayError ? { error: reason, token: 'unaffected' } : reason;
    this.#failure = failure;
    // The transport still runs when it was the decoder, or our own code, that failed.
    if (!(reason instanceof GatewayError)) this.#flow?.cancel();
    this.#settle();
  }

  // --- from the decoder

  event(event: Event): void {
    if (this.#settled) return;
    if (event.type === 'usage') this.#usage = mergeUsage(this.#usage, event.usage);
    else if (event.type === 'reply-start') this.#servedModel = event.servedModel ?? this.#servedModel;
    // What is tapped from a passing stream is for the record; the client gets the frames.
    if (this.#parts.step.mode === 'passthrough') return;
    if (this.#held === undefined) this.#parts.client.push(event);
    else this.#hold(this.#held, event, isContent(event));
  }

  frame(frame: ProtocolFrame): void {
    if (this.#settled) return;
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
    const { client, deadline, replyContext } = this.#parts;
    this.#held = undefined;
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
    const { client, replyContext, step } = this.#parts;
    const reply = limitReply(decoded.reply, replyContext.call, step.emulated);
    if (decoded.type === 'reply' && replyContext.call.stream) {
      for (const event of eventsOf(reply)) this.event(event);
      return;
    }
    this.#usage = reply.usage;
    this.#servedModel = reply.servedModel;
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

  #settle(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#chunks = [];
    this.#parts.client.detach();
    this.#parts.resolve({
      failure: this.#failure,
      committed: this.#committed,
      usage: this.#usage,
      servedModel: this.#servedModel,
      upstreamRequestId: this.#upstreamRequestId(),
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
