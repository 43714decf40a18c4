// The demo: its configuration leads to the simulated org and nowhere else.

import { describe, expect, it } from 'vitest';

import { ConfigError } from './config-error.ts';
import { createDemoConfig } from './demo.ts';
import { loadConfig, loadDemoSettings } from './load.ts';
import { createMemoryFiles } from '../../test/fakes/memory-files.ts';

const org = {
  loginUrl: 'https://127.0.0.1:9001/',
  modelUrl: 'https://127.0.0.1:9002',
  consumerKey: 'k',
  consumerSecret: 'CANARY',
  caPem: 'pem',
  caFile: '/run/ca.pem',
};

describe('the configuration of the demo', () => {
  it('leads to the simulated org only, without proxy and without token file', async () => {
    const { config } = await loadConfig({
      cwd: '/srv/app',
      env: { PORT: '9000', HTTPS_PROXY: 'http://proxy:1' },
      files: createMemoryFiles({}),
    });
    expect(createDemoConfig(config, org)).toMatchObject({
      demo: true,
      login: { instanceUrl: 'https://127.0.0.1:9001', tokenFile: undefined },
      api: { url: 'https://127.0.0.1:9002' },
      network: { caPem: 'pem', proxy: { httpsProxy: undefined } },
      server: { port: 9000, host: '127.0.0.1' },
    });
  });

  it('is refused where other machines can reach it', async () => {
    const env = {
      HOST: '0.0.0.0',
      FORCEGATE_CLIENT_KEYS: 'a-client-key-0123456789',
      FORCEGATE_CONSUMER_KEY: 'k',
      FORCEGATE_CONSUMER_SECRET: 's',
      FORCEGATE_INSTANCE_URL: 'https://a.my.salesforce.com',
    };
    const { config } = await loadConfig({ cwd: '/srv/app', env, files: createMemoryFiles({}) });
    expect(() => createDemoConfig(config, org)).toThrow(ConfigError);
  });

  it('listens to host, port and log level of the environment and to nothing else', async () => {
    const env = {
      FORCEGATE_PORT: '9001',
      FORCEGATE_LOG__LEVEL: 'warn',
      FORCEGATE_API_URL: 'https://api.gov.salesforce.com',
      FORCEGATE_CONFIG: 'lost.json',
      SALESFORCE_CONSUMER_KEY: 'real',
      HTTPS_PROXY: 'http://proxy:1',
    };
    const base = await loadDemoSettings({
      cwd: '/srv/app',
      env,
      files: createMemoryFiles({ '/srv/app/config.json': '{' }),
    });
    expect(base).toMatchObject({
      server: { port: 9001 },
      log: { level: 'warn' },
      api: { url: 'https://api.salesforce.com' },
    });
    expect(base.network.proxy.httpsProxy).toBeUndefined();
  });
});
