// Sums over a sliding window of time, in slices: plain numbers, no timer, and no cost while nothing happens. The window is
// forgotten slice by slice, so it is up to one slice short.

const SLICES = 15;

export class WindowSum {
  readonly #sliceMs: number;
  readonly #slices = new Float64Array(SLICES);
  #newest = 0;
  #sum = 0;

  constructor(windowMs: number) {
    this.#sliceMs = windowMs / SLICES;
  }

  add(nowMs: number, amount: number): void {
    this.#roll(nowMs);
    const index = this.#newest % SLICES;
    this.#slices[index] = (this.#slices[index] ?? 0) + amount;
    this.#sum += amount;
  }

  sum(nowMs: number): number {
    this.#roll(nowMs);
    return this.#sum;
  }

  #roll(nowMs: number): void {
    const newest = Math.floor(nowMs / this.#sliceMs);
    if (newest <= this.#newest) return;
    if (newest - this.#newest >= SLICES) this.#slices.fill(0);
    else for (let slice = this.#newest + 1; slice <= newest; slice += 1) this.#slices[slice % SLICES] = 0;
    this.#newest = newest;
    // Summed anew rather than taken off: differences of floating point numbers would pile up.
    this.#sum = this.#slices.reduce((sum, amount) => sum + amount, 0);
  }
}
