// One choice of a reply while it arrives: keeps at most one part open and serialises what comes interleaved. The first
// part in the queue is open and told at once; what belongs to later ones is held until it ends. A text ends when anything
// else begins; a tool call when its arguments are complete JSON, or with the choice.

import { GatewayError } from '../../../core/errors/index.ts';
import type { Event, Safety, Seal } from '../../../core/neutral/index.ts';
import type { Invocation, Piece } from './envelope.ts';
import { concludeFinish, type FinishEvidence } from './finish.ts';
import { JsonProgress } from './json-progress.ts';

type Emit = (event: Event) => void;

type Part = {
  readonly type: 'text' | 'reasoning' | 'tool-call';
  readonly id: string;
  readonly index: number | undefined;
  name: string | undefined;
  seal: Seal | undefined;
  /** Held until the part is told. */
  held: string[];
  readonly progress: JsonProgress | undefined;
  ended: boolean;
};

/** Characters of later parts held while an earlier one is open. */
const HELD_CHARACTERS_MAX = 8 * 1024 * 1024;
const TOOL_CALLS_MAX = 1_024;
/** The one provider whose opaque state rides on generations (reference 3.5). */
export const SIGNATURE_MAKER = 'gemini';

export class Choice {
  readonly #number: number;
  readonly #newId: () => string;
  readonly #emit: Emit;
  /** The first is open once `#opened`. */
  #queue: Part[] = [];
  #opened = false;
  #heldCharacters = 0;
  readonly #calls: Part[] = [];
  readonly #callsById = new Map<string, Part>();
  readonly #callsByIndex = new Map<number, Part>();
  #finishRaw: string | undefined;
  #stopSequence: string | undefined;
  #safety: Safety | undefined;
  #refused = false;
  hasContent = false;

  constructor(number: number, newId: () => string, emit: Emit) {
    this.#number = number;
    this.#newId = newId;
    this.#emit = emit;
  }

  get finishTold(): boolean {
    return this.#finishRaw !== undefined;
  }

  push(piece: Piece): void {
    this.#pushText('reasoning', piece.reasoning);
    this.#pushText('text', piece.text);
    if (piece.refusal !== '') {
      this.#refused = true;
      this.#pushText('text', piece.refusal);
    }
    const callsBefore = this.#calls.length;
    for (const invocation of piece.invocations) this.#pushInvocation(invocation);
    if (piece.signature !== undefined) this.#seal(piece.signature, this.#calls[callsBefore]);
    this.#advance(false);
    this.#safety = piece.safety ?? this.#safety;
    this.#stopSequence = piece.stopSequence ?? this.#stopSequence;
    if (piece.finishRaw === undefined) return;
    this.#finishRaw = piece.finishRaw;
    // Nothing of the parts comes after the reason: the client need not wait for scores and usage to use a call.
    this.#advance(true);
  }

  score(safety: Safety | undefined): void {
    this.#safety = safety ?? this.#safety;
  }

  finish(limits: Pick<FinishEvidence, 'outputTokens' | 'outputTokensMax'>): void {
    this.#advance(true);
    const choice = this.#number;
    if (this.#safety !== undefined) this.#emit({ type: 'safety', choice, safety: this.#safety });
    const reason = concludeFinish({
      raw: this.#finishRaw,
      toolSeen: this.#calls.length > 0,
      refused: this.#refused,
      ...limits,
    });
    this.#emit({ type: 'finish', choice, reason, raw: this.#finishRaw, stopSequence: this.#stopSequence });
  }

  #pushText(type: 'text' | 'reasoning', text: string): void {
    if (text === '') return;
    const last = this.#queue.at(-1);
    const part =
      last?.type === type ? last : this.#enqueue({ type, id: '', index: undefined, name: undefined });
    this.#append(part, text);
  }

