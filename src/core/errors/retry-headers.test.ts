// What an answer promises about the wait it tells.

import { expect, it } from 'vitest';

import { GatewayError } from './gateway-error.ts';
import { retryHeaders } from './retry-headers.ts';

it('tells a wait in whole seconds and in milliseconds, never too short', () => {
  const error = new GatewayError('upstream_busy', 'Busy.', { retryAfterMs: 1200.5 });
  expect(retryHeaders(error)).toEqual({ 'retry-after': '2', 'retry-after-ms': '1201' });
});

it('tells none where nobody said how long', () => {
  expect(retryHeaders(new GatewayError('upstream_busy', 'Busy.'))).toEqual({});
});
