// One upstream call: sends it, holds its events until the first content, then pushes them into the client's stream.
// Resolves once, when the upstream call has ended, and never rejects.

import { GatewayError, toGatewayError } from '../core/errors/index.ts';
import {
  eventsOf,
  isContent,
  mergeUsage,
  UNKNOWN_USAGE,
  type Event,
  type Usage,
} from '../core/neutral/index.ts';
import type { ReplyContext } from '../dialects/port.ts';
import type {
  Decoded,
  EventSink,
  Failure,
  StreamDecoder,
  Surface,
  SurfaceContext,
} from '../salesforce/surfaces/port.ts';
import type { Flow, TransportHandler, TransportHead } from '../salesforce/transport/port.ts';
import type { ClientSide } from './client-side.ts';
import type { Deadline } from './deadline.ts';

/** What is held before the first content event is a handful of headers of the stream; more is not a stream of ours. */
const HELD_EVENTS_MAX = 256;
/** Error bodies are read no further than this. */
const ERROR_BYTES_MAX = 256 * 1024;

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
  readonly surface: Surface;
  readonly surfaceContext: SurfaceContext;
  readonly replyContext: ReplyContext;
  readonly client: ClientSide;
  readonly replyBytesMax: number;
  readonly deadline: Deadline;
  readonly resolve: (result: CallResult) => void;
};

export class UpstreamCall implements TransportHandler, EventSink {
  readonly #parts: CallParts;
  #head: TransportHead | undefined;
  #flow: Flow | undefined;
  #decoder: StreamDecoder | undefined;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #held: Event[] | undefined = [];
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
    const { surface, surfaceContext, client } = this.#parts;
    if (surfaceContext.stream && head.status >= 200 && head.status < 300) {
      this.#guard(() => {
        this.#decoder = surface.openStream(head, surfaceContext);
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
    if (this.#held === undefined) {
      this.#parts.client.push(event);
      return;
    }
    this.#held.push(event);
    if (isContent(event)) this.#commit(this.#held);
    else if (this.#held.length > HELD_EVENTS_MAX) {
      this.#failCall(new GatewayError('upstream_protocol', 'Salesforce sent a stream without content.'));
    }
  }

  #commit(held: Event[]): void {
    const { client, deadline, replyContext } = this.#parts;
    this.#held = undefined;
    deadline.lift();
    if (!client.opened) client.open(replyContext);
    for (const event of held) client.push(event);
  }

  #decodeWhole(): void {
    const head = this.#head;
    if (head === undefined) throw new Error('a response ended before its head');
    const { surface, surfaceContext } = this.#parts;
    const decoded = surface.decode(head, Buffer.concat(this.#chunks), surfaceContext);
    this.#chunks = [];
    this.#deliver(decoded);
  }

  #deliver(decoded: Decoded): void {
    if (decoded.type === 'failure') {
      this.#failure = decoded.failure;
      return;
    }
    const { reply } = decoded;
    const { client, replyContext } = this.#parts;
    if (replyContext.call.stream) {
      for (const event of eventsOf(reply)) this.event(event);
      return;
    }
    this.#usage = reply.usage;
    this.#servedModel = reply.servedModel;
    client.answer({ type: 'reply', reply, context: replyContext });
    this.#held = undefined;
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
