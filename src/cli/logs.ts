// `forcegate logs`: the last lines of the log file, and with --follow those that come, also over a rotation.

import { open, stat } from 'node:fs/promises';

import { loadConfig } from '../config/index.ts';
import type { CheckWorld } from './check.ts';
import { findRun } from './daemon.ts';
import { EXIT_HEALTHY } from './exit-codes.ts';
import { CommandFault, reportFault } from './faults.ts';
import { logFileOf } from './run-file.ts';
import { watchStopSignals } from './stop-signals.ts';

export type LogsOptions = {
  readonly config?: string | undefined;
  readonly lines: number;
  readonly follow: boolean;
};

/** Enough for any number of lines that a person reads. */
const TAIL_BYTES_MAX = 4 * 1024 * 1024;
const PIECE_BYTES_MAX = 1024 * 1024;
const LOOK_MS = 250;

export async function runLogs(options: LogsOptions, world: CheckWorld): Promise<number> {
  const { terminal } = world;
  try {
    const path = await findLogFile(options, world);
    const end = await tellTail(path, options.lines, world);
    if (options.follow) await follow(path, end, world);
    return EXIT_HEALTHY;
  } catch (thrown) {
    return reportFault(terminal, thrown);
  }
}

async function findLogFile({ config }: LogsOptions, world: CheckWorld): Promise<string> {
  const { cwd, env, files } = world;
  const { path, state } = await findRun(config, world);
  if (state.type === 'running' && state.record.logFile !== undefined) return state.record.logFile;
  const loaded = await loadConfig({ path: config, cwd, env, files }).catch(() => undefined);
  return loaded?.config.log.file?.path ?? logFileOf(path, 'api');
}

async function tellTail(path: string, lines: number, { terminal }: CheckWorld): Promise<number> {
  const size = await sizeOf(path);
  if (size === undefined)
    throw new CommandFault(
      `There is no log file ${path}.`,
      'It is written by "forcegate start --daemon", and otherwise where "log.file" is set.',
    );
  const text = await readPiece(path, Math.max(0, size - TAIL_BYTES_MAX), size);
  const all = text.replace(/\n$/u, '').split('\n');
  const tail = lines === 0 ? [] : all.slice(-lines);
  if (tail.length > 0 && text !== '') terminal.out(tail.join('\n'));
  return size;
}

async function follow(path: string, from: number, world: CheckWorld): Promise<void> {
  const signals = watchStopSignals(world.terminal, world.clock);
  const state = { stopped: false };
  void signals.asked.then(() => (state.stopped = true));
  let at = from;
  try {
    while (!state.stopped) {
      const size = (await sizeOf(path)) ?? 0;
      // Smaller than before: it was rotated, and this is a new one.
      if (size < at) at = 0;
      if (size > at) {
        const end = Math.min(size, at + PIECE_BYTES_MAX);
        world.terminal.write(await readPiece(path, at, end));
        at = end;
      } else await Promise.race([signals.asked, pause(world)]);
    }
  } finally {
    signals.end();
  }
}

function pause({ timers }: CheckWorld): Promise<void> {
  return new Promise((passed) => {
    // Signals are waited for, so the process lives on by this alone.
    const keepAlive = setInterval(() => undefined, LOOK_MS);
    timers.after(LOOK_MS, () => {
      clearInterval(keepAlive);
      passed();
    });
  });
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}

async function readPiece(path: string, from: number, end: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - from), 0, end - from, from);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await file.close();
  }
}
