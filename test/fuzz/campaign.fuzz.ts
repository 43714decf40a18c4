// `npm run fuzz`: a hundred thousand requests, four in five in process and the others over sockets, and a report of what they
// reached. FUZZ_SEED chooses them, FUZZ_REQUESTS how many, FUZZ_FROM the number of the first.

import { expect, it } from 'vitest';

import { runInProcess, runOverSockets } from './campaign.ts';
import { expectReachInProcess, expectReachOverSockets, expectShares, printReach } from './reach.ts';
import { Tally } from './tally.ts';

const { env } = process;
const seed = Number(env['FUZZ_SEED'] ?? 1);
const from = Number(env['FUZZ_FROM'] ?? 0);
const requests = Number(env['FUZZ_REQUESTS'] ?? 100_000);
/** Fewer replay a failure, and reach what they reach. */
const REACHES_ALL = 3_000;
const HOUR_MS = 3_600_000;

it(
  'serves or refuses whatever comes, in process',
  async () => {
    const tally = new Tally();
    const count = Math.ceil(requests * 0.8);
    const failures = await runInProcess({ seed, from, requests: count }, tally);
    console.log(printReach(`seed ${seed}: ${count} requests in process`, tally));
    expect(failures).toEqual([]);
    if (count < REACHES_ALL) return;
    expectShares(tally, count);
    expectReachInProcess(tally);
  },
  HOUR_MS,
);

it(
  'serves or refuses whatever comes, over sockets',
  async () => {
    const tally = new Tally();
    const count = Math.ceil(requests * 0.2);
    const failures = await runOverSockets({ seed, from, requests: count }, tally);
    console.log(printReach(`seed ${seed}: ${count} requests over sockets`, tally));
    expect(failures).toEqual([]);
    if (count >= REACHES_ALL) expectReachOverSockets(tally);
  },
  HOUR_MS,
);
