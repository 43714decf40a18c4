// The gateway in the background, from both sides: whoever launches it waits until it listens or has ended, and says why;
// the process itself holds the run file, so that there is one for a configuration, and gives it back when it ends.

import { createHash, randomUUID } from 'node:crypto';
import { resolve } from 'node:path';

import type { Config } from '../config/index.ts';
import { EXIT_ATTENTION, EXIT_HEALTHY, EXIT_UNUSABLE } from './exit-codes.ts';
import { CommandFault } from './faults.ts';
import { UNKNOWN_BIRTH, type Processes } from './processes.ts';
import {
  leaveRun,
  logFileOf,
  readRun,
  runFileIn,
  runFileOf,
  takeRun,
  unprovedRun,
  updateRun,
  type Running,
  type RunRecord,
  type RunState,
} from './run-file.ts';
import type { CommandWorld } from './start.ts';

/** Compiling, opening and listening take a second; a cold disk takes more. */
const LAUNCH_MS = 60_000;
const LOG_BYTES_MAX = 10 * 1024 * 1024;
const OLD_LOGS_MAX = 5;
/** Named so in the log, where its calls show. */
const KEY_ID = 'command';

export type HeldRun = {
  /** With the log in a file, and a key for the commands where keys are asked for. */
  readonly config: Config;
  /** @throws CommandFault when another start has taken over meanwhile. */
  listening(url: string, loginFailure: () => string | undefined): Promise<void>;
  leave(): Promise<void>;
};

/** @throws CommandFault where there is no background. */
export function expectBackground({ platform }: Processes): void {
  if (platform !== 'win32') return;
  throw new CommandFault(
    'On Windows the gateway runs in the foreground only.',
    'Use "forcegate start", and let the Task Scheduler or a wrapper for Windows services keep it running.',
    EXIT_UNUSABLE,
  );
}

/** One that may be another program holds the place as well: two gateways of one configuration are worse than none. */
function alreadyRunning({ record, proved }: Running, path: string): CommandFault {
  if (!proved) return unprovedRun(record, path);
  const { pid, url } = record;
  const where = url === undefined ? 'and is about to listen' : `on ${url}`;
  return new CommandFault(
    `Forcegate already runs here as process ${pid} ${where}.`,
    'Stop it with "forcegate stop", or start it anew with "forcegate restart".',
  );
}

/** For the process in the background. @throws CommandFault when another one holds the file. */
export async function holdRun(
  path: string,
  config: Config,
  args: readonly string[],
  world: CommandWorld,
): Promise<HeldRun> {
  const { processes, clock, cwd } = world;
  const key = config.keys.clients.length === 0 ? undefined : randomUUID();
  const logFile = config.log.file ?? {
    path: logFileOf(path, 'api'),
    fileBytesMax: LOG_BYTES_MAX,
    oldFilesMax: OLD_LOGS_MAX,
  };
  const record: RunRecord = {
    pid: processes.ownPid,
    birth: (await processes.birthOf(processes.ownPid)) ?? UNKNOWN_BIRTH,
    run: randomUUID(),
    url: undefined,
    key,
    startedAtMs: clock.nowMs(),
    drainMs: config.server.drainMs,
    logFile: logFile.path,
    args,
    cwd,
  };
  const holder = await takeRun(path, record, processes);
  if (holder !== undefined) throw alreadyRunning(holder, path);
  return {
    config: { ...withCommandKey(config, key), log: { ...config.log, file: logFile } },
    async listening(url, loginFailure) {
      if (!(await updateRun(path, { ...record, url })))
        throw new CommandFault('Another start has taken over.', 'See "forcegate status".');
      // The launcher waits for no login: it may be known by now that it failed, or not.
      const failure = loginFailure();
      if (failure !== undefined) world.terminal.say(`It is not ready: ${failure}`);
      processes.tellLauncher({ type: 'listening', url });
    },
    leave: () => leaveRun(path, record),
  };
}

/** Where no keys are asked for none is added: the first one would close the gateway to everybody else. */
function withCommandKey(config: Config, key: string | undefined): Config {
  if (key === undefined) return config;
  const sha256 = createHash('sha256').update(key).digest('hex');
  return { ...config, keys: { clients: [...config.keys.clients, { id: KEY_ID, sha256, admin: true }] } };
}

/** Resolves with the exit code once the gateway listens, or has ended. @throws CommandFault when one runs already. */
export async function launchDaemon(
  args: readonly string[],
  configFile: string | undefined,
  world: CommandWorld,
): Promise<number> {
  const { processes, terminal } = world;
  expectBackground(processes);
  const runFile = configFile === undefined ? runFileIn(world.cwd) : runFileOf(configFile);
  const state = await readRun(runFile, processes);
  if (state.type === 'running') throw alreadyRunning(state, runFile);
  const errorFile = logFileOf(runFile, 'daemon');
  const launched = await processes.launch(['start', ...args, '--run-file', runFile], {
    cwd: world.cwd,
    errorFile,
    limitMs: LAUNCH_MS,
    onSaid: (text) => terminal.say(text),
  });
  if (launched.type === 'ended') {
    terminal.say(`Forcegate did not start; ${errorFile} holds what it said.`);
    return launched.code === EXIT_HEALTHY ? EXIT_ATTENTION : launched.code;
  }
  const named = args.includes('--config')
    ? ` (each with --config ${args[args.indexOf('--config') + 1]})`
    : '';
  terminal.say(
    `In the background as process ${launched.pid}. "forcegate status" tells whether its login works; "forcegate logs" and "forcegate stop" are about it too${named}.`,
  );
  return EXIT_HEALTHY;
}

export type FoundRun = { readonly path: string; readonly state: RunState };

/** The run file where `start` would have put it: that of the configuration named, or of the one here or one directory up. */
export async function findRun(config: string | undefined, world: CommandWorld): Promise<FoundRun> {
  const { cwd, env, processes } = world;
  const named = config ?? env['FORCEGATE_CONFIG'];
  const here = named === undefined ? runFileIn(cwd) : runFileOf(resolve(cwd, named));
  const state = await readRun(here, processes);
  if (state.type !== 'none' || named !== undefined) return { path: here, state };
  const above = runFileIn(resolve(cwd, '..'));
  const stateAbove = await readRun(above, processes);
  return stateAbove.type === 'none' ? { path: here, state } : { path: above, state: stateAbove };
}
