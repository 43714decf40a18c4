// What a campaign must have reached, and what it reached. Without this a change could leave the fuzz asking only for what is
// refused at the door, and it would go on passing.

import { expect } from 'vitest';

import { createDialects } from '../../src/dialects/registry.ts';
import { takesBody } from './request.ts';
import type { Tally } from './tally.ts';

/** A route that is there only to be refused. */
const UPGRADE = 'GET /v1/responses';
/** Of all requests. */
const VALID_SHARE_MIN = 0.3;
/** Different refusals of one decoder, names and numbers aside: each is a branch of it. */
const REFUSALS_MIN = 15;

const CODES_IN_PROCESS = [
  'invalid_request',
  'invalid_json',
  'unsupported',
  'model_not_found',
  'context_length_exceeded',
  'upstream_rejected',
  'upstream_forbidden',
  'upstream_rate_limited',
  'upstream_busy',
  'upstream_error',
  'upstream_protocol',
  'upstream_timeout',
];
const CODES_OVER_SOCKETS = [
  'invalid_request',
  'invalid_json',
  'route_not_found',
  'method_not_allowed',
  'body_too_large',
  'unsupported_media_type',
  'unauthenticated',
  'host_not_allowed',
  'origin_not_allowed',
  'client_closed',
  'malformed',
];

const routes = createDialects().all.flatMap(({ id, routes: all }) =>
  all.map((route) => ({ id, route: `${route.method} ${route.path}`, hasBody: takesBody(route) })),
);

export function expectShares(tally: Tally, requests: number): void {
  const sorts = new Map(tally.under('sort'));
  expect([...sorts.values()].reduce((sum, count) => sum + count, 0)).toBe(requests);
  expect((sorts.get('valid') ?? 0) / requests).toBeGreaterThan(VALID_SHARE_MIN);
}

export function expectReachInProcess(tally: Tally): void {
  const missed: string[] = [];
  for (const { id, route, hasBody } of routes) {
    if (tally.count('decoded', id, route) === 0 && route !== UPGRADE)
      missed.push(`${id} ${route}: nothing decoded`);
    if (hasBody && tally.count('refused', id, route) === 0) missed.push(`${id} ${route}: nothing refused`);
  }
  for (const { id } of createDialects().all) {
    if (tally.refusalsOf(id) < REFUSALS_MIN) missed.push(`${id}: ${tally.refusalsOf(id)} kinds of refusal`);
  }
  for (const code of CODES_IN_PROCESS) if (tally.count('code', code) === 0) missed.push(code);
  expect(missed).toEqual([]);
}

export function expectReachOverSockets(tally: Tally): void {
  // The few requests without a body that a share has would miss a route by chance.
  const missed = routes.filter(
    ({ id, route, hasBody }) => hasBody && tally.count('decoded', id, route) === 0,
  );
  expect(missed).toEqual([]);
  expect(CODES_OVER_SOCKETS.filter((code) => tally.count('code', code) === 0)).toEqual([]);
}

const HEADINGS = [
  'sort',
  'operation',
  'answered',
  'code',
  'status',
  'silence',
  'decoded',
  'refused',
] as const;

const line = (name: string, count: number): string => `    ${String(count).padStart(7)}  ${name}`;

export function printReach(title: string, tally: Tally): string {
  const lines = [title];
  for (const heading of HEADINGS) {
    const found = tally.under(heading);
    if (found.length > 0) lines.push(`  ${heading}`);
    for (const [name, count] of found) lines.push(line(name, count));
  }
  lines.push('  kinds of refusal');
  for (const { id } of createDialects().all) lines.push(line(id, tally.refusalsOf(id)));
  return lines.join('\n');
}
