// A campaign: so many requests from one seed, each judged, in process or over sockets. Failures are collected with what
// replays them.

import { createDialects } from '../../src/dialects/registry.ts';
import { openWorld, type World } from './in-process.ts';
import { judge, judgeWire } from './judge.ts';
import { openSocketWorld } from './over-sockets.ts';
import { chanceOf, makeRequest, type FuzzRequest } from './request.ts';
import type { Tally } from './tally.ts';
import { toWire } from './wire-request.ts';

/** Every so many requests have a world of their own; every so many worlds an upstream that fails. */
const BLOCK = 100;
const FOUL_EVERY = 6;
/** More say nothing new, and each takes its time. */
const FAILURES_MAX = 20;
const SHOWN_CHARACTERS = 1_500;
const HEAD_SHOWN_CHARACTERS = 300;

export type Numbers = { readonly seed: number; readonly from: number; readonly requests: number };

function describe(seed: number, number: number, request: FuzzRequest | undefined, thrown: unknown): string {
  const why = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  const replay = `FUZZ_SEED=${seed} FUZZ_FROM=${number} FUZZ_REQUESTS=1`;
  if (request === undefined) return `${replay}: not made: ${why}`;
  const { sort, how, dialect, route, draft, body } = request;
  const what = `${sort} (${how}) ${dialect.id} ${route.method} ${route.path} ${JSON.stringify(draft.rest)}`;
  return `${replay}: ${why}\n${what}\n${body.toString('utf8').slice(0, SHOWN_CHARACTERS)}`;
}

function note(tally: Tally, request: FuzzRequest): void {
  const { sort, dialect, route } = request;
  tally.add('sort', sort);
  tally.add('made', dialect.id, `${route.method} ${route.path}`, sort);
}

/** Tells the failures; none where all is well. */
export async function runInProcess(
  { seed, from, requests }: Numbers,
  tally: Tally,
): Promise<readonly string[]> {
  const failures: string[] = [];
  const dialects = createDialects().all.map((dialect) => tally.watch(dialect));
  let world: World | undefined;
  for (let number = from; number < from + requests && failures.length < FAILURES_MAX; number += 1) {
    const chance = chanceOf(seed, number);
    if (world === undefined || number % BLOCK === 0) {
      await closeWorld(world, failures);
      world = await openWorld(Math.floor(number / BLOCK) % FOUL_EVERY !== FOUL_EVERY - 1, chance);
    }
    let request: FuzzRequest | undefined;
    try {
      request = makeRequest(dialects, chance);
      note(tally, request);
      judge(request, await world.ask(request, chance), world.fair, tally);
    } catch (thrown) {
      failures.push(describe(seed, number, request, thrown));
    }
  }
  await closeWorld(world, failures);
  return failures;
}

/** The same over one real connection after another. */
export async function runOverSockets(
  { seed, from, requests }: Numbers,
  tally: Tally,
): Promise<readonly string[]> {
  const failures: string[] = [];
  const registry = createDialects();
  const dialects = registry.all.map((dialect) => tally.watch(dialect));
  const fallback = registry.fallback.bind(registry);
  let world: Awaited<ReturnType<typeof openSocketWorld>> | undefined;
  for (let number = from; number < from + requests && failures.length < FAILURES_MAX; number += 1) {
    const chance = chanceOf(seed, number);
    if (world === undefined || number % BLOCK === 0) {
      await closeWorld(world, failures);
      world = await openSocketWorld(dialects, fallback, chance);
    }
    let request: FuzzRequest | undefined;
    let sent = '';
    try {
      request = makeRequest(dialects, chance);
      const wire = toWire(request, chance);
      sent = `${wire.how}: ${wire.pieces[0]?.toString('latin1').slice(0, HEAD_SHOWN_CHARACTERS)}\n`;
      note(tally, { ...request, sort: wire.sort });
      judgeWire(request, wire, await world.ask(wire, chance), tally);
    } catch (thrown) {
      failures.push(sent + describe(seed, number, request, thrown));
    }
  }
  await closeWorld(world, failures);
  return failures;
}

async function closeWorld(world: Pick<World, 'close'> | undefined, failures: string[]): Promise<void> {
  try {
    await world?.close();
  } catch (thrown) {
    failures.push(`what a world left behind: ${String(thrown)}`);
  }
}
