// Cache markers on an encoded request. The format allows four; each marks the end of a prefix worth keeping.

import type { CacheHint, JsonValue } from '../../core/neutral/index.ts';

/** A content block or tool under construction. */
export type Block = { [key: string]: JsonValue };

export const CACHE_MARKERS_MAX = 4;

export class CacheMarkers {
  readonly #form: 'as-asked' | 'plain';
  readonly #marked: Block[] = [];
  /** Those that should have said how long to keep. */
  readonly #madePlain = new Set<Block>();

  /** @param form `plain`: no marker says how long to keep. */
  constructor(form: 'as-asked' | 'plain') {
    this.#form = form;
  }

  /** To be called in the order tools, system, messages: that is the order of the prefix. */
  mark<T extends Block>(block: T, hint: CacheHint | undefined): T {
    if (hint === undefined) return block;
    const isBare = hint.ttl === undefined || this.#form === 'plain';
    const marked = Object.assign(block, {
      cache_control: isBare ? { type: 'ephemeral' } : { type: 'ephemeral', ttl: hint.ttl },
    });
    if (isBare && hint.ttl !== undefined) this.#madePlain.add(marked);
    this.#marked.push(marked);
    return marked;
  }

  /** Takes off the earliest markers beyond the limit: the later ones cover the longer prefixes. Tells how many. */
  trim(): number {
    const surplus = this.#marked.slice(0, Math.max(0, this.#marked.length - CACHE_MARKERS_MAX));
    for (const block of surplus) {
      delete block['cache_control'];
      this.#madePlain.delete(block);
    }
    return surplus.length;
  }

  /** How many of the markers that are sent lack what they should have said; to be asked after `trim`. */
  countMadePlain(): number {
    return this.#madePlain.size;
  }
}
