// The id of a request: the caller's own where it is safe to print anywhere (logs, headers, file names), else a fresh one.

import type { Random } from '../core/platform/index.ts';
import { onePiece } from '../core/wire/index.ts';

const SAFE = /^[A-Za-z0-9._-]{1,128}$/;
const FRESH_HEX = 24;

export function requestIdOf(presented: string | string[] | undefined, random: Random): string {
  if (typeof presented === 'string' && SAFE.test(presented)) return presented;
  return onePiece('req_', random.hex(FRESH_HEX));
}
