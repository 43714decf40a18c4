// Ids of the calls of one reply, none twice: a client answers by id, and could not tell two calls of one id apart. What is told
// otherwise than it came goes back to the model's side as it was told, call and result alike, so nothing needs to be undone.

const SUFFIX_FIRST = 2;

export class DistinctIds {
  readonly #used = new Set<string>();
  /** Where the search for a free suffix goes on: begun anew each time, it would be quadratic in one repeated id. */
  readonly #nextSuffix = new Map<string, number>();

  /** The id itself where it is free, else one that is made of it. */
  take(id: string): string {
    const told = this.#used.has(id) ? this.#distinguish(id) : id;
    this.#used.add(told);
    return told;
  }

  #distinguish(id: string): string {
    let suffix = this.#nextSuffix.get(id) ?? SUFFIX_FIRST;
    while (this.#used.has(`${id}_${suffix}`)) suffix += 1;
    this.#nextSuffix.set(id, suffix + 1);
    return `${id}_${suffix}`;
  }
}
