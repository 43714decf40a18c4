// Chance as an argument, so that one seed replays a failure.

import { randomBytes, randomUUID } from 'node:crypto';

export type Random = {
  /** A UUID, version 4. */
  uuid(): string;
  /** `length` characters of [0-9a-f]. */
  hex(length: number): string;
  /** Uniform in [0, 1). */
  fraction(): number;
};

// Entropy is fetched in blocks: a call per id costs a system call each.
const BLOCK_BYTES = 4096;

export function createSystemRandom(): Random {
  let block = '';
  return {
    uuid: () => randomUUID(),
    hex(length) {
      if (block.length < length) block = randomBytes(Math.max(BLOCK_BYTES, length)).toString('hex');
      const taken = block.slice(0, length);
      block = block.slice(length);
      return taken;
    },
    fraction: () => Math.random(),
  };
}
