// The gateway's own numbers: each is read anew, and none is left out.

import { expect, it } from 'vitest';

import { ALERT_NAMES } from './alert-rules.ts';
import { alertGauges, createGauges } from './gauges.ts';

const statistics = {
  hits: 1,
  misses: 2,
  coalesced: 3,
  mints: 4,
  mintFailures: 5,
  invalidations: 6,
  fileReads: 7,
};

it('every number of the gateway is told as it is at the time', () => {
  let expiresInS: number | undefined;
  const gauges = createGauges(() => ({
    token: { expiresInS, statistics },
    login: { connections: 10, running: 11, pending: 12 },
    models: { connections: 20, running: 21, pending: 22 },
    certificateExpiresInS: 42,
    server: { connections: 30, bodyBytesHeld: 31 },
  }));
  const read = (): readonly unknown[] =>
    gauges.map(({ name, labels, read: value }) => [
      [name, ...Object.values(labels ?? {})].join(' ').replace('forcegate_', ''),
      value(),
    ]);
  expect(Object.fromEntries(read() as [string, number][])).toEqual({
    token_hits_total: 1,
    token_misses_total: 2,
    token_coalesced_total: 3,
    token_mints_total: 4,
    token_mint_failures_total: 5,
    token_invalidations_total: 6,
    token_file_reads_total: 7,
    token_expires_in_seconds: 0,
    certificate_expires_in_seconds: 42,
    'upstream_connections login connections': 10,
    'upstream_connections login running': 11,
    'upstream_connections login pending': 12,
    'upstream_connections models connections': 20,
    'upstream_connections models running': 21,
    'upstream_connections models pending': 22,
    client_connections: 30,
    request_body_bytes: 31,
  });
  expiresInS = 99;
  expect(read()).toContainEqual(['token_expires_in_seconds', 99]);
});

it('every alert is told as firing or not', () => {
  const gauges = alertGauges((alert) => alert === 'breaker_open');
  expect(gauges.map(({ labels, read }) => [labels?.['alert'], read()])).toEqual(
    ALERT_NAMES.map((alert) => [alert, alert === 'breaker_open' ? 1 : 0]),
  );
});
