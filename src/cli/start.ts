// `forcegate start`: loads the configuration, opens the gateway, and closes it gracefully when asked to. A real
// configuration that is broken is told as broken; only no configuration at all may become the demo, and only on request.

import { resolve } from 'node:path';

import {
  loadConfig,
  loadDemoSettings,
  type Config,
  type LoadConfigInput,
  type UnconfiguredConfig,
} from '../config/index.ts';
import type { Clock, FileSystem } from '../core/platform/index.ts';
import { sayDemoBanner, sayStarted, type DemoReason } from './banner.ts';
import { judgeOwnCertificate } from './check-certificate.ts';
import { openDemo } from './demo.ts';
import { EXIT_HEALTHY } from './exit-codes.ts';
import { CommandFault, reportFault, sayWarnings, systemCodeOf, type Place } from './faults.ts';
import { keepLastGood } from './last-good.ts';
import { noConfiguration } from './no-configuration.ts';
import { findRun, holdRun, launchDaemon } from './daemon.ts';
import type { Processes } from './processes.ts';
import type { Programs } from './programs.ts';
import { watchStopSignals } from './stop-signals.ts';
import type { Terminal } from './terminal.ts';

export type CommandWorld = {
  readonly terminal: Terminal;
  readonly programs: Programs;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly processes: Processes;
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
  /** In the background. */
  readonly daemon?: boolean | undefined;
  /** This is the process in the background, which holds this run file. */
  readonly runFile?: string | undefined;
};

type Prepared =
  | {
      readonly type: 'real';
      readonly config: Config;
      readonly source: string | undefined;
      /** The file as it was read. */
      readonly text: string | undefined;
    }
  | { readonly type: 'demo'; readonly base: UnconfiguredConfig; readonly reason: DemoReason };

async function prepare(options: StartOptions, world: CommandWorld): Promise<Prepared> {
  const { cwd, env, files } = world;
  const flags = { host: options.host, port: options.port };
  if (options.demo)
    return { type: 'demo', base: await loadDemoSettings({ cwd, env, files, flags }), reason: 'asked' };
  const input: LoadConfigInput = { path: options.config, cwd, env, files, flags };
  const loaded = await loadConfig(input);
  sayWarnings(world.terminal, loaded.warnings);
  if (loaded.configured) {
    const { config, source } = loaded;
    const certificate = judgeOwnCertificate(config, world.clock.nowMs());
    if (certificate?.status === 'attention')
      sayWarnings(world.terminal, [{ about: 'certificate', message: certificate.message }]);
    return {
      type: 'real',
      config,
      source,
      text: source === undefined ? undefined : await files.readText(source),
    };
  }
  if (!options.demoWhenUnconfigured) throw noConfiguration(cwd);
  return { type: 'demo', base: loaded.config, reason: 'unconfigured' };
}

type Announce = (url: string) => void;

type Opened = (url: string, loginFailure: () => string | undefined) => Promise<void>;

/** What is done once the gateway has logged in. */
type LoggedIn = () => Promise<void>;

const nothingMore: LoggedIn = () => Promise.resolve();

/** With a run file the gateway is the only one of its configuration, and tells whoever launched it where it listens. */
async function serve(
  config: Config,
  options: StartOptions,
  world: CommandWorld,
  announce: Announce,
  loggedIn: LoggedIn,
): Promise<void> {
  if (options.runFile === undefined) {
    await serveUntilAsked(config, world, async (url) => announce(url), loggedIn);
    return;
  }
  const run = await holdRun(options.runFile, config, startArgs(options), world);
  try {
    const opened: Opened = async (url, loginFailure) => {
      announce(url);
      await run.listening(url, loginFailure);
    };
    await serveUntilAsked(run.config, world, opened, loggedIn);
  } finally {
    await run.leave();
  }
}

