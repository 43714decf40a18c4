// Two counts over a sliding window of time, in slices: plain numbers, no timer, and no cost while nothing happens. The
// window is forgotten slice by slice, so it is up to one slice short.

const SLICES = 10;

export class SlidingCounts {
  readonly #sliceMs: number;
  readonly #firsts = new Float64Array(SLICES);
  readonly #seconds = new Float64Array(SLICES);
  /** Number of the newest slice since the clock's origin. */
  #newest = 0;
  #first = 0;
  #second = 0;

  constructor(windowMs: number) {
    this.#sliceMs = windowMs / SLICES;
  }

  first(nowMs: number): number {
    this.#roll(nowMs);
    return this.#first;
  }

  second(nowMs: number): number {
    this.#roll(nowMs);
    return this.#second;
  }

  addFirst(nowMs: number): void {
    const slice = this.#roll(nowMs);
    this.#firsts[slice] = (this.#firsts[slice] ?? 0) + 1;
    this.#first += 1;
  }

  addSecond(nowMs: number): void {
    const slice = this.#roll(nowMs);
    this.#seconds[slice] = (this.#seconds[slice] ?? 0) + 1;
    this.#second += 1;
  }

  clear(): void {
    this.#firsts.fill(0);
    this.#seconds.fill(0);
    this.#first = 0;
    this.#second = 0;
  }

  /** Forgets what has left the window; the index of the slice for now. */
  #roll(nowMs: number): number {
    const newest = Math.floor(nowMs / this.#sliceMs);
    if (newest - this.#newest >= SLICES) this.clear();
    else {
      for (let slice = this.#newest + 1; slice <= newest; slice += 1) {
        const index = slice % SLICES;
        this.#first -= this.#firsts[index] ?? 0;
        this.#second -= this.#seconds[index] ?? 0;
        this.#firsts[index] = 0;
        this.#seconds[index] = 0;
      }
    }
    if (newest > this.#newest) this.#newest = newest;
    return this.#newest % SLICES;
  }
}
