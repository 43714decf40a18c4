// Real-time scenes of the token's life: short-lived tokens under steady load, and a login that is down for longer than the
// buffer. Run by `npm run accept`, not by CI: they take as long as they say.

import { setTimeout as wait } from 'node:timers/promises';

import { Agent, request } from 'undici';
import { describe, expect, it } from 'vitest';

import { openStage, type Stage } from '../journeys/stage.ts';

const WORKERS = 4;
const PAUSE_MS = 20;

type Load = { readonly statuses: Map<number, number>; stop(): Promise<void> };

/** Asks without end, each worker one request after another, and counts the statuses. */
function startLoad(stage: Stage): Load {
  const agent = new Agent({ connections: WORKERS });
  const statuses = new Map<number, number>();
  const stopping = new AbortController();
  const worker = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const { statusCode, body } = await request(`${stage.url}/v1/chat/completions`, {
        method: 'POST',
        dispatcher: agent,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${stage.clientKey}` },
        body: JSON.stringify({ model: 'gemini-2.5-flash', messages: [{ role: 'user', content: 'hello' }] }),
      });
      await body.dump();
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
      await wait(PAUSE_MS);
    }
  };
  const workers = Promise.all(Array.from({ length: WORKERS }, worker));
  return {
    statuses,
    async stop() {
      stopping.abort();
      await workers;
      await agent.close();
    },
  };
}

describe('the token under steady load', () => {
  it('of 20 s life is renewed ahead for 60 s, and no request fails', { timeout: 120_000 }, async () => {
    const stage = await openStage({ org: { tokenLifetimeSeconds: 20, journal: false } });
    const load = startLoad(stage);
    await wait(60_000);
    await load.stop();
    const { mints } = await stage.statistics();
    await stage.close();
    process.stdout.write(`${JSON.stringify({ mints, statuses: [...load.statuses] })}\n`);
    expect([...load.statuses.keys()]).toEqual([200]);
    expect(load.statuses.get(200)).toBeGreaterThan(1_000);
    // 60 s of tokens that are renewed at half their life of 20 s.
    expect(mints).toBeGreaterThanOrEqual(5);
    expect(mints).toBeLessThanOrEqual(9);
  });

  it('outlives a login that is down for longer than the buffer', { timeout: 120_000 }, async () => {
    // Life 30 s, buffer 10 s, renewal due after 15 s; the login is down from 10 s to 27 s.
    const stage = await openStage({ org: { tokenLifetimeSeconds: 30, journal: false } });
    const load = startLoad(stage);
    await wait(10_000);
    await stage.change({ login: 'server-error' });
    await wait(17_000);
    const failures = stage.gateway.status().token.statistics.mintFailures;
    await stage.change({ login: 'ok' });
    await wait(15_000);
    await load.stop();
    await stage.close();
    process.stdout.write(`${JSON.stringify({ failures, statuses: [...load.statuses] })}\n`);
    expect(failures).toBeGreaterThanOrEqual(1);
    expect([...load.statuses.keys()]).toEqual([200]);
  });
});
