// A counter that costs an addition. The metrics library hashes every label on every increment; here a caller keeps a cell
// per set of labels, and what the cells gathered is handed on when the metrics are read.

import { Counter, type Registry } from 'prom-client';

export type Cell = { sum: number };

export type Cells<T> = {
  /** The cell of these label values, in the order of the label names. To be kept by the caller. */
  cell(...values: string[]): T;
  all(): Iterable<T>;
};

/** Finds cells by their label values and makes those that are missing. */
export function createCells<T>(
  labelNames: readonly string[],
  create: (labels: Record<string, string>) => T,
): Cells<T> {
  const cells = new Map<string, T>();
  return {
    cell(...values) {
      const key = JSON.stringify(values);
      const known = cells.get(key);
      if (known !== undefined) return known;
      const cell = create(Object.fromEntries(labelNames.map((label, index) => [label, values[index] ?? ''])));
      cells.set(key, cell);
      return cell;
    },
    all: () => cells.values(),
  };
}

export type Tally = Pick<Cells<Cell>, 'cell'>;

export function createTally(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly string[],
): Tally {
  const cells = createCells(labelNames, (labels) => ({ sum: 0, labels }));
  const counter = new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect: () => {
      for (const cell of cells.all()) {
        // Zero is told too: a series that appears only with its first event hides that event from rate().
        counter.inc(cell.labels, cell.sum);
        cell.sum = 0;
      }
    },
  });
  return cells;
}
