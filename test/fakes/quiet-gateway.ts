// A gateway that reaches no org and writes nothing, for what only asks it about itself. One refused request has passed, so
// that every metric has a series.

import { loadConfig } from '../../src/config/index.ts';
import { createGateway, systemDependencies } from '../../src/main.ts';
import { REAL_CONFIG } from './command-world.ts';
import { createMemoryFiles } from './memory-files.ts';

export type QuietGateway = {
  /** Prometheus text. */
  metrics(): Promise<string>;
  close(): Promise<void>;
};

export async function openQuietGateway(): Promise<QuietGateway> {
  // Nothing listens on port 1 of this machine, so the login fails at once.
  const raw = { ...REAL_CONFIG, instance_url: 'https://127.0.0.1:1', port: 0, log: { level: 'silent' } };
  const files = createMemoryFiles({ '/srv/config.json': JSON.stringify(raw) });
  const loaded = await loadConfig({ cwd: '/srv', env: {}, files });
  if (!loaded.configured) throw new Error('there is a configuration');
  const gateway = createGateway(loaded.config, { ...systemDependencies(), files });
  const { url } = await gateway.open();
  await (await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: '{' })).text();
  return {
    metrics: async () => (await fetch(`${url}/metrics`)).text(),
    close: () => gateway.close(),
  };
}
