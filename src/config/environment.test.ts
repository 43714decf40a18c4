// Variables: which are read, which win, and the predecessor's names.

import { describe, expect, it } from 'vitest';

import { REAL, load, configOf, refusalOf, problemOf, warningsOf } from '../../test/fakes/sample-config.ts';

describe('variables', () => {
  it('configure without any file', async () => {
    const config = await configOf({
      env: {
        SALESFORCE_CONSUMER_KEY: 'k',
        SALESFORCE_CONSUMER_SECRET: 's',
        SALESFORCE_INSTANCE_URL: 'https://acme.my.salesforce.com',
        SALESFORCE_MODELS_TOKEN_FILE: 'tokens/t.json',
      },
    });
    expect(config.login.consumerSecret.reveal()).toBe('s');
    expect(config.login.tokenFile).toBe('/srv/app/tokens/t.json');
  });

  it('win over the file, ours over the predecessor’s, flags over all', async () => {
    const env = { PORT: '1', HOST: 'localhost' };
    expect((await configOf({ file: { ...REAL, port: 9 }, env })).server).toMatchObject({
      port: 1,
      host: 'localhost',
    });
    const both = { ...env, FORCEGATE_PORT: '2' };
    expect((await configOf({ file: REAL, env: both })).server.port).toBe(2);
    expect((await configOf({ file: REAL, env: both, flags: { port: 3 } })).server.port).toBe(3);
  });

  it('set nested keys, numbers, truth values and lists', async () => {
    const config = await configOf({
      file: { ...REAL, timeouts: { connect_seconds: 5, idle_seconds: 6 } },
      env: {
        FORCEGATE_TIMEOUTS__IDLE_SECONDS: '1.5',
        FORCEGATE_TRUST__ENABLE_PII_MASKING: 'true',
        FORCEGATE_LOG__LEVEL: 'debug',
        FORCEGATE_ALLOWED_HOSTS: 'a.example.com, B.example.com',
      },
    });
    expect(config.timeouts).toMatchObject({ connectMs: 5000, idleMs: 1500 });
    expect(config.trust.piiMasking).toBe(true);
    expect(config.log.level).toBe('debug');
    expect(config.server.allowedHosts).toEqual(['a.example.com', 'b.example.com']);
  });

  it('with nothing in them count as absent', async () => {
    const loaded = await load({
      env: { SALESFORCE_CONSUMER_KEY: '', FORCEGATE_PORT: '', FORCEGATE_CONFIG: '' },
    });
    expect(loaded.configured).toBe(false);
  });

  it('of ours that are unknown are refused with the nearest name', async () => {
    expect(await problemOf({}, { env: { FORCEGATE_TRUST__ENABLE_PII_MASKNG: 'true' } })).toEqual({
      key: 'FORCEGATE_TRUST__ENABLE_PII_MASKNG',
      fault: 'is not a variable that Forcegate knows.',
      fix: 'Did you mean FORCEGATE_TRUST__ENABLE_PII_MASKING? If not, remove it.',
    });
  });

  it('that a cluster announces for a service of our name are passed over', async () => {
    const env = {
      FORCEGATE_PORT: 'tcp://10.0.0.1:8000',
      FORCEGATE_SERVICE_HOST: '10.0.0.1',
      FORCEGATE_SERVICE_PORT_HTTP: '8000',
      FORCEGATE_PORT_8000_TCP_ADDR: '10.0.0.1',
    };
    expect((await load({ env })).configured).toBe(false);
    expect((await configOf({ file: REAL, env })).server.port).toBe(8000);
  });

  it('of the predecessor count as configuration even when they are incomplete or misspelt', async () => {
    const refusal = await refusalOf({ env: { SALESFORCE_CONSUMER_SECRT: 'CANARY' } });
    expect(refusal.problems.map(({ key }) => key)).toContain('consumer_secret');
    expect(refusal.warnings.map(({ message }) => message)).toEqual([
      'SALESFORCE_CONSUMER_SECRT is not read. Did you mean SALESFORCE_CONSUMER_SECRET?',
    ]);
  });
});

describe('names of the predecessor', () => {
  it('in upper case are understood with a warning each', async () => {
    const loaded = await load({
      file: {
        SALESFORCE_CONSUMER_KEY: 'k',
        CONSUMER_SECRET: 's',
        SALESFORCE_INSTANCE_URL: 'https://acme.my.salesforce.com',
        SALESFORCE_MODELS_TOKEN_FILE: 't.json',
      },
    });
    expect(loaded).toMatchObject({ configured: true, config: { login: { tokenFile: '/srv/app/t.json' } } });
    expect(loaded.warnings).toHaveLength(4);
    expect(loaded.warnings.every(({ about }) => about === 'deprecated')).toBe(true);
  });

  it('that disagree with today’s spelling are refused', async () => {
    expect(await problemOf({ CONSUMER_SECRET: 'CANARY-other' })).toEqual({
      key: 'consumer_secret',
      fault: 'is given twice, also as CONSUMER_SECRET, with different values.',
      fix: 'Remove CONSUMER_SECRET.',
    });
  });

  it('without effect are accepted with a warning', async () => {
    const file = { ...REAL, api_version: 'v64.0', username: 'u', private_key_file: 'k.pem' };
    expect(await warningsOf({ file, env: { SALESFORCE_API_VERSION: 'v60.0' } })).toEqual([
      'SALESFORCE_API_VERSION has no effect and may be removed.',
      'username has no effect and may be removed.',
      'private_key_file has no effect and may be removed.',
    ]);
  });
});
