// One reply on its way to a client as the format's stream of events, however a dialect frames them. Nothing is written
// before content, a keep-alive or the end, so that counts the upstream tells before its content stand in the first event.
// Frames of the format's own are translated as any other reply is, which gives them our id, our usage and our ending; only
// the deltas inside a block, the mass of every stream, are written as they came.

import type { GatewayError } from '../../core/errors/index.ts';
import type { Event, JsonObject, ProtocolFrame, Safety, Usage } from '../../core/neutral/index.ts';
import { sniffDelta } from './plain-delta.ts';
import { MessageStreamDecoder } from './stream-decode.ts';
import type { MessageOptions } from './response.ts';
import { MessageStreamEncoder, type EmitFrame } from './stream-encode.ts';
import { parseEvent } from './upstream-json.ts';

const PING = '{"type":"ping"}';

/** What was told of the reply and has no field in the format. */
export type ToldBeside = {
  readonly safety: Safety | undefined;
  readonly servedModel: string | undefined;
  readonly usage: Usage;
};

export type MessageRelayOptions = MessageOptions & {
  /** What joins the last event that carries data. */
  readonly ending: (told: ToldBeside) => JsonObject;
  /** Tells the error that a stream ends with. The format's closing event never comes with it. */
  readonly tellError: (error: GatewayError) => void;
};

export class MessageRelay {
  readonly #options: MessageRelayOptions;
  readonly #emit: EmitFrame;
  readonly #encoder: MessageStreamEncoder;
  readonly #decoder = new MessageStreamDecoder();
  readonly #pushEvent = (event: Event): void => this.push(event);
  #hasStarted = false;
  #hasEnded = false;
  #safety: Safety | undefined;
  #servedModel: string | undefined;

  constructor(options: MessageRelayOptions, emit: EmitFrame) {
    this.#options = options;
    this.#emit = emit;
    this.#encoder = new MessageStreamEncoder(options, (name, data) => {
      emit(name, data);
      if (name !== 'message_start') return;
      this.#hasStarted = true;
      this.#ping();
    });
  }

  open(): void {
    // Nothing to say yet: the first event waits for content.
  }

  keepAlive(): void {
    if (this.#hasEnded) return;
    this.#encoder.start();
    this.#ping();
  }

  push(event: Event): void {
    if (this.#hasEnded) return;
    if (event.type === 'reply-start') this.#servedModel = event.servedModel ?? this.#servedModel;
    else if (event.type === 'safety' && event.choice === 0) this.#safety = event.safety;
    this.#encoder.push(event);
  }

  pushFrame(frame: ProtocolFrame): void {
    if (this.#hasEnded) return;
    const { name, data } = frame;
    if (name === 'ping') {
      // Before the opening there is nothing that it could keep alive.
      if (this.#hasStarted) this.#ping();
      return;
    }
    const delta = name === 'content_block_delta' ? sniffDelta(data) : undefined;
    if (delta !== undefined && this.#decoder.pass(delta) && this.#encoder.pass(delta, data)) return;
    if (!this.#decoder.isFinished) this.#decoder.push(parseEvent(data), this.#pushEvent);
  }

  fail(error: GatewayError): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#options.tellError(error);
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const { usage } = this.#encoder;
    this.#encoder.finish(
      this.#options.ending({ safety: this.#safety, servedModel: this.#servedModel, usage }),
    );
  }

  #ping(): void {
    this.#emit('ping', PING);
  }
}
