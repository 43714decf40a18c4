// Ids of tool calls as the format allows them: letters, digits, dash and underscore, no id twice in one history. Other
// vendors' ids may hold anything, and one bad id makes every later turn of the conversation fail.

const OUTSIDE = /[^A-Za-z0-9_-]/g;
const SUFFIX_FIRST = 2;

export class ToolIds {
  readonly #used = new Set<string>();
  readonly #current = new Map<string, string>();
  /** Where the search for a free suffix goes on: begun anew each time, it would be quadratic in one repeated id. */
  readonly #nextSuffix = new Map<string, number>();

  /** The id under which a call is told. */
  open(id: string): string {
    const plain = id.replaceAll(OUTSIDE, '_') || 'tool';
    const told = this.#used.has(plain) ? this.#distinguish(plain) : plain;
    this.#used.add(told);
    this.#current.set(id, told);
    return told;
  }

  #distinguish(plain: string): string {
    let suffix = this.#nextSuffix.get(plain) ?? SUFFIX_FIRST;
    while (this.#used.has(`${plain}_${suffix}`)) suffix += 1;
    this.#nextSuffix.set(plain, suffix + 1);
    return `${plain}_${suffix}`;
  }

  /** The id of the latest call that was opened with this one. */
  find(id: string): string | undefined {
    return this.#current.get(id);
  }
}
