// A share of the fuzz for every run of the tests. `npm run fuzz` runs a hundred thousand; both replay by FUZZ_SEED.

import { describe, expect, it } from 'vitest';

import { createDialects } from '../../src/dialects/registry.ts';
import { runInProcess, runOverSockets } from './campaign.ts';
import { GENERATORS } from './dialect-table.ts';
import { expectReachInProcess, expectReachOverSockets, expectShares } from './reach.ts';
import { Tally } from './tally.ts';

const IN_PROCESS = 4_000;
const OVER_SOCKETS = 1_500;
const seed = Number(process.env['FUZZ_SEED'] ?? 1);

describe('the table of generators', () => {
  it.each(createDialects().all)('has every route of $id', ({ id, routes }) => {
    const known = Object.keys(GENERATORS.get(id)?.routes ?? {});
    expect(known.toSorted()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).toSorted());
  });
});

describe('generated requests', () => {
  it('fail nothing within, are refused in proper words and are served where they are valid', async () => {
    const tally = new Tally();
    expect(await runInProcess({ seed, from: 0, requests: IN_PROCESS }, tally)).toEqual([]);
    expectShares(tally, IN_PROCESS);
    expectReachInProcess(tally);
  }, 120_000);

  it('find the same over real sockets, whatever is wrong around their bodies', async () => {
    const tally = new Tally();
    expect(await runOverSockets({ seed, from: 0, requests: OVER_SOCKETS }, tally)).toEqual([]);
    expectReachOverSockets(tally);
  }, 120_000);
});
