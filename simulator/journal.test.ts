// The journal's bounds: the oldest requests make room, by count and by bytes.
import { describe, expect, it } from 'vitest';

import type { Exchange } from './exchange.ts';
import { Journal } from './journal.ts';

const exchange = (path: string, bytes = 0): Exchange =>
  ({
    path,
    query: '',
    origin: 'model',
    headers: {},
    body: Buffer.alloc(bytes),
    header: () => undefined,
  }) as unknown as Exchange;

const note = (journal: Journal, path: string, bytes = 0): void => {
  journal.begin(exchange(path, bytes), 0, 'any');
  journal.hold(bytes);
};

describe('the journal', () => {
  it('keeps the newest ten thousand requests', () => {
    const journal = new Journal();
    for (let index = 0; index < 25_001; index += 1) note(journal, `/${index}`);
    const paths = journal.show().map((entry) => entry.path);
    expect([paths.length, paths[0], paths.at(-1)]).toEqual([10_000, '/15001', '/25000']);
  });

  it('drops the oldest requests when bodies grow too many bytes, but never the newest', () => {
    const journal = new Journal({ entriesMax: 10, bodyBytesMax: 100 });
    const paths = () => journal.show().map((entry) => entry.path);
    for (const path of ['/1', '/2', '/3']) note(journal, path, 40);
    expect(paths()).toEqual(['/2', '/3']);
    note(journal, '/huge', 500);
    expect(paths()).toEqual(['/huge']);
    note(journal, '/4', 40);
    expect(paths()).toEqual(['/4']);
  });
});
