// How long to wait before a failed call is made once more: what Salesforce said, to the millisecond; else full jitter.
// What it said was read from `Retry-After`, the rate limit's header or the body by whoever decoded the failure.

import type { GatewayError } from '../../core/errors/index.ts';
import type { RetryOptions } from './options.ts';

/** Full jitter: anything from nothing to the cap, so that those who failed together do not come back together. */
export function backoffMs(retry: number, fraction: number, { baseMs, maxMs }: RetryOptions): number {
  return fraction * Math.min(maxMs, baseMs * 2 ** retry);
}

/**
 * Undefined where the call must not be made again: the table says so, Salesforce asks for too long, or the wait would end
 * past the deadline.
 *
 * @param retry Retries made so far.
 * @param remainingMs Until the request's deadline.
 */
export function retryWaitMs(
  error: GatewayError,
  retry: number,
  remainingMs: number,
  fraction: number,
  options: RetryOptions,
): number | undefined {
  const rule = error.retry;
  if (rule === 'never' || rule === 'refresh' || retry >= options.retriesMax) return undefined;
  const toldMs = rule === 'told' ? error.retryAfterMs : undefined;
  if (toldMs !== undefined && toldMs > options.toldMaxMs) return undefined;
  const waitMs = toldMs ?? backoffMs(retry, fraction, options);
  return waitMs < remainingMs ? waitMs : undefined;
}
