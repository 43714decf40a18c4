// Responses kept in memory: gone with the process, bounded by count, bytes and age, the oldest first. Kept as JSON text, so
// that their bytes are known and nobody can change what is stored.

import { Buffer } from 'node:buffer';

import type { StoredResponse } from '../core/neutral/index.ts';
import type { Clock } from '../core/platform/index.ts';
import type { ResponseStore } from './port.ts';

export type MemoryResponsesOptions = {
  /** 0 keeps none. */
  readonly responsesMax: number;
  /** Of JSON text, all responses together. */
  readonly bytesMax: number;
  readonly ageMaxMs: number;
};

type Entry = {
  readonly owner: string;
  readonly text: string;
  readonly bytes: number;
  readonly savedMs: number;
  readonly itemIds: readonly string[];
};

type MemoryResponses = ResponseStore & {
  statistics(): { readonly responses: number; readonly bytes: number };
};

function parse(entry: Entry): StoredResponse {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the text was made of one by `save`.
  return JSON.parse(entry.text) as StoredResponse;
}

export function createMemoryResponses(
  options: MemoryResponsesOptions,
  deps: { readonly clock: Clock },
): MemoryResponses {
  /** In the order in which they were saved. */
  const entries = new Map<string, Entry>();
  /** Ids of responses by those of their items. */
  const byItem = new Map<string, string>();
  let bytes = 0;

  function drop(id: string, entry: Entry): void {
    entries.delete(id);
    for (const itemId of entry.itemIds) if (byItem.get(itemId) === id) byItem.delete(itemId);
    bytes -= entry.bytes;
  }

  function makeRoom(): void {
    const oldestMs = deps.clock.monotonicMs() - options.ageMaxMs;
    for (const [id, entry] of entries) {
      const isOver = entries.size > options.responsesMax || bytes > options.bytesMax;
      if (!isOver && entry.savedMs >= oldestMs) return;
      drop(id, entry);
    }
  }

  function find(owner: string, id: string): Entry | undefined {
    makeRoom();
    const entry = entries.get(id);
    return entry?.owner === owner ? entry : undefined;
  }

  return {
    async save(owner, id, stored, itemIds) {
      const text = JSON.stringify(stored);
      const size = Buffer.byteLength(text);
      // Everybody else's would go for one that does not fit either.
      if (size > options.bytesMax) return;
      const known = entries.get(id);
      if (known !== undefined) drop(id, known);
      entries.set(id, { owner, text, bytes: size, savedMs: deps.clock.monotonicMs(), itemIds });
      for (const itemId of itemIds) byItem.set(itemId, id);
      bytes += size;
      makeRoom();
    },
    async load(owner, id) {
      const entry = find(owner, id);
      return entry === undefined ? undefined : parse(entry);
    },
    async holding(owner, itemIds) {
      const ids = new Set(itemIds.map((itemId) => byItem.get(itemId) ?? ''));
      return [...ids]
        .map((id) => find(owner, id))
        .flatMap((entry) => (entry === undefined ? [] : [parse(entry)]));
    },
    async delete(owner, id) {
      const entry = find(owner, id);
      if (entry !== undefined) drop(id, entry);
      return entry !== undefined;
    },
    statistics: () => ({ responses: entries.size, bytes }),
  };
}
