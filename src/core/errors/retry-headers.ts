// How an answer tells a caller to wait. Every dialect's clients read the same two headers.

import type { GatewayError } from './gateway-error.ts';

const MS_PER_S = 1000;

/** None where nobody said how long. */
export function retryHeaders(error: GatewayError): Record<string, string> {
  if (error.retryAfterMs === undefined) return {};
  // Both spellings: the standard one counts whole seconds, the official clients read the finer one first.
  return {
    'retry-after': String(Math.ceil(error.retryAfterMs / MS_PER_S)),
    'retry-after-ms': String(Math.ceil(error.retryAfterMs)),
  };
}
