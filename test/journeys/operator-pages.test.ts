// What the operator's pages say of a gateway that serves a simulated org, under the predecessor's names and with true
// values; and that an alert shows in health, in the log and at the webhook.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';

import { loadConfig } from '../../src/config/index.ts';
import { systemFileSystem } from '../../src/core/platform/index.ts';
import { createGateway, systemDependencies } from '../../src/main.ts';
import { openCommandPlace, type CommandPlaceOptions } from './command-place.ts';

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Page = { readonly status: number; readonly body: Record<string, unknown> };

async function openGateway(options: CommandPlaceOptions = {}) {
  const place = await openCommandPlace({ ...options, file: (org) => ({ port: 0, ...options.file?.(org) }) });
  closers.push(() => place.close());
  const loaded = await loadConfig({ cwd: place.directory, env: {}, files: systemFileSystem });
  if (!loaded.configured) throw new Error('the place has a configuration');
  const lines: string[] = [];
  const gateway = createGateway(loaded.config, {
    ...systemDependencies(),
    log: { write: (line) => lines.push(line) },
  });
  const { url, loggedIn } = await gateway.open();
  closers.push(() => gateway.close());
  await loggedIn;
  const get = async (path: string): Promise<Page> => {
    const response = await fetch(`${url}${path}`);
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  const ask = (): Promise<Response> =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'claude-sonnet-4-6', messages: [{ role: 'user', content: 'Hello' }] }),
    });
  return { place, lines, get, ask, url };
}

describe('the pages of a gateway that is well', () => {
  it("tell the truth under the predecessor's names", async () => {
    const { get, ask, place } = await openGateway();
    for (let count = 0; count < 3; count += 1) await (await ask()).text();
    expect((await get('/health')).body).toMatchObject({
      status: 'healthy',
      service: 'forcegate',
      client_initialized: true,
      global_config_initialized: true,
      configuration: 'valid',
      models_host: new URL(place.org.modelUrl).host,
      alerts: [],
      breakers: [],
    });
    const tokens = (await get('/metrics/performance')).body;
    expect(tokens).toMatchObject({
      performance_metrics: { cache_hit_rate: 75, cache_hits: 3, cache_misses: 1, total_requests: 3 },
      file_io_optimization: { actual_file_io_operations: 1, token_refresh_count: 1 },
      response_performance: { response_samples: 3 },
    });
    const requests = (await get('/v1/performance/metrics')).body;
    expect(requests).toMatchObject({
      async_optimization: { requests_processed: 3 },
      connection_pool: { requests_made: 3, session_active: true, errors: 0 },
    });
    const { avg_response_time_ms: meanMs } = requests['async_optimization'] as {
      avg_response_time_ms: number;
    };
    expect(meanMs).toBeGreaterThan(0);
    // Seconds to the millisecond, of a mean that is itself told rounded.
    const { avg_response_time: meanS } = tokens['response_performance'] as { avg_response_time: number };
    expect(Math.abs(meanS - meanMs / 1000)).toBeLessThan(0.000_6);
  });

  it('document themselves', async () => {
    const { get } = await openGateway();
    const card = (await get('/')).body;
    expect(card['endpoints']).toContain('POST /v1/chat/completions');
    expect(card['operator']).toEqual([
      '/livez',
      '/readyz',
      '/health',
      '/metrics',
      '/metrics/performance',
      '/v1/performance/metrics',
      '/openapi.json',
    ]);
    expect((await get('/v1/chat/completions')).body).toMatchObject({
      endpoint: '/v1/chat/completions',
      method: 'POST',
    });
    const { paths } = (await get('/openapi.json')).body as { paths: Record<string, object> };
    for (const endpoint of card['endpoints'] as readonly string[]) {
      const [method = '', path = ''] = endpoint.split(' ');
      expect(paths[path.replace('*', '{name}')], endpoint).toHaveProperty(method.toLowerCase());
    }
  });
});

describe('an alert', () => {
  it('shows in health, in the log once, and at the webhook once', async () => {
    const told = Promise.withResolvers<string>();
    let posts = 0;
    const hook = createServer((request, response) => {
      let body = '';
      request.on('data', (piece) => (body += piece));
      request.on('end', () => {
        posts += 1;
        response.end('ok');
        told.resolve(`${request.url} ${body}`);
      });
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => hook.close(resolve)));
    const { port } = hook.address() as AddressInfo;
    const { get, lines } = await openGateway({
      file: () => ({
        consumer_secret: 'not-the-secret',
        alerts: { webhook_url: `http://127.0.0.1:${port}/hook?key=CANARY` },
      }),
    });
    const message = expect.stringContaining('There is no token: no call can be served.');
    const firing = [
      expect.objectContaining({ alert: 'token_renewal_failed', severity: 'critical', message }),
    ];
    const why = expect.stringContaining('invalid_client');
    expect(await get('/health')).toMatchObject({
      status: 503,
      body: {
        status: 'unhealthy',
        reasons: [why],
        token: { last_failure: why, mints: 0 },
        alerts: firing,
      },
    });
    await get('/health');
    expect(await told.promise).toMatch(
      /^\/hook\?key=CANARY \{"source":"forcegate","alert":"token_renewal_failed"/u,
    );
    expect(lines.filter((line) => line.includes('alert: firing'))).toHaveLength(1);
    expect(lines.join('')).not.toContain('CANARY');
    expect(posts).toBe(1);
  });

  it("fires when the org's requests are spent, with what Salesforce says is left", async () => {
    const { get, ask, lines, url } = await openGateway({
      simulator: {
        org: { requestsPerMinute: { 'gateway-generations': 1, invoke: 1, 'chat-generations': 1 } },
      },
      file: () => ({ retry: { retries_max: 0 } }),
    });
    for (let count = 0; count < 3; count += 1) await (await ask()).text();
    const { body } = await get('/health');
    expect(body).toMatchObject({
      alerts: [expect.objectContaining({ alert: 'quota_nearly_spent', severity: 'warning' })],
      quotas: expect.arrayContaining([expect.objectContaining({ limit: 1, lowest: 0 })]) as unknown,
    });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^forcegate_quota_remaining\{surface="[\w-]+"\} 0$/mu);
    expect(metrics).toContain('forcegate_alert_firing{alert="quota_nearly_spent"} 1');
    expect(metrics).toContain('forcegate_alert_firing{alert="timeouts"} 0');
    expect(lines.filter((line) => line.includes('quota_nearly_spent'))).toHaveLength(1);
  });
});
