// The file: where it is found, what it gives, and that all its faults are told at once.

import { inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import {
  REAL,
  LONG_KEY,
  load,
  configOf,
  refusalOf,
  problemsOf,
  problemOf,
} from '../../test/fakes/sample-config.ts';

describe('the configuration file', () => {
  it('gives every part its options, with defaults, from the three keys of the predecessor', async () => {
    const config = await configOf({ file: REAL });
    expect(config.login.instanceUrl).toBe('https://acme.my.salesforce.com');
    expect(config.login.consumerKey).toBe('key-of-the-app');
    expect(config.login.consumerSecret.reveal()).toBe('CANARY-consumer-secret');
    expect(config.login.tokenFile).toBe('/srv/app/salesforce_models_token.json');
    expect(config.api).toEqual({
      url: 'https://api.salesforce.com',
      gatewayBasePath: '/ai/gpt/v1',
      surfaces: 'auto',
    });
    expect(config.server).toEqual({
      host: '127.0.0.1',
      port: 8000,
      allowedHosts: [],
      allowedOrigins: [],
      bodyBytesMax: 33_554_432,
      bodiesBytesMax: 536_870_912,
      exchangesMax: 4096,
      clientStallMs: 60_000,
      clientBehindMs: 600_000,
      drainMs: 30_000,
    });
    expect(config.keys.clients).toEqual([]);
    expect(config.timeouts).toEqual({
      connectMs: 10_000,
      firstByteMs: 480_000,
      idleMs: 120_000,
      totalMs: 480_000,
    });
    expect(config.trust).toEqual({ piiMasking: undefined, localization: undefined });
    const { proxy, ...network } = config.network;
    expect(network).toEqual({
      caPem: undefined,
      caFile: undefined,
      connectionsMax: 256,
      compression: { requests: 'auto', requestBytesMin: 262_144 },
    });
    expect([proxy.httpProxy, proxy.httpsProxy, proxy.noProxy]).toEqual([undefined, undefined, undefined]);
    expect(config.log.level).toBe('info');
    expect(config.demo).toBe(false);
  });

  it('shows no secret when it is printed', async () => {
    const config = await configOf({
      file: { ...REAL, client_keys: ['CANARY-client-key-1'], https_proxy: 'http://u:CANARY@p:1' },
    });
    expect(JSON.stringify(config) + inspect(config, { depth: 9, showHidden: true })).not.toContain('CANARY');
  });

  it('is looked for in the working directory first and then one directory up', async () => {
    const above = { '/srv/config.json': JSON.stringify({ ...REAL, port: 1 }) };
    expect((await configOf({ files: above })).server.port).toBe(1);
    const loaded = await load({ file: { ...REAL, port: 2 }, files: above });
    expect(loaded.source).toBe('/srv/app/config.json');
    expect(loaded.config.server.port).toBe(2);
  });

  it('is passed over one directory up when it has no key of ours', async () => {
    const loaded = await load({ files: { '/srv/config.json': '{"theme":"dark"}' } });
    expect(loaded.configured).toBe(false);
  });

  it('counts one directory up when only its old spellings are ours', async () => {
    const old = {
      SALESFORCE_CONSUMER_KEY: 'k',
      SALESFORCE_CONSUMER_SECRET: 's',
      SALESFORCE_INSTANCE_URL: 'https://a.my.salesforce.com',
    };
    expect((await load({ files: { '/srv/config.json': JSON.stringify(old) } })).configured).toBe(true);
  });

  it('is the one that --config names, before the one that FORCEGATE_CONFIG names', async () => {
    const files = {
      '/etc/a.json': JSON.stringify({ ...REAL, port: 3 }),
      '/srv/app/b.json': JSON.stringify({ ...REAL, port: 4 }),
    };
    const env = { FORCEGATE_CONFIG: 'b.json' };
    expect((await configOf({ files, env, path: '/etc/a.json' })).server.port).toBe(3);
    expect((await configOf({ files, env })).server.port).toBe(4);
  });

  it('must exist when it is named', async () => {
    expect(await problemsOf({ file: REAL, path: 'lost.json' })).toMatchObject([
      { key: '--config', fault: 'names /srv/app/lost.json, which does not exist.' },
    ]);
    expect(await problemsOf({ file: REAL, env: { FORCEGATE_CONFIG: 'lost.json' } })).toMatchObject([
      { key: 'FORCEGATE_CONFIG' },
    ]);
  });

  it('tells why it cannot be read', async () => {
    expect(await problemsOf({ files: { '/srv/app/config.json': '!EACCES' } })).toMatchObject([
      { key: '/srv/app/config.json', fault: 'may not be read by this user.' },
    ]);
    expect(await problemsOf({ files: { '/srv/app/config.json': '!EISDIR' } })).toMatchObject([
      { fault: 'is a directory.' },
    ]);
  });

  it('tells where it is not JSON without quoting it', async () => {
    const text = '{\n  "consumer_secret": CANARY\n}';
    const refusal = await refusalOf({ files: { '/srv/app/config.json': text } });
    expect(refusal.problems).toMatchObject([{ fault: 'is not JSON: line 2, column 22.' }]);
    expect(refusal.message).not.toContain('CANARY');
  });

  it('may begin with a byte order mark and name its schema', async () => {
    const text = `\uFEFF${JSON.stringify({ $schema: './config.schema.json', ...REAL })}`;
    expect((await load({ files: { '/srv/app/config.json': text } })).configured).toBe(true);
  });

  it('must hold an object', async () => {
    expect(await problemsOf({ file: [REAL] })).toMatchObject([{ fault: 'must hold one JSON object.' }]);
  });

  it('is not needed when nothing is configured at all', async () => {
    const loaded = await load({ env: { PATH: '/bin', HOST: '127.0.0.1', PORT: '9000' } });
    expect(loaded).toMatchObject({ configured: false, source: undefined });
    expect(loaded.config.server.port).toBe(9000);
  });

  it('is never taken for absent when it is empty', async () => {
    const problems = await problemsOf({ file: {} });
    expect(problems.map(({ key }) => key)).toEqual(['consumer_key', 'consumer_secret', 'instance_url']);
  });
});

describe('faults', () => {
  it('are told all at once, of form and of meaning', async () => {
    const problems = await problemsOf({
      file: {
        consumer_key: 7,
        instance_url: 'https://login.salesforce.com',
        port: 'x',
        log: { level: 'loud' },
        prot: 1,
      },
    });
    expect(problems.map(({ key }) => key).sort()).toEqual([
      'consumer_key',
      'consumer_secret',
      'instance_url',
      'log.level',
      'port',
      'prot',
    ]);
    expect(problems.every(({ fault, fix }) => fault.length > 5 && fix.length > 5)).toBe(true);
  });

  it('of an unknown key name the nearest known one', async () => {
    expect(await problemOf({ consumer_sceret: 'CANARY' })).toEqual({
      key: 'consumer_sceret',
      fault: 'is not a known key.',
      fix: 'Did you mean "consumer_secret"? If not, remove it.',
    });
    expect(await problemOf({ ca_file: 'x' })).toMatchObject({
      fix: expect.stringContaining('"tls.ca_file"'),
    });
    expect(await problemOf({ timeouts: { idle_second: 1 } })).toMatchObject({
      key: 'timeouts.idle_second',
      fix: expect.stringContaining('"timeouts.idle_seconds"'),
    });
    expect(await problemOf({ zzzzzzzzzzzz: 1 })).toMatchObject({ fix: 'Remove it.' });
  });

  it('of an unknown key inside a list or a map name the nearest key of its members', async () => {
    expect(await problemOf({ client_keys: [{ id: 'a', key: LONG_KEY, adnim: true }] })).toMatchObject({
      key: 'client_keys[0].adnim',
      fix: expect.stringContaining('"admin"'),
    });
    expect(await problemOf({ models: { mine: { nmae: 'X' } } })).toMatchObject({
      key: 'models.mine.nmae',
      fix: expect.stringContaining('"name"'),
    });
  });

  it.each([
    [{ port: '8000' }, 'port', 'must be a number, not a text.', 'Write for example "port": 8000.'],
    [{ port: 1.5 }, 'port', 'must be a whole number, not a fraction.', 'Write for example "port": 8000.'],
    [{ port: 70_000 }, 'port', 'must be at most 65535.', 'Write for example "port": 8000.'],
    [
      { timeouts: { idle_seconds: 0 } },
      'timeouts.idle_seconds',
      'must be above 0.',
      'Write for example "idle_seconds": 120.',
    ],
    [
      { surfaces: 'both' },
      'surfaces',
      'must be one of "auto", "gateway", "classic".',
      'Write for example "surfaces": "auto".',
    ],
    [{ host: '' }, 'host', 'is empty.', 'Write for example "host": "127.0.0.1".'],
    [
      { allowed_hosts: 'a' },
      'allowed_hosts',
      'must be a list, not a text.',
      'Write for example "allowed_hosts": ["gateway.example.com"].',
    ],
    [
      { models: { m: { output_tokens_max: 'x' } } },
      'models.m.output_tokens_max',
      'must be a number, not a text.',
      'See config.schema.json.',
    ],
    [
      { trust: { localization: {} } },
      'trust.localization.defaultLocale',
      'is missing.',
      'Write for example "defaultLocale": "en_US".',
    ],
    [
      { trust: { enable_pii_masking: 'yes' } },
      'trust.enable_pii_masking',
      'must be true or false, not a text.',
      'Write for example "enable_pii_masking": true.',
    ],
    [
      { token_file: 5 },
      'token_file',
      'must be a text or null, not a number.',
      'Write for example "token_file": "salesforce_models_token.json".',
    ],
  ])('of %j name the key, the fault and the fix', async (keys, key, fault, fix) => {
    expect(await problemOf(keys)).toEqual({ key, fault, fix });
  });

  it('never quote a secret', async () => {
    const refusal = await refusalOf({
      file: {
        consumer_key: ['CANARY'],
        consumer_secret: { value: 'CANARY' },
        instance_url: 'https://CANARY:CANARY@acme.my.salesforce.com',
        client_keys: [{ key: 'CANARY WITH SPACES' }, { key_sha256: 'CANARY' }],
        https_proxy: 'ftp://CANARY:CANARY@proxy',
        admin_key: 'CANARY\nCANARY',
      },
    });
    expect(refusal.problems.length).toBeGreaterThanOrEqual(5);
    expect(`${refusal.message} ${JSON.stringify(refusal.warnings)}`).not.toContain('CANARY');
  });

  it('in a variable are told as the variable’s', async () => {
    expect(await problemOf({}, { env: { PORT: 'eight' } })).toEqual({
      key: 'PORT',
      fault: 'must be a number, not a text.',
      fix: 'Set PORT to, for example, 8000.',
    });
  });
});

describe('the token file', () => {
  it('can be left out with null', async () => {
    expect((await configOf({ file: { ...REAL, token_file: null } })).login.tokenFile).toBeUndefined();
  });

  it('stands beside the file it is named in', async () => {
    const files = { '/etc/forcegate/c.json': JSON.stringify({ ...REAL, token_file: 't.json' }) };
    const config = await configOf({ files, path: '/etc/forcegate/c.json' });
    expect(config.login.tokenFile).toBe('/etc/forcegate/t.json');
  });
});
