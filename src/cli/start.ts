// `forcegate start`: loads the configuration, opens the gateway, and closes it gracefully when asked to. A real
// configuration that is broken is told as broken; only no configuration at all may become the demo, and only on request.

import {
  loadConfig,
  loadDemoSettings,
  type Config,
  type LoadConfigInput,
  type UnconfiguredConfig,
} from '../config/index.ts';
import type { Clock, FileSystem } from '../core/platform/index.ts';
import { sayDemoBanner, sayStarted, type DemoReason } from './banner.ts';
import { openDemo } from './demo.ts';
import { EXIT_HEALTHY } from './exit-codes.ts';
import { reportFault, sayWarnings, type Place } from './faults.ts';
import { noConfiguration } from './no-configuration.ts';
import type { Programs } from './programs.ts';
import { watchStopSignals } from './stop-signals.ts';
import type { Terminal } from './terminal.ts';

export type CommandWorld = {
  readonly terminal: Terminal;
  readonly programs: Programs;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
};

export type StartOptions = {
  readonly config?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly demo: boolean;
  readonly demoWhenUnconfigured: boolean;
};

type Prepared =
  | { readonly type: 'real'; readonly config: Config; readonly source: string | undefined }
  | { readonly type: 'demo'; readonly base: UnconfiguredConfig; readonly reason: DemoReason };

async function prepare(options: StartOptions, world: CommandWorld): Promise<Prepared> {
  const { cwd, env, files } = world;
  const flags = { host: options.host, port: options.port };
  if (options.demo)
    return { type: 'demo', base: await loadDemoSettings({ cwd, env, files, flags }), reason: 'asked' };
  const input: LoadConfigInput = { path: options.config, cwd, env, files, flags };
  const loaded = await loadConfig(input);
  sayWarnings(world.terminal, loaded.warnings);
  if (loaded.configured) return { type: 'real', config: loaded.config, source: loaded.source };
  if (!options.demoWhenUnconfigured) throw noConfiguration(cwd);
  return { type: 'demo', base: loaded.config, reason: 'unconfigured' };
}

/** Serves until a signal comes, then lets requests under way end. */
async function serve(config: Config, world: CommandWorld, announce: (url: string) => void): Promise<void> {
  const signals = watchStopSignals(world.terminal, world.clock);
  try {
    const gateway = await world.programs.createGateway(config);
    try {
      const { url } = await gateway.open();
      announce(url);
      await signals.asked;
      world.terminal.say('Stopping: requests under way may end. Again to stop at once.');
    } finally {
      await gateway.close();
    }
  } finally {
    signals.end();
  }
}

async function serveDemo(base: UnconfiguredConfig, reason: DemoReason, world: CommandWorld): Promise<void> {
  const demo = await openDemo(base, world.programs, world.files);
  try {
    await serve(demo.config, world, (url) => sayDemoBanner(world.terminal, world.version, url, reason));
  } finally {
    await demo.close();
  }
}

/** Resolves with the exit code, once everything is closed. */
export async function runStart(options: StartOptions, world: CommandWorld): Promise<number> {
  let place: Place | undefined;
  try {
    const prepared = await prepare(options, world);
    if (prepared.type === 'demo') {
      place = prepared.base.server;
      await serveDemo(prepared.base, prepared.reason, world);
    } else {
      const { config, source } = prepared;
      place = config.server;
      await serve(config, world, (url) => sayStarted(world.terminal, world.version, url, config, source));
    }
    return EXIT_HEALTHY;
  } catch (thrown) {
    return reportFault(world.terminal, thrown, place);
  }
}