  #pushInvocation(invocation: Invocation): void {
    const part = this.#callOf(invocation) ?? this.#startCall(invocation);
    part.name ??= invocation.name;
    if (invocation.signature !== undefined) {
      part.seal = { maker: SIGNATURE_MAKER, value: invocation.signature };
    }
    if (part.ended && invocation.arguments.trim() !== '') {
      throw new GatewayError('upstream_protocol', 'Salesforce sent arguments of a tool call that had ended.');
    }
    if (!part.ended) this.#append(part, invocation.arguments);
  }

  /** Which call a fragment continues: by id, by index, or by order (reference 3.6). Undefined for a new call. */
  #callOf(invocation: Invocation): Part | undefined {
    const { id, index, name } = invocation;
    if (id !== undefined) return this.#callsById.get(id);
    const found = index === undefined ? this.#calls.at(-1) : this.#callsByIndex.get(index);
    // Whole calls may come without ids: then a name begins the next one, where the last has its own and its arguments.
    const begins = name !== undefined && found?.name !== undefined;
    return begins && (index === undefined || found.progress?.complete === true) ? undefined : found;
  }

  #startCall({ id, index, name }: Invocation): Part {
    if (this.#calls.length === TOOL_CALLS_MAX) {
      throw new GatewayError(
        'upstream_protocol',
        'Salesforce sent more tool calls than the gateway accepts.',
      );
    }
    const part = this.#enqueue({ type: 'tool-call', id: id ?? `call_${this.#newId()}`, index, name });
    this.#calls.push(part);
    if (id !== undefined) this.#callsById.set(id, part);
    // An index left out means 0 for a first fragment, so that a later one that names it finds its call.
    const key = index ?? (this.#callsByIndex.size === 0 ? 0 : undefined);
    if (key !== undefined) this.#callsByIndex.set(key, part);
    return part;
  }

  #enqueue(start: Pick<Part, 'type' | 'id' | 'index' | 'name'>): Part {
    const progress = start.type === 'tool-call' ? new JsonProgress() : undefined;
    const part: Part = { ...start, seal: undefined, held: [], progress, ended: false };
    this.#queue.push(part);
    this.hasContent = true;
    return part;
  }

  #append(part: Part, text: string): void {
    part.progress?.push(text);
    if (text !== '') {
      part.held.push(text);
      this.#heldCharacters += text.length;
    }
    this.#advance(false);
    if (this.#heldCharacters > HELD_CHARACTERS_MAX) {
      throw new GatewayError(
        'upstream_protocol',
        'Salesforce interleaved more tool calls than the gateway can hold.',
      );
    }
  }

  /** Gemini's state may ride on the generation instead of the call; it belongs to the first call of the piece. */
  #seal(signature: string, call: Part | undefined): void {
    const part = call ?? this.#queue[0];
    // A text has nowhere to carry it back.
    if (part !== undefined && part.type !== 'text')
      part.seal ??= { maker: SIGNATURE_MAKER, value: signature };
  }

  /** Tells what can be told: the open part's new pieces, and where it has ended the next part's. */
  #advance(all: boolean): void {
    for (let part = this.#queue[0]; part !== undefined; part = this.#queue[0]) {
      if (!this.#tell(part, all)) return;
      const hasNext = this.#queue.length > 1;
      const closable = part.progress === undefined || part.progress.complete;
      if (!all && !(hasNext && closable)) return;
      this.#emit({ type: 'part-end', choice: this.#number, seal: part.seal });
      part.ended = true;
      this.#opened = false;
      this.#queue.shift();
    }
  }

  /** False while the part cannot be opened yet. */
  #tell(part: Part, all: boolean): boolean {
    if (!this.#opened) {
      if (part.type === 'tool-call' && part.name === undefined) {
        if (!all) return false;
        throw new GatewayError('upstream_protocol', 'Salesforce sent a tool call without a name.');
      }
      this.#open(part);
      this.#opened = true;
    }
    for (const text of part.held) this.#tellDelta(part, text);
    part.held = [];
    return true;
  }

  #open(part: Part): void {
    const choice = this.#number;
    if (part.type === 'text') this.#emit({ type: 'text-start', choice });
    else if (part.type === 'reasoning') this.#emit({ type: 'reasoning-start', choice });
    else this.#emit({ type: 'tool-call-start', choice, id: part.id, name: part.name ?? '' });
  }

  #tellDelta(part: Part, text: string): void {
    const choice = this.#number;
    this.#heldCharacters -= text.length;
    if (part.type === 'text') this.#emit({ type: 'text-delta', choice, text });
    else if (part.type === 'reasoning') this.#emit({ type: 'reasoning-delta', choice, text });
    else this.#emit({ type: 'tool-call-delta', choice, arguments: text });
  }
}
