// Ids of tool calls as the format allows them: letters, digits, dash and underscore, no id twice in one history. Other
// vendors' ids may hold anything, and one bad id makes every later turn of the conversation fail.

const OUTSIDE = /[^A-Za-z0-9_-]/;
const OUTSIDE_ALL = new RegExp(OUTSIDE, 'g');
const SUFFIX_FIRST = 2;

export class ToolIds {
  readonly #used = new Set<string>();
  /** Only what is told otherwise than it came: nearly every id is good as it is. */
  readonly #changed = new Map<string, string>();
  /** Where the search for a free suffix goes on: begun anew each time, it would be quadratic in one repeated id. */
  readonly #nextSuffix = new Map<string, number>();

  /** The id under which a call is told. */
  open(id: string): string {
    const plain = id !== '' && !OUTSIDE.test(id) ? id : id.replaceAll(OUTSIDE_ALL, '_') || 'tool';
    const told = this.#used.has(plain) ? this.#distinguish(plain) : plain;
    this.#used.add(told);
    // An id that is free stays free no longer, so that one told as it is was never changed before.
    if (told !== id) this.#changed.set(id, told);
    return told;
  }

  #distinguish(plain: string): string {
    let suffix = this.#nextSuffix.get(plain) ?? SUFFIX_FIRST;
    while (this.#used.has(`${plain}_${suffix}`)) suffix += 1;
    this.#nextSuffix.set(plain, suffix + 1);
    return `${plain}_${suffix}`;
  }

  /** The id of the latest call that was opened with this one; the id itself where there was none. */
  find(id: string): string {
    return this.#changed.get(id) ?? id;
  }
}
