// A counter that costs an addition. The metrics library hashes every label on every increment; here a caller keeps a cell
// per set of labels, and what the cells gathered is handed on when the metrics are read.

import { Counter, type Registry } from 'prom-client';

export type Cell = { sum: number };

export type Tally = {
  /** The cell of these label values, in the order of the label names. To be kept by the caller. */
  cell(...values: string[]): Cell;
};

export function createTally(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly string[],
): Tally {
  const cells = new Map<string, Cell & { readonly labels: Record<string, string> }>();
  const counter = new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect: () => {
      for (const cell of cells.values()) {
        // Zero is told too: a series that appears only with its first event hides that event from rate().
        counter.inc(cell.labels, cell.sum);
        cell.sum = 0;
      }
    },
  });
  return {
    cell(...values) {
      const key = JSON.stringify(values);
      const known = cells.get(key);
      if (known !== undefined) return known;
      const labels = Object.fromEntries(labelNames.map((label, index) => [label, values[index] ?? '']));
      const cell = { sum: 0, labels };
      cells.set(key, cell);
      return cell;
    },
  };
}
