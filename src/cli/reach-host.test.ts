// Reaching a host: the three ways it fails are told apart, on real sockets of this machine.

import { createServer } from 'node:net';
import { readFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createSimulator, type SimulatorAddress } from '../../simulator/main.ts';
import { reachHost } from './reach-host.ts';

const simulator = createSimulator({});
let org: SimulatorAddress;
let caPem: string;

beforeAll(async () => {
  org = await simulator.open();
  caPem = readFileSync(org.caFile ?? '', 'utf8');
});

afterAll(() => simulator.close());

const timeoutMs = 10_000;

/** A port on which nobody listens, because its listener has just left. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('reaching a host', () => {
  it('succeeds where its certificate is trusted', async () => {
    expect(await reachHost(org.loginUrl, { caPem, timeoutMs })).toEqual({
      type: 'reached',
      address: '127.0.0.1',
      protocol: 'TLSv1.3',
    });
  });

  it('works by name as well as by address', async () => {
    const byName = new URL(org.loginUrl);
    byName.hostname = 'localhost';
    expect(await reachHost(byName.origin, { caPem, timeoutMs })).toMatchObject({ type: 'reached' });
  });

  it('fails by its certificate where that is not trusted, whatever the environment allows', async () => {
    expect(await reachHost(org.loginUrl, { caPem: undefined, timeoutMs })).toMatchObject({
      type: 'failed',
      stage: 'certificate',
    });
  });

  it('fails by its connection where nobody listens, with and without TLS', async () => {
    const port = await freePort();
    for (const scheme of ['http', 'https']) {
      expect(await reachHost(`${scheme}://127.0.0.1:${port}`, { caPem, timeoutMs })).toEqual({
        type: 'failed',
        stage: 'connection',
        code: 'ECONNREFUSED',
      });
    }
  });

  it('fails by its name where that is not known', async () => {
    expect(await reachHost('https://no-such-host.invalid', { caPem, timeoutMs })).toMatchObject({
      type: 'failed',
      stage: 'name',
    });
  });
});
