// Finds the calls in a model's text while it streams in. Text goes on at once: nothing longer than the beginning of a mark
// is ever held back. No mark of ours leaves here: what a reply merely quotes comes out as plain words.

import type { CallMarkup } from './call-markup.ts';
import { JsonExtent } from './json-text.ts';

export type ParsedPiece =
  | { readonly type: 'text'; readonly text: string }
  /** `json` is as the model wrote it, between the marks. */
  | { readonly type: 'call'; readonly json: string }
  /**
   * Of a call: something between the marks that is no JSON, or was cut. Of a result: one that the model made up and never
   * closed, with all that came after it; `source` holds no mark.
   */
  | {
      readonly type: 'broken';
      readonly of: 'call' | 'result';
      readonly source: string;
      readonly closed: boolean;
    };

/** A call longer than this is broken: its rest is passed over. So is that of a result without its end. */
const CALL_CHARACTERS_MAX = 1_000_000;
/** What could be a call has begun within so many characters of its mark. */
const BEGINNING_CHARACTERS_MAX = 128;
/** Broken blocks out of which text is read again, so that no reply makes it read the same text for ever. */
const SECOND_READINGS_MAX = 16;

/** Blank and a fence before a mark belong to the mark. */
const LEAD = /\s{0,16}(?:```[\w-]{0,16}[ \t]{0,4}\r?\n?\s{0,8})?$/;
/** As long as what `LEAD` and a mark can be together, and a little more. */
const TAIL_CHARACTERS = 96;
const HELD =
  /\s{0,16}(?:`{1,3}|```[\w-]{1,16}[ \t]{0,4}|```[\w-]{0,16}[ \t]{0,4}\r?\n\s{0,8})?(<[\w/-]*>?)?$/;
