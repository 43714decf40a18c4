// Real-time scenes of an upstream in trouble, over real sockets and TLS: dead for half a minute under load, and a storm of
// rate limits. Each prints its report.

import { setTimeout as wait } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import type { Config } from '../../src/config/index.ts';
import { openStage, type Stage } from '../journeys/stage.ts';
import { startLoad, type Asked, type Load } from './load.ts';

const CLIENTS = 40;
const PAUSE_MS = 100;
const DEAD_MS = 30_000;
const RECOVERED_WITHIN_MS = 5_000;
const MODEL = 'claude-sonnet-4-6';
/** Nobody waits longer. */
const DEADLINE_MS = 20_000;
const SURFACES_OF_MODEL = 3;
const SHORT_LIMIT_MS = 12_000;

const start = (stage: Stage): Load =>
  startLoad({
    url: stage.url,
    clientKey: stage.clientKey,
    models: [MODEL],
    clients: CLIENTS,
    hungAfterMs: DEADLINE_MS + 10_000,
    pause: () => wait(PAUSE_MS),
  });

function tally(asked: readonly Asked[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type, status } of asked) counts[`${type} ${status}`] = (counts[`${type} ${status}`] ?? 0) + 1;
  return counts;
}

function report(scene: string, facts: object): void {
  process.stdout.write(`${JSON.stringify({ scene, ...facts })}\n`);
}

/** How it is dead: it resets connections all the while, or after a time it takes them and says nothing. */
const DEATHS = [
  { manner: 'resets', faults: [{ type: 'reset' }] },
  { manner: 'resets and then is silent', faults: [{ type: 'reset' }, { type: 'stall', ms: 600_000 }] },
] as const;

/** So short that whoever meets the silence is told before the scene is over. */
const withShortLimit = (config: Config): Config => {
  const { timeLimits } = config.resilience;
  const short = { ...timeLimits, smallMs: SHORT_LIMIT_MS, slowModelFactor: 1 };
  return { ...config, resilience: { ...config.resilience, timeLimits: short } };
};

describe('an upstream that is dead for 30 s under load', () => {
  it.each(DEATHS)(
    'and $manner costs it probes only, leaves no client waiting, and is over within 5 s',
    { timeout: 180_000 },
    async ({ manner, faults }) => {
      const stage = await openStage({ org: { journal: false }, configure: withShortLimit });
      const load = start(stage);
      await wait(5_000);
      expect(tally(load.asked)).toEqual({ 'served 200': load.asked.length });

      const diedMs = performance.now();
      await stage.script({ fault: faults[0], times: 1_000_000 });
      await wait(5_000);
      const settled = await stage.callsSoFar();
      await wait(DEAD_MS / 2 - 5_000);
      let probes = (await stage.callsSoFar()) - settled;
      // Which begins to count anew.
      await stage.reset();
      await stage.script({ fault: faults[1] ?? faults[0], times: 1_000_000 });
      await wait(DEAD_MS / 2);
      probes += await stage.callsSoFar();
      await stage.reset();
      const revivedMs = performance.now();
      await wait(RECOVERED_WITHIN_MS);
      const recoveredMs = performance.now();
      await wait(5_000);
      await load.stop();
      const { inFlight, models } = stage.gateway.status();
      await stage.close();

      const dead = load.asked.filter(({ startedMs }) => startedMs >= diedMs && startedMs < revivedMs);
      const after = load.asked.filter(({ startedMs }) => startedMs >= recoveredMs);
      const slowestMs = Math.max(...load.asked.map(({ durationMs }) => durationMs));
      report(`upstream dead for 30 s: ${manner}`, {
        asked: load.asked.length,
        whileDead: tally(dead),
        afterwards: tally(after),
        upstreamCallsIn25s: probes,
        slowestMs: Math.round(slowestMs),
      });
      expect(load.asked.filter(({ type }) => type === 'wrong' || type === 'hung')).toEqual([]);
      expect(slowestMs).toBeLessThan(DEADLINE_MS);
      // A probe of each surface every 4 s, and one before.
      expect(probes).toBeLessThanOrEqual(SURFACES_OF_MODEL * 9);
      expect(after.length).toBeGreaterThan(100);
      expect(tally(after)).toEqual({ 'served 200': after.length });
      expect({ inFlight, running: models.running, pending: models.pending }).toEqual({
        inFlight: 0,
        running: 0,
        pending: 0,
      });
    },
  );
});

describe('a storm of rate limits', () => {
  it(
    'is waited out as told, never trips the breaker, and is over within 5 s',
    { timeout: 120_000 },
    async () => {
      const stage = await openStage({ org: { journal: false } });
      const load = start(stage);
      await wait(3_000);
      const calls = await stage.callsSoFar();
      const stormMs = performance.now();
      await stage.script({
        fault: { type: 'status', status: 429, headers: { 'retry-after': '2' } },
        times: 1_000_000,
      });
      await wait(15_000);
      const refused = (await stage.callsSoFar()) - calls;
      await stage.reset();
      const overMs = performance.now();
      await wait(RECOVERED_WITHIN_MS);
      const recoveredMs = performance.now();
      await wait(3_000);
      await load.stop();
      const { inFlight, models } = stage.gateway.status();
      await stage.close();

      const storm = load.asked.filter(({ startedMs }) => startedMs >= stormMs && startedMs < overMs);
      const after = load.asked.filter(({ startedMs }) => startedMs >= recoveredMs);
      report('a storm of rate limits', {
        asked: load.asked.length,
        inTheStorm: tally(storm),
        afterwards: tally(after),
        upstreamCallsIn15s: refused,
      });
      expect(load.asked.filter(({ type }) => type === 'wrong' || type === 'hung')).toEqual([]);
      const told = storm.filter(({ type, status }) => type === 'told' && status !== 200);
      for (const { status, retryAfterS } of told)
        expect({ status, retryAfterS }).toEqual({ status: 429, retryAfterS: 2 });
      // Each request once, and retries within their budget: a share of the requests and a floor.
      expect(refused).toBeLessThanOrEqual(storm.length * 1.2 + CLIENTS + 20);
      expect(tally(after)).toEqual({ 'served 200': after.length });
      expect({ inFlight, running: models.running, pending: models.pending }).toEqual({
        inFlight: 0,
        running: 0,
        pending: 0,
      });
    },
  );
});
