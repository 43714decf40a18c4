// Cache markers on an encoded request. The format allows four; each marks the end of a prefix worth keeping.

import type { CacheHint, JsonValue } from '../../core/neutral/index.ts';

/** A content block or tool under construction. */
export type Block = { [key: string]: JsonValue };

export const CACHE_MARKERS_MAX = 4;

export class CacheMarkers {
  readonly #marked: Block[] = [];

  /** To be called in the order tools, system, messages: that is the order of the prefix. */
  mark<T extends Block>(block: T, hint: CacheHint | undefined): T {
    if (hint === undefined) return block;
    const marked = Object.assign(block, {
      cache_control: { type: 'ephemeral', ...(hint.ttl === undefined ? {} : { ttl: hint.ttl }) },
    });
    this.#marked.push(marked);
    return marked;
  }

  /** Takes off the earliest markers beyond the limit: the later ones cover the longer prefixes. Tells how many. */
  trim(): number {
    const surplus = this.#marked.slice(0, Math.max(0, this.#marked.length - CACHE_MARKERS_MAX));
    for (const block of surplus) delete block['cache_control'];
    return surplus.length;
  }
}
