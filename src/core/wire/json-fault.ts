// Where a text stops being JSON. V8 tells the place only sometimes and quotes the text always, so the place is found
// here, on the error path only. Iterative and linear; agrees with JSON.parse on what is valid.

type Expected = 'value' | 'value-or-close' | 'key' | 'key-or-close' | 'comma-or-close';

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERALS = ['true', 'false', 'null'] as const;
const HEX = /^[0-9a-fA-F]$/;

function skipBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at += 1;
  return at;
}

/** The result of reading one token: where the next begins, or where it went wrong. */
type Step = { readonly ok: boolean; readonly at: number };

function readString(text: string, from: number): Step {
  let at = from + 1;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"') return { ok: true, at: at + 1 };
    if (character < ' ') return { ok: false, at };
    if (character === '\\') {
      const escaped = text.charAt(at + 1);
      if (escaped === 'u') {
        for (let digit = at + 2; digit < at + 6; digit += 1) {
          if (!HEX.test(text.charAt(digit))) return { ok: false, at: digit };
        }
        at += 6;
        continue;
      }
      if (escaped === '' || !'"\\/bfnrt'.includes(escaped)) return { ok: false, at: at + 1 };
      at += 1;
    }
    at += 1;
  }
  return { ok: false, at: text.length };
}

function readScalar(text: string, from: number): Step {
  if (text.charAt(from) === '"') return readString(text, from);
  for (const literal of LITERALS) {
    if (text.charAt(from) !== literal.charAt(0)) continue;
    for (let index = 0; index < literal.length; index += 1) {
      if (text.charAt(from + index) !== literal.charAt(index)) return { ok: false, at: from + index };
    }
    return { ok: true, at: from + literal.length };
  }
  NUMBER.lastIndex = from;
  const matched = NUMBER.exec(text);
  if (matched !== null) return { ok: true, at: from + matched[0].length };
  return { ok: false, at: text.charAt(from) === '-' ? from + 1 : from };
}

function readKey(text: string, from: number): Step {
  if (text.charAt(from) !== '"') return { ok: false, at: from };
  const key = readString(text, from);
  if (!key.ok) return key;
  const colon = skipBlank(text, key.at);
  return text.charAt(colon) === ':' ? { ok: true, at: colon + 1 } : { ok: false, at: colon };
}

/**
 * Offset in UTF-16 units of the first character that cannot continue a JSON text; the text's length where it ends too
 * early or is valid after all.
 */
export function findJsonFault(text: string): number {
  const closers: string[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    at = skipBlank(text, at);
    const character = text.charAt(at);
    if (at >= text.length) return text.length;
    if (expected === 'comma-or-close') {
      const closer = closers.at(-1);
      if (closer === undefined) return at;
      if (character === ',') expected = closer === '}' ? 'key' : 'value';
      else if (character === closer) closers.pop();
      else return at;
      at += 1;
    } else if (expected !== 'value' && expected !== 'key' && character === closers.at(-1)) {
      closers.pop();
      expected = 'comma-or-close';
      at += 1;
    } else if (expected === 'key' || expected === 'key-or-close') {
      const key = readKey(text, at);
      if (!key.ok) return key.at;
      at = key.at;
      expected = 'value';
    } else if (character === '{' || character === '[') {
      closers.push(character === '{' ? '}' : ']');
      expected = character === '{' ? 'key-or-close' : 'value-or-close';
      at += 1;
    } else {
      const scalar = readScalar(text, at);
      if (!scalar.ok) return scalar.at;
      at = scalar.at;
      expected = 'comma-or-close';
    }
  }
}
