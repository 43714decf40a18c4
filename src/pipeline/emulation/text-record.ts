// What a model said in a round, kept within a limit, so that it can be shown its own words when it is asked to mend them.

/** Enough to recognise one's own answer by. */
const CHARACTERS_MAX = 24_000;

export class TextRecord {
  #pieces: string[] = [];
  #characters = 0;

  push(text: string): void {
    if (this.#characters >= CHARACTERS_MAX) return;
    const kept = text.slice(0, CHARACTERS_MAX - this.#characters);
    this.#pieces.push(kept);
    this.#characters += kept.length;
  }

  /** Empty only when nothing was said. */
  get text(): string {
    const text = this.#pieces.join('');
    return text.isWellFormed() ? text : text.slice(0, -1);
  }

  clear(): void {
    this.#pieces = [];
    this.#characters = 0;
  }
}
