// Certificates, proxies, models and trust: from keys to options.

import { rootCertificates } from 'node:tls';

import { describe, expect, it } from 'vitest';

import { REAL, configOf, problemsOf, problemOf, warningsOf } from '../../test/fakes/sample-config.ts';

describe('certificates and proxies', () => {
  const pem = `${rootCertificates[0] ?? ''}\n`;

  it('are read from the file that tls.ca_file names', async () => {
    const { network } = await configOf({
      file: { ...REAL, tls: { ca_file: 'ca.pem' } },
      files: { '/srv/app/ca.pem': pem },
    });
    expect(network).toMatchObject({ caPem: pem, caFile: '/srv/app/ca.pem' });
    expect(await problemOf({ tls: { ca_file: 'lost.pem' } })).toMatchObject({ key: 'tls.ca_file' });
    const broken = pem.replace(/\n\w{4}/u, '\nAAAA');
    expect(
      await problemOf({ tls: { ca_file: 'broken.pem' } }, { files: { '/srv/app/broken.pem': broken } }),
    ).toMatchObject({ key: 'tls.ca_file' });
    expect(
      await problemOf({ tls: { ca_file: 'a.der' } }, { files: { '/srv/app/a.der': '0' } }),
    ).toMatchObject({
      fault: 'names /srv/app/a.der, which holds no PEM certificate that can be read.',
    });
  });

  it('keep the user and password of their address for the transport', async () => {
    const { network } = await configOf({
      file: { ...REAL, https_proxy: 'http://us%40er:p%3Aw@proxy.example.com:3128' },
    });
    expect(network.proxy.httpsProxy).toBe('http://us%40er:p%3Aw@proxy.example.com:3128');
  });

  it('come from the usual variables unless the file speaks', async () => {
    const env = { HTTPS_PROXY: 'proxy.example.com:3128', NO_PROXY: 'localhost, .internal.example.com' };
    const proxyOf = async (keys: object, more = {}): Promise<string | undefined> =>
      (await configOf({ file: { ...REAL, ...keys }, env: { ...env, ...more } })).network.proxy.httpsProxy;
    const { network } = await configOf({ file: REAL, env });
    expect(network.proxy.httpProxy).toBeUndefined();
    expect(network.proxy.noProxy).toBe('localhost, .internal.example.com');
    expect(await proxyOf({})).toBe('http://proxy.example.com:3128');
    expect(await proxyOf({ https_proxy: '' })).toBeUndefined();
    expect(await proxyOf({ https_proxy: 'http://file:1' })).toBe('http://file:1');
    expect(await proxyOf({ https_proxy: 'http://file:1' }, { FORCEGATE_HTTPS_PROXY: 'http://own:1' })).toBe(
      'http://own:1',
    );
  });

  it('that are not proxies are refused as what they came from', async () => {
    expect(await problemOf({ https_proxy: 'socks5://proxy:1' })).toMatchObject({ key: 'https_proxy' });
    expect(await problemOf({}, { env: { HTTPS_PROXY: 'socks5://proxy:1' } })).toMatchObject({
      key: 'HTTPS_PROXY',
    });
  });
});

