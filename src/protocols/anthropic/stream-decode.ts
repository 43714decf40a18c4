// The format's stream of events, already unframed and parsed, as neutral events. Unknown events, deltas and blocks are
// skipped: the format says that they will come. A delta for a block that is not open is a broken stream.

import type { Event, JsonObject, JsonValue, Seal } from '../../core/neutral/index.ts';
import { isJsonObject } from '../../core/wire/json-reader.ts';
import { objectOf, textOf } from '../../core/wire/index.ts';
import { decodeErrorBody, type UpstreamError } from './errors.ts';
import type { PlainDelta } from './plain-delta.ts';
import { decodeSignature, REDACTED_MAKER } from './seal.ts';
import { decodeStopReason } from './stop-reason.ts';
import { typeOf, unreadableReply } from './upstream-json.ts';
import { UsageCounts } from './usage.ts';

export type EmitEvent = (event: Event) => void;

/** Far above any signature seen; a stream that sends more of one is broken. */
const SIGNATURE_CHARACTERS_MAX = 4_194_304;
const CHOICE = 0;

type Open = {
  readonly index: JsonValue | undefined;
  /** `skipped`: a block that nobody asked for, and whose content is not told. */
  readonly kind: 'text' | 'thinking' | 'tool_use' | 'skipped';
  signature: string;
  seal: Seal | undefined;
  /** Input that came with the block's start, told only if no delta brings any. */
  input: JsonObject | undefined;
};

type FrameHandler = (decoder: MessageStreamDecoder, frame: JsonObject, emit: EmitEvent) => void;

export class MessageStreamDecoder {
  readonly #usage = new UsageCounts();
  #open: Open | undefined;
  #hasFinish = false;
  #isStopped = false;

  /** Whether the message came to its proper end. */
  get isFinished(): boolean {
    return this.#isStopped;
  }

  /**
   * Takes one parsed frame. Gives the error where the frame is one.
   * @throws GatewayError where the stream is broken.
   */
  push(frame: JsonValue, emit: EmitEvent): UpstreamError | undefined {
    if (!isJsonObject(frame)) throw unreadableReply('a stream event that is no object');
    const error = decodeErrorBody(frame);
    if (error !== undefined) return error;
    HANDLERS.get(typeOf(frame))?.(this, frame, emit);
    return undefined;
  }

  /**
   * Takes a delta on its way through, unparsed, in place of `push`. False where it does not belong to the open block: then
   * nothing was taken, and `push` says what is wrong with it.
   */
  pass(delta: PlainDelta): boolean {
    const open = this.#open;
    if (open === undefined || open.index !== delta.index || open.kind !== delta.kind) return false;
    open.input = undefined;
    return true;
  }

  startMessage(frame: JsonObject, emit: EmitEvent): void {
    const message = objectOf(frame['message']);
    emit({ type: 'reply-start', servedModel: textOf(message['model']), upstreamId: textOf(message['id']) });
    this.#addUsage(message['usage'], emit);
  }

  startBlock(frame: JsonObject, emit: EmitEvent): void {
    if (this.#hasFinish) throw unreadableReply('a block after the end of the message');
    this.#closeBlock(emit);
    const block = objectOf(frame['content_block']);
    const open: Open = {
      index: frame['index'],
      kind: 'skipped',
      signature: '',
      seal: undefined,
      input: undefined,
    };
    switch (typeOf(block)) {
      case 'text':
        this.#open = { ...open, kind: 'text' };
        emit({ type: 'text-start', choice: CHOICE });
        this.#emitText(textOf(block['text']), emit);
        return;
      case 'thinking':
        this.#open = { ...open, kind: 'thinking', signature: textOf(block['signature']) ?? '' };
        emit({ type: 'reasoning-start', choice: CHOICE });
        this.#emitThinking(textOf(block['thinking']), emit);
        return;
      case 'redacted_thinking': {
        const seal = { maker: REDACTED_MAKER, value: textOf(block['data']) ?? '' };
        this.#open = { ...open, kind: 'thinking', seal };
        emit({ type: 'reasoning-start', choice: CHOICE });
        return;
      }
      case 'tool_use': {
        const input = objectOf(block['input']);
        this.#open = {
          ...open,
          kind: 'tool_use',
          input: Object.keys(input).length === 0 ? undefined : input,
        };
        const [id, name] = [textOf(block['id']) ?? '', textOf(block['name']) ?? ''];
        emit({ type: 'tool-call-start', choice: CHOICE, id, name });
        return;
      }
      default:
        this.#open = open;
    }
  }

