// The run file: one winner, however many try, and what a crash leaves behind.

import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createFakeWorld } from '../../test/fakes/command-world.ts';
import type { Processes } from './processes.ts';
import {
  leaveRun,
  logFileOf,
  readRun,
  removeStale,
  runFileOf,
  takeRun,
  updateRun,
  type RunRecord,
} from './run-file.ts';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'forcegate-run-'));
  path = join(directory, 'forcegate.pid');
});

afterEach(() => rm(directory, { recursive: true }));

/** Which processes there are, by number and birth. */
const processesWith = (births: Readonly<Record<number, string>>): Processes =>
  createFakeWorld({ processes: { birthOf: async (pid) => births[pid] } }).world.processes;

const record = (pid: number, run = `run ${pid}`): RunRecord => ({
  pid,
  birth: `birth of ${pid}`,
  run,
  url: undefined,
  key: undefined,
  startedAtMs: 1,
  drainMs: 1,
  logFile: undefined,
  args: [],
  cwd: '/',
});

describe('the run file', () => {
  it.each([
    ['config.json', 'forcegate.pid', 'api.log'],
    ['tls.json', 'forcegate.tls.pid', 'api.tls.log'],
    ['tls', 'forcegate-tls.pid', 'api-tls.log'],
    ['config', 'forcegate-config.pid', 'api-config.log'],
  ])('of %s is %s, and its log %s', (config, run, log) => {
    const own = runFileOf(join(directory, config));
    expect(own).toBe(join(directory, run));
    expect(logFileOf(own, 'api')).toBe(join(directory, 'logs', log));
  });

  it('is taken by one of many, is whole for every reader, and is for its owner only', async () => {
    const pids = Array.from({ length: 20 }, (_, index) => 100 + index);
    const alive = processesWith(Object.fromEntries(pids.map((pid) => [pid, `birth of ${pid}`])));
    const holders = await Promise.all(pids.map((pid) => takeRun(path, record(pid), alive)));
    const winners = pids.filter((_, index) => holders[index] === undefined);
    expect(winners).toHaveLength(1);
    expect(await readRun(path, alive)).toMatchObject({ type: 'running', record: { pid: winners[0] } });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['forcegate.pid']);
  });

  it.each([
    ['of a process that is gone', JSON.stringify(record(7))],
    ['of a process whose number is used again', JSON.stringify({ ...record(8), birth: 'before' })],
    ['that is no JSON', 'garbage'],
    ['that is empty', ''],
    ['that names no process of a user', JSON.stringify(record(1))],
  ])('%s is stale, and one of many takes it over', async (_what, text) => {
    await writeFile(path, text);
    const alive = processesWith({ 8: 'birth of 8', 100: 'birth of 100', 101: 'birth of 101' });
    expect(await readRun(path, alive)).toMatchObject({ type: 'stale' });
    const holders = await Promise.all([100, 101].map((pid) => takeRun(path, record(pid), alive)));
    expect(holders.filter((holder) => holder === undefined)).toHaveLength(1);
    expect(await readdir(directory)).toEqual(['forcegate.pid']);
  });

  it('that another start has put there meanwhile is not removed as stale', async () => {
    await writeFile(path, 'the new one');
    await removeStale(path, 'the old one');
    expect(await readFile(path, 'utf8')).toBe('the new one');
    expect(await readdir(directory)).toEqual(['forcegate.pid']);
  });

  it('of another run is neither changed nor removed', async () => {
    const alive = processesWith({ 100: 'birth of 100' });
    await takeRun(path, record(100), alive);
    expect(await updateRun(path, { ...record(100, 'another run'), url: 'http://elsewhere' })).toBe(false);
    await leaveRun(path, record(100, 'another run'));
    expect(await updateRun(path, { ...record(100), url: 'http://here' })).toBe(true);
    expect(await readRun(path, alive)).toMatchObject({ record: { url: 'http://here' } });
    await leaveRun(path, record(100));
    expect(await readRun(path, alive)).toEqual({ type: 'none' });
  });
});