describe('models', () => {
  it('have facts that override the catalogue’s, in its own words', async () => {
    const { models } = await configOf({
      file: {
        ...REAL,
        models: {
          mine: { name: 'My_Model', family: 'claude', output_tokens_max: 10, tools: false },
          'gpt-5.4': { surfaces: 'classic' },
        },
      },
    });
    expect(models.entries).toEqual([
      {
        id: 'mine',
        apiName: 'My_Model',
        family: 'claude',
        contextTokens: undefined,
        outputTokensMax: 10,
        carries: { tools: false, images: undefined, documents: undefined, reasoning: undefined },
      },
    ]);
    expect(models.surfaces).toEqual({ 'gpt-5.4': 'classic' });
  });

  it('take their API name from the catalogue where it is known, by any name of theirs', async () => {
    const { models } = await configOf({
      file: { ...REAL, models: { 'gpt-5.4': { tools: false }, acme__Ours: { output_tokens_max: 9 } } },
    });
    expect(models.entries).toMatchObject([
      { id: 'gpt-5.4', apiName: 'sfdc_ai__DefaultGPT54', carries: { tools: false } },
      { id: 'acme__Ours', apiName: 'acme__Ours', outputTokensMax: 9 },
    ]);
  });

  it.each([{ tools: false }, { surfaces: 'classic' }])(
    'that nobody knows say which model they are to Salesforce, also with %o',
    async (entry) => {
      expect(await problemOf({ models: { 'gpt-5.44': entry } })).toMatchObject({
        key: 'models.gpt-5.44',
        fault: expect.stringContaining('no known model'),
        fix: expect.stringMatching(/Did you mean gpt-5\.4.*"name"/),
      });
    },
  );

  it('have aliases that mean a model, or the nearest are told', async () => {
    expect(await problemOf({ model_aliases: { 'gpt-4': 'gpt-4oo' } })).toMatchObject({
      key: 'model_aliases.gpt-4',
      fault: expect.stringContaining('"gpt-4oo"'),
      fix: expect.stringContaining('Did you mean gpt-4o'),
    });
    expect(await problemOf({ model_aliases: { 'gpt-4': 'nope' } })).toMatchObject({
      key: 'model_aliases.gpt-4',
      fix: expect.stringMatching(/^Name a model/),
    });
    const { models } = await configOf({
      file: {
        ...REAL,
        models: { mine: { name: 'My_Model' } },
        model_aliases: { a: 'mine', b: 'acme__Ours', c: 'sfdc_ai__DefaultGPT54' },
      },
    });
    expect(Object.keys(models.aliases)).toEqual(['a', 'b', 'c']);
  });

  it('have aliases that are followed to their end', async () => {
    const { models } = await configOf({
      file: { ...REAL, model_aliases: { a: 'b', b: 'claude-sonnet-4-6' } },
    });
    expect(models.aliases).toEqual({ a: 'claude-sonnet-4-6', b: 'claude-sonnet-4-6' });
  });

  it('have no aliases in a circle, nor twice the same name', async () => {
    const problems = await problemsOf({ file: { ...REAL, model_aliases: { a: 'b', b: 'a' } } });
    expect(problems.map(({ key }) => key)).toEqual(['model_aliases.a', 'model_aliases.b']);
    expect(await problemOf({ models: { a: { name: 'My_Model' } }, model_aliases: { a: 'b' } })).toMatchObject(
      {
        key: 'model_aliases.a',
      },
    );
  });

  it('have names that cannot change a path', async () => {
    expect(await problemOf({ models: { a: { name: '../x' } } })).toMatchObject({ key: 'models.a.name' });
  });
});

describe('trust', () => {
  it('carries the localization as Salesforce writes it', async () => {
    const localization = { defaultLocale: 'en_US', expectedLocales: ['de_DE'] };
    const { trust } = await configOf({
      file: { ...REAL, trust: { enable_pii_masking: false, localization } },
    });
    expect(trust).toEqual({ piiMasking: false, localization });
  });

  it('cannot ask for data masking where only the classic surface may be used', async () => {
    expect(await problemOf({ surfaces: 'classic', trust: { enable_pii_masking: true } })).toMatchObject({
      key: 'trust.enable_pii_masking',
    });
  });
});

describe('the limits of the server', () => {
  it('are given in seconds and bytes', async () => {
    const { server, network } = await configOf({
      file: {
        ...REAL,
        drain_seconds: 0,
        client_stall_seconds: 2.5,
        client_behind_seconds: 30,
        requests_max: 7,
        bodies_bytes_max: 67_108_864,
        compression: { requests: 'off' },
      },
      env: { FORCEGATE_COMPRESSION__REQUEST_BYTES_MIN: '4096' },
    });
    expect(server).toMatchObject({
      drainMs: 0,
      clientStallMs: 2500,
      clientBehindMs: 30_000,
      exchangesMax: 7,
      bodiesBytesMax: 67_108_864,
    });
    expect(network.compression).toEqual({ requests: 'off', requestBytesMin: 4096 });
  });

  it('leave room for one body of the largest size', async () => {
    const { server } = await configOf({ file: { ...REAL, body_bytes_max: 1_073_741_824 } });
    expect(server.bodiesBytesMax).toBe(1_073_741_824);
  });
});

