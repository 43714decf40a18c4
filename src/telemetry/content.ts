// What a caller wrote and a model answered, made fit for a log that the operator has switched on for it: credentials and
// the usual marks of persons are replaced, and what is left is cut. It is a net and no wall: names, addresses and whatever
// else has no shape of its own stay as they are.

import { hash } from 'node:crypto';

import type { NotedText } from './port.ts';

const SECRET = '[secret]';
/** A client's key is looked for among words at least this long. */
const KEY_LENGTH_MIN = 8;
/** Words longer than this are no client's key, and would cost much. */
const KEY_LENGTH_MAX = 512;

/** A secret's name, alone or behind others (`DB_PASSWORD`), and what stands between it and its value. */
const NAMED = String.raw`(?<![\w-])([\w-]{0,40}?(?:(?:client|consumer)[_-]?secret|(?:access|refresh)[_-]?token|(?:access|private|secret)[_-]?key|assertion|pass(?:word|wd|phrase)|api[_-]?key|secret)\\{0,4}["']?\s{0,4}(?:=>|[=:])\s{0,4})`;
const PRIVATE_KEY = '[A-Z ]{0,40}PRIVATE KEY-----';
/** Between lines of a key: blanks, or the breaks of a JSON string, which may stand in another one. */
const BREAK = String.raw`(?:\s|\\{1,4}[nr]){1,8}`;

// Each begins where a word begins, or its length is bounded: a text made to be slow costs no more than any other.
const SHAPES: readonly (readonly [RegExp, string])[] = [
  // Whole, or without its end, or without its beginning: the text was cut before it came here.
  [
    new RegExp(
      String.raw`-----BEGIN ${PRIVATE_KEY}(?:[\s\S]{0,8192}?-----END ${PRIVATE_KEY}|(?:${BREAK}[\w+/=]{16,})*)`,
      'gu',
    ),
    SECRET,
  ],
  [new RegExp(String.raw`^(?:[\w+/=]+${BREAK}){0,1024}-----END ${PRIVATE_KEY}`, 'u'), SECRET],
  // JSON Web Tokens, whole or without their signature.
  [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/gu, SECRET],
  // Opaque session ids: an org's id, a mark, the rest.
  [/(?<!\w)00D[A-Za-z0-9]{9,15}![\w.]+/gu, SECRET],
  [/(?<![\w-])(?:sk|pk|rk)[-_][\w-]{16,}/gu, SECRET],
  [/(?<![\w-])(?:gh[oprsu]_|github_pat_|glpat-|xox[abeoprs]-|AKIA|ASIA|AIza)[\w-]{12,}/gu, SECRET],
  [/\b(bearer|basic) {1,4}[\w.~+/=!-]{8,}/giu, `$1 ${SECRET}`],
  // In the quotes of a JSON string within another one; in quotes, blanks and all; without.
  [new RegExp(String.raw`${NAMED}(\\{1,4}["'])[^"'\\\n]{1,4096}`, 'giu'), `$1$2${SECRET}`],
  [new RegExp(String.raw`${NAMED}(["'])(?:(?!\2)[^\\\n]|\\.){1,4096}`, 'giu'), `$1$2${SECRET}`],
  [new RegExp(String.raw`${NAMED}[^\s"'&,}\\]+`, 'giu'), `$1${SECRET}`],
  // Of a user, in an address: `postgres://name:password@host`.
  [/(:\/\/[^\s:@/]{0,256}:)[^\s@/]{1,256}@/gu, `$1${SECRET}@`],
  [/(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gu, '[e-mail]'],
  // International account numbers, in one piece or in groups of four.
  [/(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)/gu, '[account]'],
];
const CARD = /(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)/gu;
const NUMBERS: readonly (readonly [RegExp, string])[] = [
  [/(?<!\w)\d{3}-\d{2}-\d{4}(?!\w)/gu, '[number]'],
  [/(?<![\w+])(?:\+|00)\d{1,3}[ .()/-]{0,2}(?:\d[ .()/-]{0,2}){6,12}\d(?!\w)/gu, '[phone]'],
  [/(?<!\w)\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\w)/gu, '[phone]'],
  [/(?<!\w)0\d{2,4}[ /-]\d{3,4}[ -]?\d{2,5}(?!\w)/gu, '[phone]'],
];
const WORDS = /[^\s"'`,;<>(){}[\]]+/gu;
/** Of a word: what stands between the marks of an address or of a JSON string within another one. */
const PIECES = /[^=:&?#@|*!\\]+/gu;
const SHA256_HEX = 64;

export type Redactor = (text: string) => string;

/** @param keyHashes SHA-256 of the clients' keys in hexadecimal: all that is known of them. */
export function createRedactor(keyHashes: readonly string[]): Redactor {
  const known = new Set(
    keyHashes.filter(({ length }) => length === SHA256_HEX).map((one) => one.toLowerCase()),
  );
  const isKey = (word: string): boolean =>
    word.length >= KEY_LENGTH_MIN && word.length <= KEY_LENGTH_MAX && known.has(hash('sha256', word, 'hex'));
  const withoutKeys = (word: string): string => {
    if (isKey(word)) return SECRET;
    // `name=key`, `scheme:key`, or a key at the end of a sentence.
    const bare = word.replace(/[.!?:\\]+$/u, '');
    if (isKey(bare)) return `${SECRET}${word.slice(bare.length)}`;
    const mark = bare.search(/[=:]/u);
    if (mark !== -1 && isKey(bare.slice(mark + 1)))
      return `${word.slice(0, mark + 1)}${SECRET}${word.slice(bare.length)}`;
    return word.replace(PIECES, (piece) => (isKey(piece) ? SECRET : piece));
  };
  return (text) => {
    let clean = known.size === 0 ? text : text.replace(WORDS, withoutKeys);
    for (const [shape, instead] of SHAPES) clean = clean.replace(shape, instead);
    clean = clean.replace(CARD, (digits) => (isCardNumber(digits) ? '[card]' : digits));
    for (const [shape, instead] of NUMBERS) clean = clean.replace(shape, instead);
    return clean;
  };
}

/** By its check digit (Luhn's), without which every long number would be one. */
function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/gu, '');
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

export type ShownText = { readonly text: string; readonly cut: boolean };

/** @param keep Which end is worth more. */
export function showText(
  { text, characters }: NotedText,
  redact: Redactor,
  charactersMax: number,
  keep: 'beginning' | 'end',
): ShownText {
  const gathered = characters > text.length;
  const clean = redact(text);
  if (clean.length <= charactersMax) return { text: clean, cut: gathered };
  return { text: keep === 'end' ? clean.slice(-charactersMax) : clean.slice(0, charactersMax), cut: true };
}
