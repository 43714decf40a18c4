// A whole reply. Folding a stream of events gives the same reply as a whole answer; `eventsOf` is the way back, for
// surfaces that only answer whole.

import type { ReasoningPart, TextPart, ToolCallPart } from './call.ts';
import type { Event, FinishReason } from './event.ts';
import type { Safety } from './safety.ts';
import { mergeUsage, UNKNOWN_USAGE, type Usage } from './usage.ts';

export type ReplyPart = TextPart | ReasoningPart | ToolCallPart;

export type Choice = {
  readonly parts: readonly ReplyPart[];
  readonly finish: FinishReason;
  readonly finishRaw: string | undefined;
  readonly stopSequence: string | undefined;
  readonly safety: Safety | undefined;
};

export type Reply = {
  /** Index is the choice's number. */
  readonly choices: readonly Choice[];
  readonly usage: Usage;
  readonly servedModel: string | undefined;
  readonly upstreamId: string | undefined;
};

/** What stands in for a choice that the model said nothing of: clients read the first one without asking. */
export const EMPTY_CHOICE: Choice = {
  parts: [],
  finish: 'stop',
  finishRaw: undefined,
  stopSequence: undefined,
  safety: undefined,
};

/** JSON text of a call's arguments: a call without any has `{}`. */
export function normaliseArguments(text: string | null | undefined): string {
  return text === null || text === undefined || text.trim() === '' ? '{}' : text;
}

function* eventsOfPart(part: ReplyPart, choice: number): Generator<Event> {
  switch (part.type) {
    case 'text':
      yield { type: 'text-start', choice };
      if (part.text !== '') yield { type: 'text-delta', choice, text: part.text };
      yield { type: 'part-end', choice, seal: undefined };
      return;
    case 'reasoning':
      yield { type: 'reasoning-start', choice };
      if (part.text !== '') yield { type: 'reasoning-delta', choice, text: part.text };
      yield { type: 'part-end', choice, seal: part.seal };
      return;
    case 'tool-call':
      yield { type: 'tool-call-start', choice, id: part.id, name: part.name };
      yield { type: 'tool-call-delta', choice, arguments: part.arguments };
      yield { type: 'part-end', choice, seal: part.seal };
  }
}

/** The events that fold to this reply. */
export function* eventsOf(reply: Reply): Generator<Event> {
  yield { type: 'reply-start', servedModel: reply.servedModel, upstreamId: reply.upstreamId };
  for (const [choice, content] of reply.choices.entries()) {
    for (const part of content.parts) yield* eventsOfPart(part, choice);
    if (content.safety !== undefined) yield { type: 'safety', choice, safety: content.safety };
    yield {
      type: 'finish',
      choice,
      reason: content.finish,
      raw: content.finishRaw,
      stopSequence: content.stopSequence,
    };
  }
  yield { type: 'usage', usage: reply.usage };
}

type OpenChoice = {
  parts: ReplyPart[];
  open: { type: ReplyPart['type']; pieces: string[]; id: string; name: string } | undefined;
  finish: Extract<Event, { type: 'finish' }> | undefined;
  safety: Safety | undefined;
};

/** Folds events into the reply they tell. `reply()` may be asked at any time; an unfinished choice counts as `stop`. */
export class ReplyFold {
  readonly #choices: OpenChoice[] = [];
  #usage: Usage = UNKNOWN_USAGE;
  #servedModel: string | undefined;
  #upstreamId: string | undefined;

  push(event: Event): void {
    switch (event.type) {
      case 'reply-start':
        this.#servedModel = event.servedModel ?? this.#servedModel;
        this.#upstreamId = event.upstreamId ?? this.#upstreamId;
        return;
      case 'usage':
        this.#usage = mergeUsage(this.#usage, event.usage);
        return;
      case 'safety':
        this.#choice(event.choice).safety = event.safety;
        return;
      case 'finish':
        this.#choice(event.choice).finish = event;
        return;
      default:
        this.#pushPart(event);
    }
  }

  reply(): Reply {
    return {
      choices: this.#choices.map((choice) => ({
        parts:
          choice.open === undefined ? choice.parts : [...choice.parts, closePart(choice.open, undefined)],
        finish: choice.finish?.reason ?? 'stop',
        finishRaw: choice.finish?.raw,
        stopSequence: choice.finish?.stopSequence,
        safety: choice.safety,
      })),
      usage: this.#usage,
      servedModel: this.#servedModel,
      upstreamId: this.#upstreamId,
    };
  }

  #choice(index: number): OpenChoice {
    for (let missing = this.#choices.length; missing <= index; missing += 1) {
      this.#choices.push({ parts: [], open: undefined, finish: undefined, safety: undefined });
    }
    const found = this.#choices[index];
    if (found === undefined) throw new RangeError(`choice ${index} is not a choice number`);
    return found;
  }

  #pushPart(event: Exclude<Event, { type: 'reply-start' | 'usage' | 'safety' | 'finish' }>): void {
    const choice = this.#choice(event.choice);
    switch (event.type) {
      case 'text-start':
        choice.open = { type: 'text', pieces: [], id: '', name: '' };
        return;
      case 'reasoning-start':
        choice.open = { type: 'reasoning', pieces: [], id: '', name: '' };
        return;
      case 'tool-call-start':
        choice.open = { type: 'tool-call', pieces: [], id: event.id, name: event.name };
        return;
      case 'text-delta':
      case 'reasoning-delta':
        choice.open?.pieces.push(event.text);
        return;
      case 'tool-call-delta':
        choice.open?.pieces.push(event.arguments);
        return;
      case 'part-end':
        if (choice.open !== undefined) choice.parts.push(closePart(choice.open, event.seal));
        choice.open = undefined;
    }
  }
}

function closePart(open: NonNullable<OpenChoice['open']>, seal: ToolCallPart['seal']): ReplyPart {
  const text = open.pieces.join('');
  switch (open.type) {
    case 'text':
      return { type: 'text', text };
    case 'reasoning':
      return { type: 'reasoning', text, seal };
    case 'tool-call':
      return { type: 'tool-call', id: open.id, name: open.name, arguments: normaliseArguments(text), seal };
  }
}
