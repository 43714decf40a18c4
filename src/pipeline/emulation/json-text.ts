// JSON as models write it: where a value ends while it still comes in, what is wrong with it that can be mended without
// inventing anything, and the text of its members as it was written. All of it is linear.

import type { JsonValue } from '../../core/neutral/index.ts';

/** Deeper than any argument seen, and far from any stack's end. */
const JSON_TEXT_DEPTH_MAX = 128;

/** `at` is behind the value's last character or, where it is broken, at the first that JSON cannot have there. */
export type ExtentEnd = { readonly at: number; readonly broken: boolean };

/** Follows one object or array through text that comes in pieces. */
export class JsonExtent {
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** Reads the next piece; undefined where the value goes on behind it. */
  read(text: string): ExtentEnd | undefined {
    for (let at = 0; at < text.length; at += 1) {
      const character = text.charAt(at);
      if (this.#inString) this.#readInString(character);
      else if (character === '"') this.#inString = true;
      else if (character === '{' || character === '[') this.#depth += 1;
      else if (character === '}' || character === ']') {
        this.#depth -= 1;
        if (this.#depth <= 0) return { at: at + 1, broken: false };
      } else if (character === '<') return { at, broken: true };
    }
    return undefined;
  }

  #readInString(character: string): void {
    if (this.#escaped) this.#escaped = false;
    else if (character === '\\') this.#escaped = true;
    else if (character === '"') this.#inString = false;
  }
}

export type ReadJson = {
  /** Strict JSON. */
  readonly text: string;
  readonly value: JsonValue;
};

/** As it is, or mended; undefined where neither is JSON. */
export function readJson(text: string): ReadJson | undefined {
  if (isDeep(text)) return undefined;
  const asItIs = parse(text.trim());
  if (asItIs !== undefined) return asItIs;
  const mended = mend(text);
  return mended === undefined ? undefined : parse(mended);
}

function parse(text: string): ReadJson | undefined {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse makes nothing but JSON values.
    return { text, value: JSON.parse(text) as JsonValue };
  } catch {
    return undefined;
  }
}

/** Asked of the text, so that nothing walks down a value that would end the stack. */
function isDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') {
      depth += 1;
      if (depth > JSON_TEXT_DEPTH_MAX) return true;
    } else if (character === '}' || character === ']') depth -= 1;
  }
  return false;
}

const BRACKETS_MISSING_MAX = 2;
const WORD = /[A-Za-z_$][\w$-]*/y;
const WORDS: ReadonlyMap<string, string> = new Map([
  ['True', 'true'],
  ['False', 'false'],
  ['None', 'null'],
  ['undefined', 'null'],
]);
const NEXT = /\s*(\S?)/y;

function nextAfter(text: string, at: number): string {
  NEXT.lastIndex = at;
  return NEXT.exec(text)?.[1] ?? '';
}

/**
 * Mends what models get wrong in form and not in content: raw line breaks in strings, commas too many, brackets missing or
 * too many at the end, words of other languages, names and strings without double quotes. A string that does not end is
 * not mended: what it lacks is content.
 */
function mend(text: string): string | undefined {
  const out: string[] = [];
  const open: string[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"' || character === "'") {
      const end = mendString(text, at, out);
      if (end === undefined) return undefined;
      at = end;
      continue;
    }
    WORD.lastIndex = at;
    const word = WORD.exec(text)?.[0];
    if (word !== undefined) {
      at += word.length;
      const isName = nextAfter(text, at) === ':';
      out.push(isName ? JSON.stringify(word) : (WORDS.get(word) ?? word));
      continue;
    }
    at += 1;
    if (character === '{' || character === '[') {
      open.push(character === '{' ? '}' : ']');
      out.push(character);
    } else if (character === '}' || character === ']') closeUntil(character, open, out);
    else if (character !== ',' || !/^[\]},]?$/.test(nextAfter(text, at))) out.push(character);
  }
  // More than these are not forgotten: there the end itself is missing.
  if (open.length > BRACKETS_MISSING_MAX) return undefined;
  return out.join('') + open.toReversed().join('');
}

/** Closes what lies in between; a bracket that closes nothing is left out. */
function closeUntil(character: string, open: string[], out: string[]): void {
  if (!open.includes(character)) return;
  for (let last = open.pop(); last !== undefined; last = open.pop()) {
    out.push(last);
    if (last === character) return;
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\n', String.raw`\n`],
  ['\r', String.raw`\r`],
  ['\t', String.raw`\t`],
]);
const ESCAPABLE = /["\\/bfnrtu]/;

/** Where the string ends; undefined where it does not. */
function mendString(text: string, start: number, out: string[]): number | undefined {
  const quote = text.charAt(start);
  out.push('"');
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === quote) {
      out.push('"');
      return at + 1;
    }
    if (character === '\\') {
      at += 1;
      const escaped = text.charAt(at);
      if (ESCAPABLE.test(escaped)) out.push(character, escaped);
      else out.push(escaped === "'" ? escaped : `\\\\${escaped}`);
    } else if (character === '"') out.push(String.raw`\"`);
    else if (character < ' ') out.push(ESCAPES.get(character) ?? unicodeEscape(character));
    else out.push(character);
  }
  return undefined;
}

const unicodeEscape = (character: string): string =>
  String.raw`\u` + character.charCodeAt(0).toString(16).padStart(4, '0');

/** The members of an object as they were written: numbers keep all their digits, and names their order. */
export function rawMembers(json: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  const pieces = rawPieces(json);
  for (let index = 0; index + 1 < pieces.length; index += 2) {
    const name = parse(pieces[index] ?? '')?.value;
    if (typeof name === 'string') members.set(name, pieces[index + 1] ?? 'null');
  }
  return members;
}

/** The items of an array as they were written. */
export function rawItems(json: string): readonly string[] {
  return rawPieces(json);
}

/** What stands between the commas and colons of a valid object or array, of its first level alone. */
function rawPieces(json: string): readonly string[] {
  const pieces: string[] = [];
  let depth = 0;
  let start = json.search(/[[{]/) + 1;
  for (let at = start - 1; at < json.length; at += 1) {
    const character = json.charAt(at);
    if (character === '"') at = endOfString(json, at);
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    const isBetween = depth === 1 && (character === ',' || character === ':');
    if (!isBetween && depth > 0) continue;
    const piece = json.slice(start, at).trim();
    if (piece !== '') pieces.push(piece);
    start = at + 1;
    if (depth === 0) break;
  }
  return pieces;
}

/** Index of the closing quote. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at += 1) {
    const character = json.charAt(at);
    if (character === '\\') at += 1;
    else if (character === '"') return at;
  }
  return json.length;
}
