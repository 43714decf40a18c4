// Envelopes to events. Whole replies and streams both go through here, so that a stream folds to exactly the reply a
// whole answer gives. Order told: the parts as they come; at the end of each choice its safety and its finish; usage last.

import type { Event, Usage } from '../../../core/neutral/index.ts';
import { mergeUsage, UNKNOWN_USAGE } from '../../../core/neutral/index.ts';
import type { SurfaceContext } from '../port.ts';
import { Choice } from './choice.ts';
import type { Envelope, Piece } from './envelope.ts';
import { outputTokensMaxOf } from './finish.ts';

export class Assembler {
  readonly #context: SurfaceContext;
  readonly #emit: (event: Event) => void;
  readonly #choices: Choice[] = [];
  #usage: Usage | undefined;
  #countedLast = false;
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

  /**
   * Whether the upstream told a reason to finish, or counted tokens in an envelope without content after which no content
   * came. Beside content a count says nothing: some providers may count in every chunk.
   */
  get endTold(): boolean {
    return this.#countedLast || this.#choices.some((choice) => choice.finishTold);
  }

  push(envelope: Envelope): void {
    this.#start(envelope);
    if (envelope.usage !== undefined) this.#usage = mergeUsage(this.#usage ?? UNKNOWN_USAGE, envelope.usage);
    if (envelope.pieces.some(holdsContent)) this.#countedLast = false;
    else if (envelope.usage !== undefined) this.#countedLast = true;
    for (const piece of envelope.pieces) this.#choice(piece.choice).push(piece);
  }

  /** Scores alone: their text repeats the whole reply and is never appended (reference 3.6). */
  score(envelope: Envelope): void {
    for (const piece of envelope.pieces) this.#choice(piece.choice).score(piece.safety);
  }

  finish(): void {
    const limits = {
      outputTokens: this.#usage?.outputTokens,
      outputTokensMax: outputTokensMaxOf(this.#context),
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

function holdsContent({ text, reasoning, refusal, invocations }: Piece): boolean {
  return text !== '' || reasoning !== '' || refusal !== '' || invocations.length > 0;
}
