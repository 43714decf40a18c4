// A gateway for one command: the configured org behind a free port of this machine, for as long as the command runs, with
// a key that nobody else knows. It uses the token file as the running gateway does, so a command costs no login of its own.

import { createHash, randomUUID } from 'node:crypto';

import { loadConfig, loadDemoSettings, type Config } from '../config/index.ts';
import { openDemo } from './demo.ts';
import { sayWarnings } from './faults.ts';
import { noConfiguration } from './no-configuration.ts';
import type { CommandWorld } from './start.ts';

/** Where a command finds its models. */
export type OwnGateway = { readonly url: string; readonly key: string };

export type OrgChoice = {
  /** From `--config`. */
  readonly config?: string | undefined;
  /** Asks the simulated org. */
  readonly demo?: boolean | undefined;
};

function forOneCommand(config: Config, key: string): Config {
  const sha256 = createHash('sha256').update(key).digest('hex');
  return {
    ...config,
    server: { ...config.server, host: '127.0.0.1', port: 0 },
    // It is called by this very process, which has no need of a certificate for it.
    inboundTls: undefined,
    keys: { clients: [{ id: 'command', sha256, admin: true }] },
    log: { level: 'silent' },
  };
}

async function serveFor<T>(
  config: Config,
  world: CommandWorld,
  work: (gateway: OwnGateway) => Promise<T>,
): Promise<T> {
  const key = randomUUID();
  const gateway = await world.programs.createGateway(forOneCommand(config, key));
  try {
    const { url } = await gateway.open();
    return await work({ url, key });
  } finally {
    await gateway.close();
  }
}

/** @throws ConfigError when there is nothing to ask. */
export async function withOwnGateway<T>(
  choice: OrgChoice,
  world: CommandWorld,
  work: (gateway: OwnGateway) => Promise<T>,
): Promise<T> {
  const { cwd, env, files } = world;
  if (choice.demo === true) {
    const demo = await openDemo(await loadDemoSettings({ cwd, env, files }), world.programs, files);
    try {
      return await serveFor(demo.config, world, work);
    } finally {
      await demo.close();
    }
  }
  const loaded = await loadConfig({ path: choice.config, cwd, env, files });
  sayWarnings(world.terminal, loaded.warnings);
  if (!loaded.configured) throw noConfiguration(cwd);
  return serveFor(loaded.config, world, work);
}
