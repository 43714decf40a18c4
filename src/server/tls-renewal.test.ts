// A certificate renewed on disk is taken over; a broken one is told once and changes nothing.

import { beforeEach, describe, expect, it } from 'vitest';

import { createAuthority, type Issued } from '../../test/fakes/issued-certificates.ts';
import { createSimulatedTime } from '../../test/simulated-time.ts';
import { Secret, systemFileSystem, type TlsMaterial } from '../core/platform/index.ts';
import { createTlsRenewal, type TlsRenewal, type TlsRenewalEvent } from './tls-renewal.ts';

const authority = await createAuthority();
const first = await authority.issue({ daysLeft: 10 });
const second = await authority.issue({ daysLeft: 90, names: ['second.example.com'] });
const LOOK_MS = 30_000;

let time: ReturnType<typeof createSimulatedTime>;
let disk: Map<string, string>;
let applied: TlsMaterial[];
let events: TlsRenewalEvent[];
let renewal: TlsRenewal;

const put = ({ certificate, key }: Issued): void => {
  disk.set('/tls/cert', certificate).set('/tls/key', key);
};

/** Until what a look began has ended: files are read between turns. */
async function look(): Promise<void> {
  await time.advance(LOOK_MS);
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(() => {
  time = createSimulatedTime();
  disk = new Map();
  applied = [];
  events = [];
  put(first);
  renewal = createTlsRenewal(
    {
      certificateFile: '/tls/cert',
      keyFile: '/tls/key',
      clientCaFile: undefined,
      validToMs: 1,
      material: {
        certificatePem: first.certificate,
        keyPem: new Secret(first.key),
        passphrase: undefined,
        clientCaPem: undefined,
      },
    },
    {
      files: { ...systemFileSystem, readText: (path) => Promise.resolve(disk.get(path)) },
      timers: time.timers,
      apply: (material) => void applied.push(material),
      observe: (event) => void events.push(event),
    },
  );
  renewal.open();
});

describe('the renewal of a certificate', () => {
  it('leaves everything as it is while the files are the same', async () => {
    await look();
    await look();
    expect([applied, events, renewal.validToMs()]).toEqual([[], [], 1]);
  });

  it('takes over a new pair once, and knows its end', async () => {
    put(second);
    await look();
    await look();
    expect(applied.map(({ certificatePem }) => certificatePem)).toEqual([second.certificate]);
    expect(events).toMatchObject([{ type: 'renewed', names: ['second.example.com'] }]);
    expect(renewal.validToMs()).toBeGreaterThan(1);
  });

  it('says nothing of a pair caught between its two halves', async () => {
    disk.set('/tls/cert', second.certificate);
    await look();
    put(second);
    await look();
    expect(events).toMatchObject([{ type: 'renewed' }]);
    expect(applied).toHaveLength(1);
  });

  it('keeps the old one where the new one is broken, and tells it once', async () => {
    disk.set('/tls/key', second.key);
    for (let count = 0; count < 4; count += 1) await look();
    expect(events).toEqual([{ type: 'refused', why: 'key does not belong to the certificate.' }]);
    expect(applied).toEqual([]);
    put(first);
    await look();
    disk.delete('/tls/key');
    for (let count = 0; count < 3; count += 1) await look();
    expect(events.slice(1)).toEqual([{ type: 'refused', why: '/tls/key does not exist' }]);
  });

  it('ends with its owner', async () => {
    renewal.close();
    put(second);
    await look();
    expect([applied, time.pending()]).toEqual([[], 0]);
  });
});
