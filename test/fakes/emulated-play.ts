// Plays a call with emulations against a scripted model, without a pipeline: gives what the client got, and every call that
// the model was asked.

import {
  ReplyFold,
  type Call,
  type Event,
  type FinishReason,
  type Need,
  type Reply,
} from '../../src/core/neutral/index.ts';
import type { ReplySide } from '../../src/pipeline/client-side.ts';
import { EmulatedSide } from '../../src/pipeline/emulation/emulated-side.ts';

export type Words = {
  /** With `OPEN` and `CLOSE` where the marks shall stand, and `RESULT` for the beginning of a result. */
  readonly text: string;
  readonly finish?: FinishReason;
  /** Sizes of the deltas, in characters; one delta without them. */
  readonly sizes?: readonly number[];
  readonly reasoning?: string;
};

export type Played = {
  readonly events: readonly Event[];
  readonly reply: Reply;
  /** All text the client got. */
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly arguments: unknown }[];
  /** What the model was asked, round by round. */
  readonly asked: readonly Call[];
  readonly side: EmulatedSide;
};

export const promptOf = (call: Call): string =>
  call.messages
    .flatMap((message) => message.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])))
    .join('\n');

/** Reads the marks out of the instruction, as a model does. */
export function dress(text: string, call: Call): string {
  const word = /<call-(\w+)>/.exec(promptOf(call))?.[1] ?? 'none';
  return text
    .replaceAll('OPEN', `<call-${word}>`)
    .replaceAll('CLOSE', `</call-${word}>`)
    .replaceAll('RESULT', `<result-${word}`);
}

let lastId = 0;
/** Ids differ, and are the same in every run of one file. */
const newId = (): string => {
  lastId += 1;
  return (lastId * 0x9e_37_79_b1).toString(16).padStart(24, '0').slice(-24);
};

function* eventsOfWords(words: Words, call: Call): Generator<Event> {
  yield { type: 'reply-start', servedModel: 'double', upstreamId: undefined };
  if (words.reasoning !== undefined) {
    yield { type: 'reasoning-start', choice: 0 };
    yield { type: 'reasoning-delta', choice: 0, text: words.reasoning };
    yield { type: 'part-end', choice: 0, seal: undefined };
  }
  const text = dress(words.text, call);
  yield { type: 'text-start', choice: 0 };
  let at = 0;
  for (const size of words.sizes ?? []) {
    const delta = text.slice(at, at + size);
    if (delta !== '') yield { type: 'text-delta', choice: 0, text: delta };
    at += size;
  }
  if (at < text.length) yield { type: 'text-delta', choice: 0, text: text.slice(at) };
  yield { type: 'part-end', choice: 0, seal: undefined };
  yield {
    type: 'finish',
    choice: 0,
    reason: words.finish ?? 'stop',
    raw: undefined,
    stopSequence: undefined,
  };
  const usage = {
    cacheReadTokens: undefined,
    cacheWriteTokens: undefined,
    reasoningTokens: undefined,
    countedOutputTokens: undefined,
  };
  yield { type: 'usage', usage: { ...usage, inputTokens: 10, outputTokens: 5, estimated: false } };
}

export type PlayOptions = {
  readonly emulated?: readonly Need[];
  /** The extra round fails upstream. */
  readonly fails?: boolean;
};

const ALL: readonly Need[] = ['tools', 'tool-history', 'tool-choice'];

/** Events of a round go in one by one; the last of `rounds` answers all further ones. */
export function play(call: Call, rounds: readonly Words[], options: PlayOptions = {}): Played {
  const events: Event[] = [];
  const client: ReplySide = {
    opened: true,
    announce: () => undefined,
    answer: () => undefined,
    answerNative: () => undefined,
    open: () => undefined,
    push: (event) => void events.push(event),
    pushFrame: () => undefined,
    attach: () => undefined,
    detach: () => undefined,
  };
  const emulated = options.emulated ?? [...ALL, ...(call.format.type === 'text' ? [] : [call.format.type])];
  const side = new EmulatedSide({
    client,
    call: { ...call, stream: true },
    emulated,
    surface: {},
    newId,
    tellLoss: () => undefined,
  });
  const asked: Call[] = [];
  let next: Call | undefined = side.call;
  while (next !== undefined) {
    if (asked.length > 5) throw new Error('rounds without end');
    asked.push(next);
    const words = rounds[asked.length - 1] ?? rounds.at(-1);
    if (words === undefined) throw new Error('a play needs words');
    for (const event of eventsOfWords(words, side.call)) side.push(event);
    next = side.endRound();
    if (next === undefined || options.fails !== true) continue;
    side.giveUp();
    break;
  }
  const fold = new ReplyFold();
  for (const event of events) fold.push(event);
  const reply = fold.reply();
  const parts = reply.choices[0]?.parts ?? [];
  return {
    events,
    reply,
    text: parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('|'),
    calls: parts.flatMap((part) =>
      part.type === 'tool-call'
        ? [{ name: part.name, arguments: JSON.parse(part.arguments) as unknown }]
        : [],
    ),
    asked,
    side,
  };
}
