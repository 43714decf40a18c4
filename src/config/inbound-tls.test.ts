// The listener's certificate in the configuration: what is taken, and each fault under its own key.

import { beforeAll, describe, expect, it } from 'vitest';

import { createAuthority, type Authority, type Issued } from '../../test/fakes/issued-certificates.ts';
import { load, LONG_KEY, REAL, type World } from '../../test/fakes/sample-config.ts';
import { ConfigError } from './config-error.ts';

const PASSPHRASE = 'correct-horse';
let authority: Authority;
let own: Issued;
let other: Issued;
let locked: Issued;

beforeAll(async () => {
  authority = await createAuthority();
  own = await authority.issue({ names: ['gateway.example.com', '127.0.0.1'] });
  other = await authority.issue();
  locked = await authority.issue({ passphrase: PASSPHRASE });
});

const TLS = { certificate_file: 'gateway.pem', key_file: 'gateway.key' };

function world(given: object, files: World['files'] = {}): World {
  return {
    file: { ...REAL, inbound_tls: given },
    files: {
      '/srv/app/gateway.pem': own.certificate,
      '/srv/app/gateway.key': { text: own.key, mode: 0o600 },
      ...files,
    },
  };
}

async function faults(given: object, files: World['files'] = {}): Promise<readonly string[]> {
  try {
    await load(world(given, files));
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return thrown.problems.map(({ key, fault }) => `${key} ${fault}`);
  }
  return [];
}

describe('inbound_tls', () => {
  it('is read with its names and dates', async () => {
    const { config, warnings } = await load(world(TLS));
    expect(config.inboundTls).toMatchObject({
      certificateFile: '/srv/app/gateway.pem',
      keyFile: '/srv/app/gateway.key',
      clientCaFile: undefined,
      names: ['gateway.example.com', '127.0.0.1'],
    });
    expect(warnings).toEqual([]);
  });

  it('is absent where nothing of it is set', async () => {
    const { config } = await load({ file: REAL });
    expect(config.inboundTls).toBeUndefined();
  });

  it('never prints the key', async () => {
    const { config } = await load(world(TLS));
    expect(JSON.stringify(config)).not.toContain('PRIVATE KEY');
  });

  it('opens a locked key with the passphrase of a file', async () => {
    const files = {
      '/srv/app/gateway.pem': locked.certificate,
      '/srv/app/gateway.key': { text: locked.key, mode: 0o600 },
      '/run/pass': `${PASSPHRASE}\n`,
    };
    const { config } = await load(world({ ...TLS, key_passphrase_file: '/run/pass' }, files));
    expect(config.inboundTls?.names).toEqual(['localhost', '127.0.0.1']);
    expect(await faults(TLS, files)).toEqual([
      'inbound_tls.key_file names /srv/app/gateway.key, which is locked by a passphrase.',
    ]);
    expect(await faults({ ...TLS, key_passphrase: 'wrong' }, files)).toEqual([
      'inbound_tls.key_passphrase does not open the key.',
    ]);
  });

  it('is a fault by halves', async () => {
    const end = 'is missing, though other keys of "inbound_tls" are set.';
    expect(await faults({ certificate_file: 'gateway.pem' })).toEqual([`inbound_tls.key_file ${end}`]);
    expect(await faults({ client_ca_file: 'ca.pem' })).toEqual([`inbound_tls.certificate_file ${end}`]);
  });

  it('tells a file that is not there, and one that holds something else', async () => {
    expect(await faults({ ...TLS, key_file: 'no.key' })).toEqual([
      'inbound_tls.key_file names /srv/app/no.key, which does not exist.',
    ]);
    expect(await faults({ ...TLS, certificate_file: 'gateway.key' })).toEqual([
      'inbound_tls.certificate_file names /srv/app/gateway.key, which holds no PEM certificate that can be read.',
    ]);
    expect(await faults({ ...TLS, client_ca_file: 'gateway.key' })).toEqual([
      'inbound_tls.client_ca_file names /srv/app/gateway.key, which holds no PEM certificate that can be read.',
    ]);
  });

  it('tells a key of another certificate, and a chain in the wrong order', async () => {
    expect(await faults(TLS, { '/srv/app/gateway.key': { text: other.key, mode: 0o600 } })).toEqual([
      'inbound_tls.key_file names /srv/app/gateway.key, which does not belong to the certificate.',
    ]);
    expect(await faults(TLS, { '/srv/app/gateway.pem': authority.ca + own.certificate })).toEqual([
      "inbound_tls.certificate_file names /srv/app/gateway.pem, which holds the key's own certificate in place 2.",
    ]);
  });

  it('warns of a key that everybody may read', async () => {
    const { warnings } = await load(world(TLS, { '/srv/app/gateway.key': { text: own.key, mode: 0o644 } }));
    expect(warnings.map(({ about, message }) => `${about}: ${message}`)).toEqual([
      'permissions: /srv/app/gateway.key is a private key and every user of this machine can read it. Run: chmod 600 /srv/app/gateway.key',
    ]);
  });

  it('does not make a public bind without a client key any better', async () => {
    const bound = world(TLS);
    await expect(load({ ...bound, flags: { host: '0.0.0.0' } })).rejects.toThrow(ConfigError);
    const keyed = { ...bound, file: { ...REAL, inbound_tls: TLS, host: '0.0.0.0', client_keys: [LONG_KEY] } };
    expect((await load(keyed)).config.server.host).toBe('0.0.0.0');
  });
});
