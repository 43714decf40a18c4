// Where and why a text is not JSON. The runtime's own message quotes the text around the fault, which may be a secret;
// this one names the line and what is wrong there, and nothing of the content.

export type JsonFault = { readonly line: number; readonly column: number; readonly reason: string };

const SPACE = /[ \t\r\n]*/uy;
// eslint-disable-next-line no-control-regex -- control characters are what JSON forbids inside strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)/uy;
const DEPTH_MAX = 64;

class Fault extends Error {
  readonly at: number;
  constructor(at: number, reason: string) {
    super(reason);
    this.at = at;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#value(0);
    this.#skip(SPACE);
    if (this.#at < this.#text.length) throw new Fault(this.#at, 'There is text after the end of the object.');
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const matched = pattern.test(this.#text);
    if (matched) this.#at = pattern.lastIndex;
    return matched;
  }

  #peek(): string {
    this.#skip(SPACE);
    return this.#text[this.#at] ?? '';
  }

  #fail(expected: string): never {
    const next = this.#text.slice(this.#at, this.#at + 2);
    if (next === '') throw new Fault(this.#at, `The file ends too early: ${expected} is missing.`);
    if (next === '//' || next === '/*' || next.startsWith('#'))
      throw new Fault(this.#at, 'JSON has no comments; remove this one.');
    if (next.startsWith("'"))
      throw new Fault(this.#at, 'JSON texts stand in double quotes, not single ones.');
    throw new Fault(this.#at, `Here ${expected} is expected.`);
  }

  #value(depth: number): void {
    if (depth > DEPTH_MAX) throw new Fault(this.#at, 'The nesting is too deep.');
    const first = this.#peek();
    if (first === '{') this.#list('}', () => this.#member(depth));
    else if (first === '[') this.#list(']', () => this.#value(depth + 1));
    else if (first === '"') this.#string();
    else if (!this.#skip(SCALAR)) this.#fail('a value (texts need double quotes)');
  }

  #string(): void {
    if (!this.#skip(STRING)) throw new Fault(this.#at, 'This text is not closed, or holds a bad escape.');
  }

  #member(depth: number): void {
    if (this.#peek() !== '"') this.#fail('a key in double quotes');
    this.#string();
    if (this.#peek() !== ':') this.#fail('a colon');
    this.#at += 1;
    this.#value(depth + 1);
  }

  #list(close: '}' | ']', item: () => void): void {
    this.#at += 1;
    if (this.#peek() === close) {
      this.#at += 1;
      return;
    }
    for (;;) {
      item();
      const next = this.#peek();
      const comma = this.#at;
      if (next !== ',' && next !== close) this.#fail(`a comma or ${close}`);
      this.#at += 1;
      if (next === close) return;
      if (this.#peek() === close) throw new Fault(comma, 'Remove the comma after the last entry.');
    }
  }
}

/** The first fault of a text that JSON.parse refused; undefined when this reader finds none. */
export function findJsonFault(text: string): JsonFault | undefined {
  try {
    new Reader(text).document();
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    const before = text.slice(0, thrown.at).split('\n');
    return { line: before.length, column: (before.at(-1) ?? '').length + 1, reason: thrown.message };
  }
}
