// A process whose beginning the system does not tell is nobody's proof: it is named, and never signalled.

import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createFakeWorld, type FakeWorld } from '../../test/fakes/command-world.ts';
import { launchDaemon } from './daemon.ts';
import { askPs, UNKNOWN_BIRTH } from './processes.ts';
import { runFileIn, takeRun, type RunRecord } from './run-file.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'forcegate-unproved-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

const PID = 4242;

const mine: RunRecord = {
  pid: 4711,
  birth: 'mine',
  run: 'r',
  // Where nobody listens.
  url: 'http://127.0.0.1:1',
  key: undefined,
  startedAtMs: 1,
  drainMs: 1,
  logFile: undefined,
  args: [],
  cwd: '/',
};

/** Process 4242 lives; the system tells these of its birth, one a question, the last for ever. */
async function scene(
  recorded: string,
  births: readonly string[],
  more: Partial<RunRecord> = {},
): Promise<{ world: FakeWorld; signals: string[]; path: string }> {
  const path = runFileIn(directory);
  await writeFile(path, JSON.stringify({ ...mine, pid: PID, birth: recorded, ...more }));
  const signals: string[] = [];
  const left = [...births];
  const world = createFakeWorld({
    processes: {
      birthOf: async () => (left.length > 1 ? left.shift() : left[0]),
      signal: (pid, signal) => signals.push(`${signal} ${pid}`) > 0,
    },
  });
  return { world, signals, path };
}

const stop = (world: FakeWorld, ...flags: string[]): Promise<number> =>
  world.run('stop', '--config', join(directory, 'config.json'), ...flags);

describe('a process whose birth is unknown', () => {
  it.each([
    ['now and when it was recorded', UNKNOWN_BIRTH, UNKNOWN_BIRTH],
    ['now', 'a birth', UNKNOWN_BIRTH],
    ['when it was recorded', UNKNOWN_BIRTH, 'a birth'],
  ])('%s is not stopped, but named', async (_when, recorded, birth) => {
    const { world, signals, path } = await scene(recorded, [birth]);
    expect(await stop(world, '--force')).not.toBe(0);
    expect(signals).toEqual([]);
    expect(world.said()).toContain(`process ${PID} is Forcegate or another program`);
    expect(await readFile(path, 'utf8')).toContain(String(PID));
  });

  it('by the time it would be killed is not killed', async () => {
    const { world, signals } = await scene('a birth', ['a birth', UNKNOWN_BIRTH]);
    const stopping = stop(world, '--force');
    const state = { over: false };
    void stopping.then(() => (state.over = true));
    while (!state.over) {
      await world.time.advance(1000);
      await new Promise(setImmediate);
    }
    expect(await stopping).not.toBe(0);
    expect(signals).toEqual([`SIGTERM ${PID}`]);
    expect(world.said()).toContain(`process ${PID} is Forcegate or another program`);
  });
});

describe('beside a process whose birth is unknown', () => {
  const config = (): readonly string[] => ['--config', join(directory, 'config.json')];

  it('nothing is started, and nobody is sent to a stop that would refuse', async () => {
    const { world } = await scene('a birth', [UNKNOWN_BIRTH]);
    const args = ['start', '--daemon', '--demo'];
    expect(await launchDaemon(args, join(directory, 'config.json'), world.world).catch(String)).toContain(
      `process ${PID} is Forcegate or another program`,
    );
    const holder = await takeRun(runFileIn(directory), mine, world.world.processes);
    expect(holder).toMatchObject({ proved: false, record: { pid: PID } });
  });

  it('restart stops and starts nothing', async () => {
    const { world, signals } = await scene('a birth', [UNKNOWN_BIRTH], { args: ['--demo'] });
    expect(await world.run('restart', ...config())).not.toBe(0);
    expect(signals).toEqual([]);
    expect(world.said()).toContain(`process ${PID} is Forcegate or another program`);
  });

  it('status says neither that the gateway runs nor that it does not', async () => {
    const { world } = await scene('a birth', [UNKNOWN_BIRTH]);
    expect(await world.run('status', ...config())).not.toBe(0);
    expect(world.out()).toContain(`process ${PID} is Forcegate or another program`);
    expect(world.out()).not.toMatch(/ runs?\b/u);
    const { world: again } = await scene('a birth', [UNKNOWN_BIRTH]);
    await again.run('status', '--json', ...config());
    expect(JSON.parse(again.out())).toMatchObject({ running: null, answering: false });
  });

  it('logs shows the file that the run wrote', async () => {
    const log = join(directory, 'own.log');
    await writeFile(log, 'a line\n');
    const { world } = await scene('a birth', [UNKNOWN_BIRTH], { logFile: log });
    expect(await world.run('logs', ...config())).toBe(0);
    expect(world.out()).toContain('a line');
  });
});

describe('the birth of a process as ps words it', () => {
  const fakePs = async (script: string): Promise<void> => {
    const path = join(directory, 'ps');
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    vi.stubEnv('PATH', directory);
  };

  it('is in one language and zone, whatever the caller has', async () => {
    vi.stubEnv('LC_ALL', 'de_DE.UTF-8');
    vi.stubEnv('TZ', 'Asia/Tokyo');
    await fakePs('echo "S+ $LC_ALL $TZ"');
    expect(await askPs(process.pid)).toBe('C UTC');
  });

  it('is unknown where ps fails for a process that is there', async () => {
    await fakePs('exit 1');
    expect(await askPs(process.pid)).toBe(UNKNOWN_BIRTH);
  });
});
