// Which values of the configuration the log is told never to print.

import { expect, it } from 'vitest';

import { configOf, REAL } from './fakes/sample-config.ts';
import type { Config } from '../src/config/index.ts';
import { Secret } from '../src/core/platform/index.ts';
import { telemetryOptions } from '../src/telemetry-options.ts';

it('names every secret that the configuration holds in the clear', async () => {
  const config = await configOf({
    file: {
      ...REAL,
      consumer_secret: 'secret-of-the-app',
      https_proxy: 'http://user:p%40ss-of-proxy@proxy.example.com:3128',
      alerts: { webhook_url: 'https://hooks.example.com/services/key-of-hook' },
      telemetry: {
        otlp_endpoint: 'http://localhost:4318',
        otlp_headers: 'api-key=key-of-it,x-team=key-of-collector,x-scope-orgid=production',
      },
    },
  });
  const inboundTls: Config['inboundTls'] = {
    certificateFile: '/tls/certificate',
    keyFile: '/tls/key',
    clientCaFile: undefined,
    material: {
      certificatePem: '',
      keyPem: new Secret(''),
      passphrase: new Secret('word-of-the-key'),
      clientCaPem: undefined,
    },
    validFromMs: 0,
    validToMs: 0,
    names: [],
  };
  const secrets = telemetryOptions({ ...config, inboundTls }).secrets.map((secret) => secret.reveal());
  expect(secrets).toEqual([
    'secret-of-the-app',
    'key-of-it',
    'key-of-collector',
    'word-of-the-key',
    'https://hooks.example.com/services/key-of-hook',
    'p%40ss-of-proxy',
    'p@ss-of-proxy',
  ]);
});
