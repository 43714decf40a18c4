// Ids of tool calls as the format allows them: letters, digits, dash and underscore, no id twice in one history. Other
// vendors' ids may hold anything, and one bad id makes every later turn of the conversation fail.

import { DistinctIds } from '../../core/neutral/index.ts';

const OUTSIDE = /[^A-Za-z0-9_-]/;
const OUTSIDE_ALL = new RegExp(OUTSIDE, 'g');

export class ToolIds {
  readonly #distinct = new DistinctIds();
  /** Only what is told otherwise than it came: nearly every id is good as it is. */
  readonly #changed = new Map<string, string>();

  /** The id under which a call is told. */
  open(id: string): string {
    const plain = id !== '' && !OUTSIDE.test(id) ? id : id.replaceAll(OUTSIDE_ALL, '_') || 'tool';
    const told = this.#distinct.take(plain);
    // An id that is free stays free no longer, so that one told as it is was never changed before.
    if (told !== id) this.#changed.set(id, told);
    return told;
  }

  /** The id of the latest call that was opened with this one; the id itself where there was none. */
  find(id: string): string {
    return this.#changed.get(id) ?? id;
  }
}
