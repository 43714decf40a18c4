// The hit rate, defined once.

import type { TokenStatistics } from './port.ts';

/** The share of calls for which no mint was begun, waiters included; undefined before the first call. */
export function tokenHitRate(statistics: TokenStatistics): number | undefined {
  const { hits, misses, coalesced } = statistics;
  const calls = hits + misses + coalesced;
  return calls === 0 ? undefined : (hits + coalesced) / calls;
}
