// Ids of tool calls as the format allows them: letters, digits, dash and underscore, no id twice in one history. Other
// vendors' ids may hold anything, and one bad id makes every later turn of the conversation fail.

const OUTSIDE = /[^A-Za-z0-9_-]/g;

export class ToolIds {
  readonly #used = new Set<string>();
  readonly #current = new Map<string, string>();

  /** The id under which a call is told. */
  open(id: string): string {
    const plain = id.replaceAll(OUTSIDE, '_') || 'tool';
    let told = plain;
    for (let count = 2; this.#used.has(told); count += 1) told = `${plain}_${count}`;
    this.#used.add(told);
    this.#current.set(id, told);
    return told;
  }

  /** The id of the latest call that was opened with this one. */
  find(id: string): string | undefined {
    return this.#current.get(id);
  }
}
