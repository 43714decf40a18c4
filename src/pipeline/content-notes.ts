// What was asked and what was answered, in words, bounded: made only where the operator has switched the logging of
// content on. Everywhere else an exchange has none, and nothing is gathered. Redacting is telemetry's part; here only
// beginnings and ends are cut so that no half of a key or of a number is left at the edge.

import type { Call, Event, MediaPart, Message, Reply } from '../core/neutral/index.ts';
import type { ContentNote, NotedText } from '../telemetry/port.ts';

/** What is gathered for each character that is logged: redacting may shorten. */
const GATHERED_FACTOR = 2;

// Not all that is no blank: scripts without blanks, and JSON without them, would be one word and go as a whole.
const OF_A_WORD = /[\w!#$%&*+\-./:=?@\\^|~]/u;
/** Stands between the groups of a number. */
const BETWEEN = /[\s()]/u;
const DIGIT = /\d/u;

type Part = Message['content'][number];

export class ContentNotes {
  readonly #charactersMax: number;
  readonly #legs: ContentNotes[] = [];
  #asked: readonly Call[] = [];
  #texts: readonly string[] = [];
  #answer = '';
  #answerCharacters = 0;

  constructor(charactersMax: number) {
    this.#charactersMax = charactersMax * GATHERED_FACTOR;
  }

  ask(calls: readonly Call[]): void {
    this.#asked = calls;
  }

  askTexts(texts: readonly string[]): void {
    this.#texts = texts;
  }

  /** Of one of several upstream calls that run at once: their words would mingle. */
  leg(): ContentNotes {
    const leg = new ContentNotes(this.#charactersMax / GATHERED_FACTOR);
    this.#legs.push(leg);
    return leg;
  }

  hear(event: Event): void {
    switch (event.type) {
      case 'text-delta':
      case 'reasoning-delta':
        this.#add(event.text);
        return;
      case 'reasoning-start':
        this.#add('\n[reasoning] ');
        return;
      case 'text-start':
        if (this.#answerCharacters > 0) this.#add('\n');
        return;
      case 'tool-call-start':
        this.#add(`\n[call ${event.name}] `);
        return;
      case 'tool-call-delta':
        this.#add(event.arguments);
        return;
      default:
    }
  }

  hearWhole({ choices }: Reply): void {
    for (const { parts } of choices) {
      for (const part of parts) this.#add(`${this.#answerCharacters > 0 ? '\n' : ''}${textOf(part)}`);
    }
  }

  told(): ContentNote {
    return { request: this.#request(), response: this.#response() };
  }

  #add(text: string): void {
    this.#answerCharacters += text.length;
    const room = this.#charactersMax - this.#answer.length;
    if (room > 0) this.#answer += text.slice(0, room);
  }

  /** The last words, since the first ones of a conversation are the same each time. */
  #request(): NotedText {
    const lines = [...this.#texts];
    for (const { messages } of this.#asked) {
      for (const { role, content } of messages) {
        for (const part of content) lines.push(`${role}: ${textOf(part)}`);
      }
    }
    const characters = lines.reduce((sum, { length }) => sum + length, 0);
    const kept: string[] = [];
    let room = this.#charactersMax;
    for (let line = lines.pop(); line !== undefined && room > 0; line = lines.pop()) {
      kept.unshift(line.length <= room ? line : lastWords(line.slice(-room)));
      room -= line.length;
    }
    return { text: kept.join('\n'), characters };
  }

  #response(): NotedText {
    const told = [this, ...this.#legs];
    const characters = told.reduce((sum, one) => sum + one.#answerCharacters, 0);
    const texts = told.map((one) =>
      one.#answer.length < one.#answerCharacters ? firstWords(one.#answer) : one.#answer,
    );
    return { text: texts.filter((text) => text !== '').join('\n'), characters };
  }
}

function textOf(part: Part | MediaPart): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'reasoning':
      return `[reasoning] ${part.text}`;
    case 'tool-call':
      return `[call ${part.name}] ${part.arguments}`;
    case 'tool-result':
      return `[result of ${part.name}] ${part.content.map(textOf).join(' ')}`;
    default:
      return `[${part.type}]`;
  }
}

/** Without the word that was cut, and without those before it that may belong to the same number. */
function firstWords(text: string): string {
  let end = runBefore(text, text.length);
  for (;;) {
    let last = end;
    while (last > 0 && BETWEEN.test(text.charAt(last - 1))) last -= 1;
    const start = runBefore(text, last);
    if (!DIGIT.test(text.slice(start, last))) return text.slice(0, last);
    end = start;
  }
}

/** Likewise at the other end. */
function lastWords(text: string): string {
  let start = runAfter(text, 0);
  for (;;) {
    let first = start;
    while (first < text.length && BETWEEN.test(text.charAt(first))) first += 1;
    const end = runAfter(text, first);
    if (!DIGIT.test(text.slice(first, end))) return text.slice(first);
    start = end;
  }
}

function runBefore(text: string, end: number): number {
  let start = end;
  while (start > 0 && OF_A_WORD.test(text.charAt(start - 1))) start -= 1;
  return start;
}

function runAfter(text: string, start: number): number {
  let end = start;
  while (end < text.length && OF_A_WORD.test(text.charAt(end))) end += 1;
  return end;
}
