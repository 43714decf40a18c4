// Keys of clients: how they are given, kept and named, and when the gateway must have some.

import { describe, expect, it } from 'vitest';

import { REAL, LONG_KEY, configOf, problemOf, warningsOf } from '../../test/fakes/sample-config.ts';

describe('client keys', () => {
  const sha256 = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae';

  it('are kept as hashes, however they are given', async () => {
    const { keys } = await configOf({
      file: {
        ...REAL,
        client_keys: [
          { id: 'a', key: 'foo' },
          { id: 'b', key_file: 'b.key', admin: true },
          { id: 'c', key_sha256: sha256.replace('2c', '2D').toUpperCase() },
        ],
        admin_key: 'the-admin-key-000000',
      },
      files: { '/srv/app/b.key': `${LONG_KEY}\n` },
    });
    expect(keys.clients.map(({ id, admin }) => [id, admin])).toEqual([
      ['a', false],
      ['b', true],
      ['c', false],
      ['admin', true],
    ]);
    expect(keys.clients[0]?.sha256).toBe(sha256);
    expect(keys.clients[2]?.sha256).toBe(sha256.replace('2c', '2d'));
  });

  it('without a name are named by their hash, so that their order does not matter', async () => {
    const idsOf = async (list: readonly string[]): Promise<readonly string[]> =>
      (await configOf({ file: { ...REAL, client_keys: list } })).keys.clients.map(({ id }) => id);
    const ids = await idsOf([LONG_KEY, `${LONG_KEY}-2`]);
    expect(await idsOf([`${LONG_KEY}-2`, LONG_KEY])).toEqual(ids.toReversed());
    expect(ids[0]).toMatch(/^key-[0-9a-f]{8}$/u);
  });

  it('come from a variable as well', async () => {
    const { keys } = await configOf({
      file: REAL,
      env: { FORCEGATE_CLIENT_KEYS: `${LONG_KEY},${LONG_KEY}2` },
    });
    expect(keys.clients).toHaveLength(2);
  });

  it('that are short bring a warning', async () => {
    expect(await warningsOf({ file: { ...REAL, client_keys: ['short'] } })).toEqual([
      expect.stringContaining('client_keys[0] is shorter than 16 characters'),
    ]);
  });

  it.each([
    [[{ id: 'a' }], 'client_keys[0]', 'holds no key.'],
    [
      [{ key: LONG_KEY, key_sha256: sha256 }],
      'client_keys[0]',
      'holds more than one of "key", "key_file" and "key_sha256".',
    ],
    [[LONG_KEY, LONG_KEY], 'client_keys', expect.stringMatching(/^holds one key twice/u)],
    [
      [
        { id: 'a', key: LONG_KEY },
        { id: 'a', key: `${LONG_KEY}2` },
      ],
      'client_keys',
      'uses the id a twice.',
    ],
    [
      [{ id: 'a', key_file: 'lost' }],
      'client_keys[0].key_file',
      'names /srv/app/lost, which does not exist.',
    ],
    [[7], 'client_keys[0]', 'must be a text or an object, not a number.'],
  ])('%j is refused', async (list, key, fault) => {
    expect(await problemOf({ client_keys: list })).toMatchObject({ key, fault });
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'gateway.example.com', '127.0.0.1.example.com'])(
    'are demanded when the gateway listens on %s',
    async (host) => {
      expect(await problemOf({ host })).toMatchObject({
        key: 'host',
        fix: expect.stringContaining('client_keys'),
      });
      const file = { ...REAL, host, client_keys: [LONG_KEY] };
      expect((await configOf({ file })).server.host).toBe(host);
    },
  );

  it.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1', '[::1]'])('are not demanded on %s', async (host) => {
    expect((await configOf({ file: { ...REAL, host } })).keys.clients).toEqual([]);
  });

  it('of the operator alone do not open the gateway to other machines', async () => {
    expect(await problemOf({ host: '0.0.0.0', admin_key: 'the-admin-key-000000' })).toMatchObject({
      key: 'host',
    });
  });

  it('that are missing are told as the variable’s fault when a variable chose the host', async () => {
    expect(await problemOf({}, { env: { HOST: '0.0.0.0' } })).toMatchObject({ key: 'HOST' });
  });
});
