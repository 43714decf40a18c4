// `npm run soak -- --seconds 600 --clients 200`: the gateway under steady load for minutes, with tokens of 30 s, faults on
// a tenth of the calls, clients that leave and an org that restarts twice. Prints a report; ends with 1 where a promise is
// broken: hazard 27, memory above all. Everything is on loopback, and everything that was started is stopped.

import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { startSoaking, type Tally } from './clients.ts';
import type { Metrics } from './metrics.ts';
import { openSoakStage, type SoakStage } from './stage.ts';

const USAGE = `npm run soak -- [options]

  --seconds <n>   how long (600)
  --clients <n>   at once (200)
`;

const SECONDS_MAX = 86_400;
const CLIENTS_MAX = 2_000;
const DOWN_MS = 3_000;
/** Until then an org that was down may still show: a breaker's rest, a login anew. */
const EXCUSED_MS = DOWN_MS + 8_000;
const SAMPLE_EVERY_MS = 1_000;
const WARM_UP_SHARE = 0.3;
const WINDOW_SHARE = 0.15;
const GROWTH_MAX = 1.1;
/** Idle connections to the org are kept for a minute. */
const QUIET_WITHIN_MS = 90_000;
const MIB = 2 ** 20;

type Promised = { readonly what: string; readonly kept: boolean; readonly found: unknown };

type Watch = { readonly samples: readonly number[]; stop(): Promise<void> };

/** Bytes the gateway's process holds, once a second. */
function watchMemory(stage: SoakStage): Watch {
  const samples: number[] = [];
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await sleep(SAMPLE_EVERY_MS);
      samples.push((await stage.metrics()).sum('process_resident_memory_bytes'));
    }
  })();
  return {
    samples,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** What is in hand of the gateway when nobody asks for anything. */
function inHand(metrics: Metrics): Record<string, number> {
  const sockets = (state: string): number =>
    metrics.sum('forcegate_upstream_connections', { host: 'models', state });
  return {
    // The request for the metrics is one itself.
    inFlight: metrics.sum('forcegate_requests_in_flight'),
    running: sockets('running'),
    pending: sockets('pending'),
    clients: metrics.sum('forcegate_client_connections'),
    handles: metrics.sum('nodejs_active_handles_total'),
  };
}

async function untilQuiet(stage: SoakStage, atRest: Record<string, number>): Promise<Record<string, number>> {
  const untilMs = performance.now() + QUIET_WITHIN_MS;
  for (;;) {
    const now = inHand(await stage.metrics());
    const isQuiet = Object.entries(now).every(([name, value]) => value <= (atRest[name] ?? 0));
    if (isQuiet || performance.now() > untilMs) return now;
    await sleep(SAMPLE_EVERY_MS);
  }
}

function judgeMemory(samples: readonly number[]): Promised & { readonly series: readonly number[] } {
  const from = Math.floor(samples.length * WARM_UP_SHARE);
  const width = Math.max(1, Math.floor(samples.length * WINDOW_SHARE));
  const early = median(samples.slice(from, from + width));
  const late = median(samples.slice(-width));
  const step = Math.max(1, Math.floor(samples.length / 20));
  return {
    what: 'memory is flat within 10 % after warm-up',
    kept: late <= early * GROWTH_MAX,
    found: `${(early / MIB).toFixed(1)} -> ${(late / MIB).toFixed(1)} MiB (${((late / early - 1) * 100).toFixed(1)} %)`,
    series: samples.filter((_, at) => at % step === 0).map((bytes) => Math.round(bytes / MIB)),
  };
}

function judgeCounts(
  tally: Tally,
  settled: number,
  byStatus: (status: number) => number,
): readonly Promised[] {
  const off = [...tally.statuses].filter(([status, seen]) => {
    const counted = byStatus(status);
    return counted < seen || counted > seen + tally.left;
  });
  return [
    {
      what: 'every request is settled and counted',
      kept: settled === tally.asked,
      found: `${settled} of ${tally.asked}`,
    },
    {
      what: 'the metrics count what the clients saw',
      kept: off.length === 0,
      found: off.map(([status, seen]) => `${status}: ${seen} seen, ${byStatus(status)} counted`),
    },
  ];
}

async function soak(stage: SoakStage, seconds: number, clients: number): Promise<boolean> {
  await sleep(SAMPLE_EVERY_MS);
  const atRest = inHand(await stage.metrics());
  const before = await stage.metrics();
  const soaking = startSoaking(stage, clients);
  const memory = watchMemory(stage);
  for (let restart = 1; restart <= 2; restart += 1) {
    await sleep((seconds * 1_000) / 3);
    soaking.excuse(EXCUSED_MS);
    await stage.restartOrg(DOWN_MS);
  }
  await sleep((seconds * 1_000) / 3);
  await soaking.stop();
  await memory.stop();
  const left = await untilQuiet(stage, atRest);
  const after = await stage.metrics();
  const ended = await stage.stopGateway();

  const { tally } = soaking;
  const requests = (status?: number): number => {
    const labels = status === undefined ? {} : { status: String(status) };
    return after.sum('forcegate_requests_total', labels) - before.sum('forcegate_requests_total', labels);
  };
  // Reading the metrics is no request of a client, but it is settled like one.
  const scrapes = after.sum('forcegate_requests_total', { dialect: 'none' });
  const { series, ...flat } = judgeMemory(memory.samples);
  const promises: readonly Promised[] = [
    { what: 'no answer is wrong', kept: tally.wrong === 0, found: tally.wrong },
    { what: 'no request hangs', kept: tally.hung === 0, found: tally.hung },
    ...judgeCounts(tally, requests() - scrapes, requests),
    flat,
    {
      what: 'nothing is in hand afterwards',
      kept: Object.entries(left).every(([name, value]) => value <= (atRest[name] ?? 0)),
      found: left,
    },
    { what: 'the gateway ends when asked', kept: ended, found: ended },
  ];
  const { statuses, undisturbedMs, ...counts } = tally;
  const sorted = undisturbedMs.toSorted((a, b) => a - b);
  const quantile = (share: number): number =>
    Math.round(sorted[Math.floor(sorted.length * share)] ?? Number.NaN);
  const undisturbed = { p50: quantile(0.5), p99: quantile(0.99), slowest: Math.round(sorted.at(-1) ?? 0) };
  process.stdout.write(
    `${JSON.stringify({ seconds, clients, ...counts, undisturbedMs: undisturbed, statuses: Object.fromEntries(statuses), memoryMiB: series }, undefined, 1)}\n`,
  );
  for (const { what, kept, found } of promises) {
    process.stdout.write(`${kept ? 'kept  ' : 'BROKEN'}  ${what}: ${JSON.stringify(found)}\n`);
  }
  return promises.every(({ kept }) => kept);
}

function wholeNumber(text: string, name: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`--${name} must be a whole number from 1 to ${most}, not ${text}\n\n${USAGE}`);
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '600' }, clients: { type: 'string', default: '200' } },
  });
  const seconds = wholeNumber(values.seconds, 'seconds', SECONDS_MAX);
  const clients = wholeNumber(values.clients, 'clients', CLIENTS_MAX);
  const stage = await openSoakStage();
  try {
    return await soak(stage, seconds, clients);
  } finally {
    await stage.close();
  }
}

process.exitCode = (await main()) ? 0 : 1;