const QUOTE_BEFORE = /["'“‘«]$|(?<!`)`{1,2}$/;
/** After a mark: the beginning of JSON, or of a call in another notation, or a fence around it. */
const BODY = /^\s*(?:```[\w-]{0,16}\s*)?(?<first>[{[]|[\w.-]{1,64}\s?[({]|<\w)/;
const MAY_BE_BODY = /^\s*(?:`{0,3}|```[\w-]{0,16}\s*(?:[\w.-]{1,64}\s?|<)?|[\w.-]{1,64}\s?|<)$/;

const FENCE = '```';

type State = 'text' | 'opened' | 'json' | 'between' | 'broken' | 'passing' | 'after';

export class CallParser {
  readonly #markup: CallMarkup;
  readonly #emit: (piece: ParsedPiece) => void;
  readonly #marks: readonly string[];
  readonly #anyMark: RegExp;
  #state: State = 'text';
  /** Neither told nor understood yet. */
  #held = '';
  /** The end of what was told, for what stands before a mark. */
  #last = '';
  /** The call under way, or the result that the model made up, without the part that is held. */
  #body: string[] = [];
  #bodyCharacters = 0;
  #extent = new JsonExtent();
  #calls = 0;
  /** What stood before the mark and belongs to it, unless it turns out to call nothing. */
  #lead = '';
  #secondReadings = 0;
  #over = false;

  constructor(markup: CallMarkup, emit: (piece: ParsedPiece) => void) {
    this.#markup = markup;
    this.#emit = emit;
    this.#marks = [markup.open, markup.close, markup.result, markup.resultClose];
    this.#anyMark = new RegExp(this.#marks.map((mark) => RegExp.escape(mark)).join('|'));
  }

  push(text: string): void {
    if (this.#over || text === '') return;
    this.#held += text;
    this.#run();
  }

  /** The reply is over: nothing is held any more. */
  end(): void {
    for (;;) {
      const state = this.#state;
      if (state === 'json' || state === 'broken') {
        if (!this.#rescue()) break;
      } else {
        // A mark at the very end of a reply calls nothing.
        if (state === 'opened') this.#tell(`${this.#lead}<call>`);
        if (state === 'opened' || state === 'text') this.#tell(this.#plain(this.#held));
        if (state === 'passing') this.#tellUnclosedResult();
        break;
      }
    }
    this.#held = '';
    this.#state = 'text';
  }

  #run(): void {
    let going = true;
    while (going && !this.#over) going = this.#steps[this.#state]();
  }

  /** Each reads what it can and says whether there is more to do. */
  readonly #steps: Readonly<Record<State, () => boolean>> = {
    text: () => this.#readText(),
    opened: () => this.#readOpened(),
    json: () => this.#readJson(),
    between: () => this.#readBetween(),
    broken: () => this.#readBroken(),
    passing: () => this.#readPassing(),
    after: () => this.#readAfter(),
  };

  #readText(): boolean {
    const found = this.#firstMark();
    if (found === undefined) {
      const keep = heldFrom(this.#held, this.#marks);
      this.#tell(this.#held.slice(0, keep));
      this.#held = this.#held.slice(keep);
      return false;
    }
    const { mark, at } = found;
    const before = this.#held.slice(0, at);
    const rest = this.#held.slice(at + mark.length);
    if (QUOTE_BEFORE.test((this.#last + before).slice(-3))) {
      this.#tell(before + plainOf(mark));
      this.#held = rest;
      return true;
    }
    const lead = LEAD.exec(before.slice(-TAIL_CHARACTERS))?.[0] ?? '';
    this.#held = rest;
    if (mark === this.#markup.open) {
      this.#tell(before.slice(0, before.length - lead.length));
      this.#lead = lead;
      this.#state = 'opened';
    } else {
      this.#tell(before);
      if (mark === this.#markup.result) this.#beginResult();
    }
    return true;
  }

  /** A result that the model made up. After a call of its own all that follows stands on it. */
  #beginResult(): void {
    if (this.#calls === 0) {
      this.#body = [];
      this.#bodyCharacters = 0;
      this.#state = 'passing';
    } else {
      this.#over = true;
      this.#held = '';
    }
  }

  #readPassing(): boolean {
    const { resultClose } = this.#markup;
    const end = this.#held.indexOf(resultClose);
    if (end === -1) {
      this.#keepBut(resultClose.length);
      return false;
    }
    this.#body = [];
    this.#held = this.#held.slice(end + resultClose.length);
    this.#state = 'text';
    return true;
  }

  /** Its end may have been forgotten, and the model's own words have followed: they must not vanish. */
  #tellUnclosedResult(): void {
    const all = this.#body.join('') + this.#held;
    const source = all.replace(new RegExp(this.#anyMark, 'g'), plainOf);
    this.#emit({ type: 'broken', of: 'result', source, closed: false });
  }

  #readOpened(): boolean {
    const body = BODY.exec(this.#held.slice(0, BEGINNING_CHARACTERS_MAX));
    if (body === null) {
      if (this.#held.length < BEGINNING_CHARACTERS_MAX && MAY_BE_BODY.test(this.#held)) return false;
      // Nothing that could be a call follows: the model speaks of the mark.
      this.#tell(`${this.#lead}<call>`);
      this.#state = 'text';
      return true;
    }
    const first = body.groups?.['first'] ?? '';
    this.#held = this.#held.slice(body[0].length - first.length);
    this.#beginBody(first === '{' || first === '[');
    return true;
  }

  #beginBody(isJson: boolean): void {
    this.#extent = new JsonExtent();
    this.#body = [];
    this.#bodyCharacters = 0;
    this.#state = isJson ? 'json' : 'broken';
  }

  #readJson(): boolean {
    const end = this.#extent.read(this.#held);
    if (end === undefined && this.#bodyCharacters + this.#held.length <= CALL_CHARACTERS_MAX) {
      this.#keep(this.#held.length);
      return false;
    }
    this.#keep(end?.at ?? this.#held.length);
    if (end === undefined || end.broken) {
      this.#state = 'broken';
      return true;
    }
    this.#calls += 1;
    this.#emit({ type: 'call', json: this.#body.join('') });
    this.#state = 'between';
    return true;
  }

  /** Moves characters from what is held to the call under way, in pieces: joining them at each step would be quadratic. */
  #keep(characters: number): void {
    this.#body.push(this.#held.slice(0, characters));
    this.#bodyCharacters += characters;
    this.#held = this.#held.slice(characters);
  }

  /** Keeps all but the last characters, which may be the beginning of a mark. */
  #keepBut(held: number): void {
    const characters = Math.max(0, this.#held.length - held);
    // Enough of it is there to say what was wrong.
    if (this.#bodyCharacters > CALL_CHARACTERS_MAX) this.#held = this.#held.slice(characters);
    else this.#keep(characters);
  }

  /** After a value and before the closing mark: more values, brackets too many, a fence. */
  #readBetween(): boolean {
    this.#held = this.#held.replace(/^[\s,;\]}`]+/, '');
    const { close, open } = this.#markup;
    if (this.#held === '') return false;
    if (this.#held.startsWith('{') || this.#held.startsWith('[')) this.#beginBody(true);
    else if (this.#held.startsWith(close)) {
      this.#held = this.#held.slice(close.length);
      this.#state = 'after';
    } else if (this.#held.startsWith(open)) {
      this.#held = this.#held.slice(open.length);
      this.#state = 'opened';
    } else if (close.startsWith(this.#held) || open.startsWith(this.#held)) return false;
    // The closing mark is missing.
    else this.#state = 'text';
    return true;
  }

  #readBroken(): boolean {
    const { close } = this.#markup;
    const end = this.#held.indexOf(close);
    if (end === -1) {
      this.#keepBut(close.length);
      return false;
    }
    this.#keep(end);
    this.#emit({ type: 'broken', of: 'call', source: this.#body.join(''), closed: true });
    this.#held = this.#held.slice(close.length);
    this.#state = 'after';
    return true;
  }

  /** A fence that was opened before the call closes after it. */
  #readAfter(): boolean {
    const fenced = this.#lead.includes(FENCE);
    const rest = this.#held.replace(/^\s+/, '');
    if (rest === '' || (fenced && rest.length < FENCE.length && FENCE.startsWith(rest))) return false;
    this.#held =
      fenced && rest.startsWith(FENCE) ? rest.slice(FENCE.length).replace(/^[ \t]*\r?\n?/, '') : rest;
    this.#lead = '';
    this.#state = 'text';
    return true;
  }

  /** A string without its end took all that came after it: the text behind the block's own mark is read again. */
  #rescue(): boolean {
    const { close } = this.#markup;
    const all = this.#body.join('') + this.#held;
    const end = all.indexOf(close);
    this.#emit({
      type: 'broken',
      of: 'call',
      source: end === -1 ? all : all.slice(0, end),
      closed: end !== -1,
    });
    if (end === -1 || this.#secondReadings >= SECOND_READINGS_MAX) return false;
    this.#secondReadings += 1;
    this.#held = all.slice(end + close.length);
    this.#state = 'after';
    this.#run();
    return true;
  }

  #firstMark(): { readonly mark: string; readonly at: number } | undefined {
    const found = this.#held.includes('<') ? this.#anyMark.exec(this.#held) : null;
    return found === null ? undefined : { mark: found[0], at: found.index };
  }

  #tell(text: string): void {
    if (text === '') return;
    this.#last = (this.#last + text).slice(-3);
    this.#emit({ type: 'text', text });
  }

  #plain(text: string): string {
    return text.replace(this.#anyMark, plainOf);
  }
}

/** A mark without its word. */
function plainOf(mark: string): string {
  return mark.replace(/-[\w]*/, '');
}

/** From where on the text may be the beginning of a mark, with what may stand before one. */
function heldFrom(text: string, marks: readonly string[]): number {
  const start = Math.max(0, text.length - TAIL_CHARACTERS);
  const found = HELD.exec(text.slice(start));
  if (found === null) return text.length;
  const begun = found[1];
  if (begun !== undefined && !marks.some((mark) => mark.startsWith(begun))) return text.length;
  return start + found.index;
}
