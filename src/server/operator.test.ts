// What the operator's routes tell whom: everybody whether the gateway is ready, the operator alone why it is not.

import { afterEach, describe, expect, it } from 'vitest';

import { openServer, send, type RunningServer } from '../../test/fakes/server-parts.ts';
import { createKeyRing, hashKey } from '../policy/index.ts';
import { isOperator } from './operator.ts';

const WHY = 'The login at https://acme.my.salesforce.com refused: inactive_user.';
const NOT_READY = {
  readiness: () => ({ ready: false, reasons: [WHY] }),
  health: () => ({ client_initialized: false, token: { last_failure: WHY } }),
  metrics: () => Promise.resolve(''),
};
const ring = createKeyRing({
  keys: [
    { id: 'team', sha256: hashKey('team-key'), admin: false },
    { id: 'operator', sha256: hashKey('admin-key'), admin: true },
  ],
});

describe('a gateway that is not ready', () => {
  let running: RunningServer | undefined;

  afterEach(async () => {
    await running?.server.close();
  });

  async function ask(path: string, key?: string): ReturnType<typeof send> {
    running = await openServer(
      {},
      { operatorRoutes: NOT_READY, identify: (presented) => ring.identify(presented) },
    );
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    return send(running.port, { method: 'GET', path, headers });
  }

  it.each([undefined, 'team-key', 'wrong-key'])(
    'tells the bearer of the key %s no more than that',
    async (key) => {
      const { status, text } = await ask('/readyz', key);
      expect([status, JSON.parse(text)]).toEqual([503, { ready: false, reasons: ['unavailable'] }]);
    },
  );

  it.each([undefined, 'team-key', 'wrong-key'])(
    'reports its health to the bearer of %s without details',
    async (key) => {
      const { status, text } = await ask('/health', key);
      expect([status, JSON.parse(text)]).toEqual([
        503,
        {
          status: 'unhealthy',
          service: 'forcegate',
          version: '1.2.3',
          timestamp: expect.any(Number),
          client_initialized: false,
          ready: false,
          reasons: ['unavailable'],
        },
      ]);
    },
  );

  it('tells the operator why', async () => {
    expect(JSON.parse((await ask('/readyz', 'admin-key')).text)).toEqual({ ready: false, reasons: [WHY] });
    await running?.server.close();
    expect(JSON.parse((await ask('/health', 'admin-key')).text)).toMatchObject({
      ready: false,
      reasons: [WHY],
      token: { last_failure: WHY },
    });
  });
});

describe('the operator', () => {
  it.each([
    ['127.0.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['192.0.2.1', false],
    ['::ffff:192.0.2.1', false],
    [undefined, false],
  ])('is without keys who calls from this machine: %s is %s', (peer, expected) => {
    expect(isOperator({ type: 'open' }, peer)).toBe(expected);
  });

  it.each([true, false])(
    'is with keys who bears the admin key, wherever the call comes from: %s',
    (admin) => {
      const caller = ring.identify(admin ? 'admin-key' : 'team-key');
      if (caller === undefined) throw new Error('the key ring lost a key');
      expect(isOperator({ type: 'known', caller }, '127.0.0.1')).toBe(admin);
      expect(isOperator({ type: 'known', caller }, '192.0.2.1')).toBe(admin);
    },
  );
});
