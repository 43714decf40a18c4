// The last guard before text is printed. Where secrets are known, their values are replaced in every line; where they are
// not (a token in an upstream's complaint), their usual shapes are.

import type { Secret } from '../core/platform/index.ts';

const PLACEHOLDER = '[secret]';
/** A shorter value would be found in words that are no secret. */
const SECRET_LENGTH_MIN = 4;
/** Would be found in the times and counts of every line, which would be JSON no more. */
const SHORT_NUMBER = /^\d{1,7}$/u;

const SHAPES: readonly (readonly [RegExp, string])[] = [
  // JSON Web Tokens, whole or without their signature.
  [/eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, PLACEHOLDER],
  // Salesforce's opaque session ids: the org's id, a mark, the rest.
  [/00D[A-Za-z0-9]{9,15}![\w.]+/g, PLACEHOLDER],
  [/\b(bearer|basic) +[\w.~+/=!-]+/gi, `$1 ${PLACEHOLDER}`],
  [
    /\b(client_secret|access_token|refresh_token|assertion|password)(["']?\s*[=:]\s*["']?)[^\s"'&,}]+/gi,
    `$1$2${PLACEHOLDER}`,
  ],
  // The runtime's complaint about bad JSON quotes the text it was given, which may be a caller's.
  [/, (?:\.\.\.)?"[^]*"(?:\.\.\.)? is not valid JSON/g, ': not valid JSON'],
];

/** Bounded text without anything that looks like a credential or a quoted body. */
export function scrub(text: string | undefined, lengthMax: number): string | undefined {
  if (text === undefined) return undefined;
  // Cut before the search as well, so that its work is bounded, and with room for what the search shortens.
  let clean = text.slice(0, lengthMax * 2);
  for (const [shape, instead] of SHAPES) clean = clean.replace(shape, instead);
  return clean.length > lengthMax ? `${clean.slice(0, lengthMax)}…` : clean;
}

/** Replaces the values of these secrets wherever they stand in lines of JSON. */
export function createSecretGuard(secrets: readonly Secret[]): (lines: string) => string {
  const values = new Set<string>();
  for (const secret of secrets) {
    const value = secret.reveal();
    if (value.length < SECRET_LENGTH_MIN || SHORT_NUMBER.test(value)) continue;
    values.add(value);
    // As it stands inside a JSON string.
    values.add(JSON.stringify(value).slice(1, -1));
  }
  // The longest first: a secret may be the beginning of another.
  const ordered = [...values].sort((left, right) => right.length - left.length);
  return (lines) => {
    let clean = lines;
    for (const value of ordered) {
      if (clean.includes(value)) clean = clean.replaceAll(value, PLACEHOLDER);
    }
    return clean;
  };
}