  addDelta(frame: JsonObject, emit: EmitEvent): void {
    const open = this.#open;
    if (open === undefined || open.index !== frame['index'])
      throw unreadableReply('a delta outside its block');
    const delta = objectOf(frame['delta']);
    switch (typeOf(delta)) {
      case 'text_delta':
        if (open.kind === 'text') this.#emitText(textOf(delta['text']), emit);
        return;
      case 'thinking_delta':
        if (open.kind === 'thinking') this.#emitThinking(textOf(delta['thinking']), emit);
        return;
      case 'signature_delta':
        open.signature += textOf(delta['signature']) ?? '';
        if (open.signature.length > SIGNATURE_CHARACTERS_MAX)
          throw unreadableReply('a signature without end');
        return;
      case 'input_json_delta':
        if (open.kind === 'tool_use') this.#emitArguments(open, textOf(delta['partial_json']), emit);
    }
  }

  stopBlock(frame: JsonObject, emit: EmitEvent): void {
    if (this.#open?.index === frame['index']) this.#closeBlock(emit);
  }

  addMessageDelta(frame: JsonObject, emit: EmitEvent): void {
    this.#closeBlock(emit);
    this.#addUsage(frame['usage'], emit);
    const delta = objectOf(frame['delta']);
    const raw = textOf(delta['stop_reason']);
    if (raw === undefined || this.#hasFinish) return;
    this.#hasFinish = true;
    const stopSequence = textOf(delta['stop_sequence']);
    emit({ type: 'finish', choice: CHOICE, reason: decodeStopReason(raw), raw, stopSequence });
  }

  stopMessage(emit: EmitEvent): void {
    this.#closeBlock(emit);
    this.#isStopped = true;
    if (this.#hasFinish) return;
    this.#hasFinish = true;
    emit({ type: 'finish', choice: CHOICE, reason: 'stop', raw: undefined, stopSequence: undefined });
  }

  #addUsage(value: JsonValue | undefined, emit: EmitEvent): void {
    if (this.#usage.add(value)) emit({ type: 'usage', usage: this.#usage.usage() });
  }

  #emitText(text: string | undefined, emit: EmitEvent): void {
    if (text !== undefined && text !== '') emit({ type: 'text-delta', choice: CHOICE, text });
  }

  #emitThinking(text: string | undefined, emit: EmitEvent): void {
    if (text !== undefined && text !== '') emit({ type: 'reasoning-delta', choice: CHOICE, text });
  }

  #emitArguments(open: Open, text: string | undefined, emit: EmitEvent): void {
    if (text === undefined || text === '') return;
    open.input = undefined;
    emit({ type: 'tool-call-delta', choice: CHOICE, arguments: text });
  }

  #closeBlock(emit: EmitEvent): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined || open.kind === 'skipped') return;
    if (open.input !== undefined) {
      emit({ type: 'tool-call-delta', choice: CHOICE, arguments: JSON.stringify(open.input) });
    }
    const seal = open.kind === 'thinking' ? (open.seal ?? decodeSignature(open.signature)) : undefined;
    emit({ type: 'part-end', choice: CHOICE, seal });
  }
}

const HANDLERS: ReadonlyMap<string, FrameHandler> = new Map<string, FrameHandler>([
  ['message_start', (decoder, frame, emit) => decoder.startMessage(frame, emit)],
  ['content_block_start', (decoder, frame, emit) => decoder.startBlock(frame, emit)],
  ['content_block_delta', (decoder, frame, emit) => decoder.addDelta(frame, emit)],
  ['content_block_stop', (decoder, frame, emit) => decoder.stopBlock(frame, emit)],
  ['message_delta', (decoder, frame, emit) => decoder.addMessageDelta(frame, emit)],
  ['message_stop', (decoder, _frame, emit) => decoder.stopMessage(emit)],
]);