/** Serves until a signal comes, then lets requests under way end. */
async function serveUntilAsked(
  config: Config,
  world: CommandWorld,
  opened: Opened,
  loggedIn: LoggedIn,
): Promise<void> {
  const signals = watchStopSignals(world.terminal, world.clock);
  try {
    const gateway = await world.programs.createGateway(config);
    try {
      const { url, loggedIn: login, loginFailure } = await gateway.open();
      await opened(url, () => loginFailure?.());
      void login?.then((done) => (done ? loggedIn() : undefined));
      await signals.asked;
      world.terminal.say('Stopping: requests under way may end. Again to stop at once.');
    } finally {
      await gateway.close();
    }
  } finally {
    signals.end();
  }
}

async function serveDemo(
  base: UnconfiguredConfig,
  reason: DemoReason,
  options: StartOptions,
  world: CommandWorld,
): Promise<void> {
  const demo = await openDemo(base, world.programs, world.files);
  try {
    const announce: Announce = (url) => sayDemoBanner(world.terminal, world.version, url, reason);
    await serve(demo.config, options, world, announce, nothingMore);
  } finally {
    await demo.close();
  }
}

/** The flags again, as they were given. */
function startArgs({ config, host, port, demo, demoWhenUnconfigured }: StartOptions): readonly string[] {
  return [
    ...(config === undefined ? [] : ['--config', config]),
    ...(host === undefined ? [] : ['--host', host]),
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...(demo ? ['--demo'] : []),
    ...(demoWhenUnconfigured ? ['--demo-when-unconfigured'] : []),
  ];
}

/** Resolves with the exit code, once everything is closed; in the background, once it listens. */
export async function runStart(options: StartOptions, asked: CommandWorld): Promise<number> {
  const world = options.runFile === undefined ? asked : toldToLauncher(asked);
  let place: Place | undefined;
  try {
    const prepared = await prepare(options, world);
    if (options.daemon === true) {
      const named = options.config === undefined ? undefined : resolve(world.cwd, options.config);
      const source = prepared.type === 'real' ? prepared.source : named;
      return await launchDaemon(startArgs(options), source, world);
    }
    if (prepared.type === 'demo') {
      place = prepared.base.server;
      await serveDemo(prepared.base, prepared.reason, options, world);
    } else {
      const { config, source, text } = prepared;
      place = config.server;
      const announce: Announce = (url) => sayStarted(world.terminal, world.version, url, config, source);
      await serve(config, options, world, announce, async () => {
        if (source !== undefined && text !== undefined) await keepLastGood(source, text, world.files);
      });
    }
    return EXIT_HEALTHY;
  } catch (thrown) {
    const own = place === undefined ? undefined : await ownDaemonOn(place, thrown, options, world);
    return reportFault(world.terminal, own ?? thrown, place);
  }
}

/** The fault in other words where this directory's own gateway has the port: it is not to be hunted for. */
async function ownDaemonOn(
  { host, port }: Place,
  thrown: unknown,
  { config }: StartOptions,
  world: CommandWorld,
): Promise<CommandFault | undefined> {
  if (systemCodeOf(thrown) !== 'EADDRINUSE') return undefined;
  const { state } = await findRun(config, world);
  if (state.type !== 'running' || !state.proved || state.record.url === undefined) return undefined;
  const { pid, url } = state.record;
  if (!URL.canParse(url) || Number(new URL(url).port) !== port) return undefined;
  return new CommandFault(
    `Port ${port} on ${host} is taken by Forcegate itself: it runs in the background as process ${pid}.`,
    `Use it: it is on ${url}. Or stop it with "forcegate stop" and start again.`,
  );
}

/** What is said in the background is said by whoever launched it. */
function toldToLauncher(world: CommandWorld): CommandWorld {
  const { processes, terminal } = world;
  return {
    ...world,
    terminal: {
      ...terminal,
      say(text) {
        terminal.say(text);
        processes.tellLauncher({ type: 'said', text });
      },
    },
  };
}