describe('stored responses', () => {
  it('are kept for a day unless told otherwise', async () => {
    expect((await configOf({ file: REAL })).responses).toEqual({
      responsesMax: 10_000,
      bytesMax: 128 * 1024 * 1024,
      ageMaxMs: 86_400_000,
    });
  });

  it('are kept within the limits of the file and the environment', async () => {
    const { responses } = await configOf({
      file: { ...REAL, responses: { max_stored: 0, keep_hours: 0.5 } },
      env: { FORCEGATE_RESPONSES__MAX_BYTES: '4096' },
    });
    expect(responses).toEqual({ responsesMax: 0, bytesMax: 4096, ageMaxMs: 1_800_000 });
  });
});

describe('media', () => {
  it('are not fetched unless allowed', async () => {
    expect((await configOf({ file: REAL })).media).toEqual({
      fetchRemote: false,
      bytesMax: 15 * 1024 * 1024,
      timeoutMs: 10_000,
      redirectsMax: 3,
    });
  });

  it('are fetched within the limits of the file and the environment', async () => {
    const config = await configOf({
      file: { ...REAL, media: { fetch_remote: true, timeout_seconds: 2.5, redirects_max: 0 } },
      env: { FORCEGATE_MEDIA__BYTES_MAX: '2048' },
    });
    expect(config.media).toEqual({ fetchRemote: true, bytesMax: 2048, timeoutMs: 2500, redirectsMax: 0 });
  });
});

describe('what watches the gateway', () => {
  it('is told to an address that hides what it carries, https or on this machine', async () => {
    const url = 'https://hooks.example.com/services/CANARY';
    const { alerts } = await configOf({ file: { ...REAL, alerts: { webhook_url: url } } });
    expect(alerts.webhookUrl?.reveal()).toBe(url);
    expect(JSON.stringify(alerts)).not.toContain('CANARY');
    const local = { webhook_url: 'http://127.0.0.1:9/hook' };
    expect((await configOf({ file: { ...REAL, alerts: local } })).alerts.webhookUrl).toBeDefined();
    for (const bad of ['http://hooks.example.com/', 'hooks.example.com', 'ftp://127.0.0.1/'])
      expect(await problemOf({ alerts: { webhook_url: bad } })).toMatchObject({ key: 'alerts.webhook_url' });
  });

  it('writes a log file beside the configuration, with its limits, only if asked', async () => {
    expect((await configOf({ file: REAL })).log).toEqual({ level: 'info' });
    const { log } = await configOf({ file: { ...REAL, log: { file: 'logs/api.log', old_files_max: 2 } } });
    expect(log.file).toEqual({ path: '/srv/app/logs/api.log', fileBytesMax: 10_485_760, oldFilesMax: 2 });
  });

  it('writes what is said only if asked, and warns of it', async () => {
    expect(await warningsOf({ file: { ...REAL, log: { content: 'off' } } })).toEqual([]);
    const file = { ...REAL, log: { content: 'on', content_characters_max: 500 } };
    expect((await configOf({ file })).log).toEqual({ level: 'info', contentCharactersMax: 500 });
    expect(await warningsOf({ file })).toEqual([expect.stringContaining('log.content is on')]);
    const env = { FORCEGATE_LOG__CONTENT: 'on' };
    expect(await warningsOf({ file: REAL, env })).toEqual([
      expect.stringContaining('FORCEGATE_LOG__CONTENT is on'),
    ]);
    expect(await problemOf({ log: { content: true } })).toMatchObject({ key: 'log.content' });
  });
});
