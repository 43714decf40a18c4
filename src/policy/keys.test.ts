// The key ring knows its keys by digest and nobody else.

import { describe, expect, it } from 'vitest';

import { createKeyRing, hashKey } from './index.ts';

const ring = createKeyRing({
  keys: [
    { id: 'team', sha256: hashKey('team-key'), admin: false },
    { id: 'operator', sha256: Buffer.from(hashKey('operator-key'), 'hex'), admin: true },
  ],
});

describe('the key ring', () => {
  it('knows a key by its digest, given as text or as bytes', () => {
    expect(ring.identify('team-key')).toEqual({ keyId: 'team', admin: false });
    expect(ring.identify('operator-key')).toEqual({ keyId: 'operator', admin: true });
  });

  it('knows a key again, and still nobody else', () => {
    const [first, again] = [ring.identify('team-key'), ring.identify('team-key')];
    expect(again).toBe(first);
    expect(ring.identify('team-kez')).toBeUndefined();
    expect(ring.identify('operator-key')?.keyId).toBe('operator');
  });

  it.each([undefined, '', 'team-kez', 'team-key ', 'TEAM-KEY', hashKey('team-key')])(
    'refuses %j',
    (presented) => {
      expect(ring.identify(presented)).toBeUndefined();
    },
  );

  it('refuses a missing key even where the digest of the empty text is on the ring', () => {
    const careless = createKeyRing({ keys: [{ id: 'empty', sha256: hashKey(''), admin: true }] });
    expect(careless.identify('')).toBeUndefined();
    expect(careless.identify(undefined)).toBeUndefined();
  });

  it('refuses everybody when it holds no keys', () => {
    expect(createKeyRing({ keys: [] }).identify('team-key')).toBeUndefined();
  });

  it('gives the first of two records that hold the same key', () => {
    const twice = createKeyRing({
      keys: [
        { id: 'first', sha256: hashKey('k'), admin: false },
        { id: 'second', sha256: hashKey('k'), admin: true },
      ],
    });
    expect(twice.identify('k')?.keyId).toBe('first');
  });

  it.each(['', 'abc', `${'0'.repeat(63)}g`, new Uint8Array(31)])(
    'is not made from the digest %j',
    (sha256) => {
      expect(() => createKeyRing({ keys: [{ id: 'broken', sha256, admin: false }] })).toThrow(/"broken"/);
    },
  );
});
