// Watches JSON text grow and tells when its outermost object has closed: after that nothing can be added to it. Looks at
// every character once, so that a call in a thousand fragments costs no more than one in a single piece.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

export class JsonProgress {
  #depth = 0;
  #inString = false;
  #escaped = false;
  #complete = false;

  /** Whether an object or array has been opened and closed again. */
  get complete(): boolean {
    return this.#complete;
  }

  push(text: string): void {
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (this.#inString) this.#takeInString(code);
      else this.#take(code);
    }
  }

  #takeInString(code: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (code === BACKSLASH) this.#escaped = true;
    else if (code === QUOTE) this.#inString = false;
  }

  #take(code: number): void {
    if (code === QUOTE) this.#inString = true;
    else if (code === BRACE_OPEN || code === BRACKET_OPEN) this.#depth += 1;
    else if (code === BRACE_CLOSE || code === BRACKET_CLOSE) {
      this.#depth -= 1;
      if (this.#depth <= 0) this.#complete = true;
    }
  }
}
