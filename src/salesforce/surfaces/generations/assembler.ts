// Envelopes to events. Whole replies and streams both go through here, so that a stream folds to exactly the reply a
// whole answer gives. Order told: the parts as they come; at the end of each choice its safety and its finish; usage last.

import type { Event, Usage } from '../../../core/neutral/index.ts';
import { mergeUsage, UNKNOWN_USAGE } from '../../../core/neutral/index.ts';
import type { SurfaceContext } from '../port.ts';
import { Choice } from './choice.ts';
import type { Envelope } from './envelope.ts';

export class Assembler {
  readonly #context: SurfaceContext;
  readonly #emit: (event: Event) => void;
  readonly #choices: Choice[] = [];
  #usage: Usage | undefined;
  #servedModel: string | undefined;
  #upstreamId: string | undefined;
  #started = false;

  constructor(context: SurfaceContext, emit: (event: Event) => void) {
    this.#context = context;
    this.#emit = emit;
  }

  /** Whether a part of any choice has begun. */
  get hasContent(): boolean {
    return this.#choices.some((choice) => choice.hasContent);
  }

  /** Whether the upstream told a reason to finish, or counted tokens, which it does at the end only. */
  get endTold(): boolean {
    return this.#usage !== undefined || this.#choices.some((choice) => choice.finishTold);
  }

  push(envelope: Envelope): void {
    this.#start(envelope);
    if (envelope.usage !== undefined) this.#usage = mergeUsage(this.#usage ?? UNKNOWN_USAGE, envelope.usage);
    for (const piece of envelope.pieces) this.#choice(piece.choice).push(piece);
  }

  /** Scores alone: their text repeats the whole reply and is never appended (reference 3.6). */
  score(envelope: Envelope): void {
    for (const piece of envelope.pieces) this.#choice(piece.choice).score(piece.safety);
  }

  finish(): void {
    const { maxOutputTokens, model } = this.#context;
    const limits = {
      outputTokens: this.#usage?.outputTokens,
      outputTokensMax: maxOutputTokens ?? model.outputTokensMax,
    };
    // A reply that was counted but holds nothing is one empty choice: models do end a turn without a word.
    this.#choice(0);
    for (const choice of this.#choices) choice.finish(limits);
    if (this.#usage !== undefined) this.#emit({ type: 'usage', usage: this.#usage });
  }

  #start(envelope: Envelope): void {
    const servedModel = this.#servedModel ?? envelope.servedModel;
    const upstreamId = this.#upstreamId ?? envelope.upstreamId;
    const isNews = servedModel !== this.#servedModel || upstreamId !== this.#upstreamId;
    if (this.#started && !isNews) return;
    this.#started = true;
    this.#servedModel = servedModel;
    this.#upstreamId = upstreamId;
    this.#emit({ type: 'reply-start', servedModel, upstreamId });
  }

  #choice(number: number): Choice {
    for (let missing = this.#choices.length; missing <= number; missing += 1) {
      this.#choices.push(new Choice(missing, this.#context.newId, this.#emit));
    }
    const found = this.#choices[number];
    if (found === undefined) throw new RangeError(`choice ${number} is not a choice number`);
    return found;
  }
}
