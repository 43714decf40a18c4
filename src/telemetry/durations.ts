// Histograms that cost a few additions. As with the tallies, a caller keeps a cell per set of labels, and the text is made
// when the metrics are read. (The library's own `observe` checks and hashes all labels and allocates each time.)

import { Histogram, type Registry } from 'prom-client';

import { createCells } from './tally.ts';

/** One series: what was observed, by bucket. */
export class DurationCell {
  readonly labels: Readonly<Record<string, string>>;
  /** How many fell into each bucket alone; what is above the last bound is only in `count`. */
  readonly #buckets: number[];
  readonly #bounds: readonly number[];
  sum = 0;
  count = 0;

  constructor(labels: Readonly<Record<string, string>>, bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.#buckets = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.sum += value;
    this.count += 1;
    const bounds = this.#bounds;
    for (let index = 0; index < bounds.length; index += 1) {
      if (value > (bounds[index] ?? 0)) continue;
      this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
      return;
    }
  }

  /** As Prometheus counts: each bucket holds all those below it. */
  cumulative(): readonly { readonly le: number | string; readonly value: number }[] {
    let value = 0;
    const told: { le: number | string; value: number }[] = this.#bounds.map((le, index) => {
      value += this.#buckets[index] ?? 0;
      return { le, value };
    });
    told.push({ le: '+Inf', value: this.count });
    return told;
  }
}

export type Durations = {
  /** The cell of these label values, in the order of the label names. To be kept by the caller. */
  cell(...values: string[]): DurationCell;
};

export function createDurations(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly string[],
  boundsS: readonly number[],
): Durations {
  const cells = createCells(labelNames, (labels) => new DurationCell(labels, boundsS));
  registry.registerMetric(new CellHistogram(name, help, () => cells.all()));
  return cells;
}

type Reading = {
  readonly metricName: string;
  readonly labels: { readonly le?: number | string };
  readonly sharedLabels: Readonly<Record<string, string>>;
  readonly value: number;
};

/** What the registry reads: the library's histogram with its values taken from the cells. */
class CellHistogram extends Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #cells: () => Iterable<DurationCell>;

  constructor(name: string, help: string, cells: () => Iterable<DurationCell>) {
    super({ name, help, registers: [] });
    this.#name = name;
    this.#help = help;
    this.#cells = cells;
  }

  /** In place of the library's, of which the types do not tell; the registry reads through it. */
  getForPromString(): Promise<object> {
    const name = this.#name;
    const values: Reading[] = [];
    for (const cell of this.#cells()) {
      // A series shows with its first observation, as the library's do.
      if (cell.count === 0) continue;
      const sharedLabels = cell.labels;
      for (const { le, value } of cell.cumulative()) {
        values.push({ metricName: `${name}_bucket`, labels: { le }, sharedLabels, value });
      }
      values.push({ metricName: `${name}_sum`, labels: {}, sharedLabels, value: cell.sum });
      values.push({ metricName: `${name}_count`, labels: {}, sharedLabels, value: cell.count });
    }
    return Promise.resolve({ name, help: this.#help, type: 'histogram', aggregator: 'sum', values });
  }
}
