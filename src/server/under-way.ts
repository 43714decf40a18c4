// The exchanges under way. A Set would do, but one that gains and loses a member with every request is copied over and over,
// each copy refers to the next one, and one that has aged so keeps all that was in any of them until a full collection: half
// of what a request needs outlived it (4.5 KB, measured). A list does not; whoever leaves it gives its place to the last.

/** What can be under way; it remembers its place. */
export type Underway = { place: number };

/** The place of what is not under way. */
export const NOWHERE = -1;

export class UnderWay<T extends Underway> {
  readonly #list: T[] = [];

  get size(): number {
    return this.#list.length;
  }

  /** Nothing where it is there already. */
  add(one: T): void {
    if (one.place !== NOWHERE) return;
    one.place = this.#list.length;
    this.#list.push(one);
  }

  /** Nothing where it is not there. */
  delete(one: T): void {
    const { place } = one;
    if (place === NOWHERE) return;
    one.place = NOWHERE;
    const last = this.#list.pop();
    if (last === undefined || last === one) return;
    last.place = place;
    this.#list[place] = last;
  }

  /** As they are now, whatever comes and leaves meanwhile. */
  all(): readonly T[] {
    return [...this.#list];
  }
}
