// One login serves a crowd: mints, file reads and the hit rate, counted over real sockets.

import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { systemFileSystem } from '../../src/core/platform/index.ts';
import { tokenHitRate } from '../../src/salesforce/credentials/index.ts';
import { openStage, type Stage } from './stage.ts';

const REQUESTS = 1_000;
const AT_ONCE = 64;

describe('a fresh gateway under a crowd', () => {
  let stage: Stage;
  let reads = 0;
  const crowd = new Agent({ connections: AT_ONCE });

  beforeAll(async () => {
    stage = await openStage({
      files: {
        ...systemFileSystem,
        readText: (path) => {
          reads += 1;
          return systemFileSystem.readText(path);
        },
      },
      configure: (config) => ({
        ...config,
        login: { ...config.login, tokenFile: '/nowhere/that/exists/token.json' },
      }),
    });
  });

  afterAll(async () => {
    await crowd.close();
    await stage.close();
  });

  async function ask(): Promise<number> {
    const { statusCode, body } = await request(`${stage.url}/v1/chat/completions`, {
      method: 'POST',
      dispatcher: crowd,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${stage.clientKey}` },
      body: JSON.stringify({ model: 'gemini-2.5-flash', messages: [{ role: 'user', content: 'hello' }] }),
    });
    await body.dump();
    return statusCode;
  }

  it('mints once, reads no token file after the start, and hits at least 999 times in 1,000', async () => {
    const readsAtStart = reads;
    let left = REQUESTS;
    const statuses: number[] = [];
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        statuses.push(await ask());
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    expect(statuses).toHaveLength(REQUESTS);
    expect(statuses.every((status) => status === 200)).toBe(true);
    expect(await stage.statistics()).toMatchObject({ mints: 1 });
    expect(reads).toBe(readsAtStart);
    const { statistics } = stage.gateway.status().token;
    expect(statistics.hits + statistics.coalesced).toBeGreaterThanOrEqual(REQUESTS);
    expect(tokenHitRate(statistics)).toBeGreaterThanOrEqual(0.999);
  });
});
