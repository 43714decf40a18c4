// `forcegate stop` and `restart`: ends the gateway in the background and waits until it has ended. What a crash left
// behind is cleared away and told; a process that merely has the same number by now, or may, is never touched.

import { resolve } from 'node:path';

import { loadConfig } from '../config/index.ts';
import type { CheckWorld } from './check.ts';
import { expectBackground, findRun } from './daemon.ts';
import { EXIT_HEALTHY } from './exit-codes.ts';
import { CommandFault, reportFault } from './faults.ts';
import { readRun, recognize, removeStale, unprovedRun, type RunRecord } from './run-file.ts';
import { runStart, type CommandWorld, type StartOptions } from './start.ts';

export type StopOptions = {
  readonly config?: string | undefined;
  /** Ends at once what does not end by itself. */
  readonly force: boolean;
};

/** Beyond the time that requests under way are given: closing takes its own. */
const STOP_GRACE_MS = 15_000;
const KILL_MS = 5_000;
const LOOK_MS = 50;

/** Resolves with the record of what was stopped, undefined where nothing ran. @throws CommandFault */
async function stopRun(options: StopOptions, world: CheckWorld): Promise<RunRecord | undefined> {
  const { terminal, processes } = world;
  expectBackground(processes);
  const { path, state } = await findRun(options.config, world);
  if (state.type === 'none') {
    terminal.say('Forcegate does not run in the background here.');
    return undefined;
  }
  if (state.type === 'stale') {
    await removeStale(path, state.text);
    terminal.say(
      `Forcegate does not run: process ${state.pid ?? 'unknown'} ended without saying so. ${path} is cleared away.`,
    );
    return undefined;
  }
  const { record } = state;
  if (!state.proved) throw unprovedRun(record, path);
  processes.signal(record.pid, 'SIGTERM');
  const limitMs = options.force ? KILL_MS : record.drainMs + STOP_GRACE_MS;
  if (!(await hasEnded(record, limitMs, world))) {
    if (!options.force)
      throw new CommandFault(
        `Process ${record.pid} has not ended in ${Math.round(limitMs / 1000)} seconds.`,
        'Wait and try again, or end it at once: forcegate stop --force.',
      );
    await kill(record, path, world);
  }
  const left = await readRun(path, processes);
  if (left.type === 'stale') await removeStale(path, left.text);
  terminal.say(`Stopped process ${record.pid}.`);
  return record;
}

async function kill(record: RunRecord, path: string, world: CheckWorld): Promise<void> {
  // Asked again who it is: it may have ended just now, and its number may be another's.
  const known = await recognize(record, world.processes);
  if (known === 'gone') return;
  if (known === 'unproved') throw unprovedRun(record, path);
  world.processes.signal(record.pid, 'SIGKILL');
  if (await hasEnded(record, KILL_MS, world)) return;
  throw new CommandFault(`Process ${record.pid} cannot be ended.`, 'Look at it with "ps".');
}

async function hasEnded(record: RunRecord, limitMs: number, world: CheckWorld): Promise<boolean> {
  const { processes, clock } = world;
  const endMs = clock.monotonicMs() + limitMs;
  while ((await recognize(record, processes)) !== 'gone') {
    if (clock.monotonicMs() >= endMs) return false;
    await pause(LOOK_MS, world);
  }
  return true;
}

function pause(ms: number, { timers }: CheckWorld): Promise<void> {
  // A timer of the world keeps no process alive, so something else must.
  const keepAlive = setInterval(() => undefined, ms);
  return new Promise((passed) => {
    timers.after(ms, () => {
      clearInterval(keepAlive);
      passed();
    });
  });
}

export async function runStop(options: StopOptions, world: CheckWorld): Promise<number> {
  try {
    await stopRun(options, world);
    return EXIT_HEALTHY;
  } catch (thrown) {
    return reportFault(world.terminal, thrown);
  }
}

/** Starts anew with the flags it was started with; those given now win. A configuration that is broken stops nothing. */
export async function runRestart(
  options: StartOptions & { readonly force: boolean },
  world: CheckWorld,
): Promise<number> {
  try {
    expectBackground(world.processes);
    if (!options.demo) await expectUsable(options, world);
    const stopped = await stopRun(options, world);
    const again = stopped === undefined ? { options, world } : asBefore(stopped, options, world);
    return await runStart({ ...again.options, daemon: true }, again.world);
  } catch (thrown) {
    return reportFault(world.terminal, thrown);
  }
}

/** @throws ConfigError */
async function expectUsable({ config }: StartOptions, world: CommandWorld): Promise<void> {
  const { cwd, env, files } = world;
  const { state } = await findRun(config, world);
  const before = state.type === 'running' ? state.record : undefined;
  if (before?.args.includes('--demo') === true) return;
  const path = config ?? valueAfter('--config', before?.args ?? []);
  await loadConfig({ path, cwd: before?.cwd ?? cwd, env, files });
}

function valueAfter(flag: string, args: readonly string[]): string | undefined {
  const at = args.indexOf(flag);
  return at === -1 ? undefined : args[at + 1];
}

function asBefore(
  { args, cwd }: RunRecord,
  options: StartOptions,
  world: CommandWorld,
): { options: StartOptions; world: CommandWorld } {
  const port = valueAfter('--port', args);
  return {
    options: {
      config:
        options.config === undefined ? valueAfter('--config', args) : resolve(world.cwd, options.config),
      host: options.host ?? valueAfter('--host', args),
      port: options.port ?? (port === undefined ? undefined : Number(port)),
      demo: options.demo || args.includes('--demo'),
      demoWhenUnconfigured: options.demoWhenUnconfigured || args.includes('--demo-when-unconfigured'),
    },
    world: { ...world, cwd },
  };
}
