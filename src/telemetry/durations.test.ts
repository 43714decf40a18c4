// The histograms print what the library's own would.

import { Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';

import { createDurations } from './durations.ts';

const BOUNDS = [0.1, 1, 10];
const OBSERVED = [0, 0.1, 0.100_000_1, 0.5, 1, 9.99, 10, 10.01, 1e9];

describe('durations', () => {
  it('are told as the library tells them, on and between and beyond the bounds', async () => {
    const [ours, theirs] = [new Registry(), new Registry()];
    const durations = createDurations(ours, 'took_seconds', 'What it took', ['model', 'surface'], BOUNDS);
    const histogram = new Histogram({
      name: 'took_seconds',
      help: 'What it took',
      labelNames: ['model', 'surface'],
      buckets: BOUNDS,
      registers: [theirs],
    });
    for (const [index, value] of OBSERVED.entries()) {
      const labels: [string, string] = [index % 3 === 0 ? 'odd "name"' : 'plain', 'invoke'];
      durations.cell(...labels).observe(value);
      histogram.labels(...labels).observe(value);
    }
    expect(await ours.metrics()).toBe(await theirs.metrics());
  });

  it('show a series with its first observation and not before', async () => {
    const registry = new Registry();
    const durations = createDurations(registry, 'took_seconds', 'What it took', ['model'], BOUNDS);
    const cell = durations.cell('plain');
    expect(await registry.metrics()).not.toContain('plain');
    cell.observe(1);
    expect(durations.cell('plain')).toBe(cell);
    expect(await registry.metrics()).toContain('took_seconds_count{model="plain"} 1');
  });
});
