// The gateway in the background, by real processes: start, stop, restart, status and logs over crashes, stale run files, a
// port that is taken and two starts at once. Everything waits for a process's end or for an answer, never for time.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createSimulator, type SimulatorAddress } from '../../simulator/main.ts';
import { systemProcesses } from '../../src/cli/processes.ts';
import { settingsFor } from './command-place.ts';

const FORCEGATE = fileURLToPath(new URL('../../bin/forcegate.js', import.meta.url));
const COMMAND_MS = 60_000;
const TEST_MS = 180_000;

type Run = { readonly code: number; readonly out: string; readonly said: string };

const simulator = createSimulator({});
let org: SimulatorAddress;
let directory: string;

beforeAll(async () => {
  org = await simulator.open();
});

afterAll(() => simulator.close());

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'forcegate-daemon-'));
  await writeConfig({});
});

afterEach(async () => {
  for (const name of await rest()) {
    const run = await runFile(name).catch(() => undefined);
    if (run !== undefined) await killAndWait(run.pid);
  }
  await rm(directory, { recursive: true, force: true });
});

async function writeConfig(more: object, name = 'config.json'): Promise<void> {
  const config = { ...settingsFor(org), port: 0, drain_seconds: 1, ...more };
  await writeFile(join(directory, name), JSON.stringify(config), { mode: 0o600 });
}

function forcegate(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [FORCEGATE, ...args],
      { cwd: directory, env: { PATH: process.env['PATH'], HOME: directory }, timeout: COMMAND_MS },
      (fault, out, said) => resolve({ code: fault === null ? 0 : Number(fault.code ?? -1), out, said }),
    );
  });
}

type RunFile = { pid: number; url: string; key?: string; logFile?: string };

const runFile = async (name = 'forcegate.pid'): Promise<RunFile> =>
  JSON.parse(await readFile(join(directory, name), 'utf8'));

const pidInFile = async (): Promise<number> => (await runFile()).pid;

/** Resolves when the process is gone; it is no child of ours, so it is asked for. */
async function killAndWait(pid: number): Promise<void> {
  const birth = await systemProcesses.birthOf(pid);
  if (birth === undefined || pid === process.pid) return;
  process.kill(pid, 'SIGKILL');
  while ((await systemProcesses.birthOf(pid)) === birth) await new Promise(setImmediate);
}

/** Written once the gateway has logged in, which nobody outside of it is told. */
async function readOnceThere(path: string): Promise<string> {
  for (;;) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
    await new Promise(setImmediate);
  }
}

const rest = async (): Promise<readonly string[]> =>
  (await readdir(directory)).filter((name) => /^forcegate.*\.pid/u.test(name));

describe('a gateway in the background', () => {
  it(
    'starts, tells how it is, shows its log, starts anew with its flags, and stops',
    async () => {
      await writeConfig({ client_keys: ['a-client-key-of-some-length'] });
      const started = await forcegate('start', '--daemon', '--host', '127.0.0.1');
      expect(started).toMatchObject({ code: 0, out: '' });
      const first = await runFile();
      expect(started.said).toContain(`In the background as process ${first.pid}.`);

      const status = await forcegate('status', '--json');
      const told: Record<string, unknown> = JSON.parse(status.out);
      expect(told).toMatchObject({ running: true, pid: first.pid, url: first.url });
      // The details are the operator's: the run file holds the key to them.
      expect(told['token']).toBeTypeOf('object');
      expect(status.out + started.said).not.toContain(first.key);

      const key = 'a-client-key-of-some-length';
      const connected = await forcegate('connect', 'claude-code', '--key', key, '--write', '--test');
      expect(connected.said).toContain('It works:');
      expect(await readFile(join(directory, '.claude', 'settings.json'), 'utf8')).toContain(first.url);

      const again = await forcegate('start', '--daemon');
      expect(again.code).toBe(1);
      expect(again.said).toContain(`already runs here as process ${first.pid} on ${first.url}`);

      const { port } = new URL(first.url);
      const beside = await forcegate('start', '--port', port);
      expect(beside.code).toBe(1);
      expect(beside.said).toContain(
        `is taken by Forcegate itself: it runs in the background as process ${first.pid}.`,
      );
      expect(beside.said).toContain('forcegate stop');

      expect((await forcegate('metrics')).out).toContain('forcegate_requests_in_flight 0');
      const lastGood = await readOnceThere(join(directory, 'config.last-good.json'));
      expect(lastGood).toBe(await readFile(join(directory, 'config.json'), 'utf8'));

      const restarted = await forcegate('restart');
      expect(restarted.code).toBe(0);
      const second = await runFile();
      expect(second.pid).not.toBe(first.pid);
      expect(await systemProcesses.birthOf(first.pid)).toBeUndefined();
      expect(second).toMatchObject({ args: ['--host', '127.0.0.1'] });

      const stopped = await forcegate('stop');
      expect(stopped).toMatchObject({ code: 0, said: `Stopped process ${second.pid}.\n` });
      expect(await systemProcesses.birthOf(second.pid)).toBeUndefined();
      expect(await rest()).toEqual([]);
      expect((await forcegate('logs', '-n', '1000')).out).toContain('"msg":"token: minted"');
      expect(await forcegate('stop')).toMatchObject({ code: 0 });
    },
    TEST_MS,
  );

  it(
    'that does not run is told with what to do, and a file that is not there by its name',
    async () => {
      await writeConfig({ port: 1 });
      const status = await forcegate('status');
      expect(status.code).toBe(1);
      expect(status.out).toContain(
        'Forcegate does not run: nobody answers on http://127.0.0.1:1.\n  Start it: ',
      );
      const lost = await forcegate('status', '--config', 'nosuch.json');
      expect(lost).toMatchObject({ code: 2, out: '' });
      expect(lost.said).toContain('nosuch.json, which does not exist.');
    },
    TEST_MS,
  );

  it(
    'that was killed is told as gone, and the next start takes its place',
    async () => {
      await forcegate('start', '--daemon');
      const killed = await pidInFile();
      await killAndWait(killed);
      const status = await forcegate('status', '--url', 'http://127.0.0.1:1');
      expect(status.code).toBe(1);
      expect(status.out).toContain(`Process ${killed} ended without saying so`);
      expect((await forcegate('start', '--daemon')).code).toBe(0);
      expect(await pidInFile()).not.toBe(killed);
      await killAndWait(await pidInFile());
      const stopped = await forcegate('stop');
      expect(stopped.code).toBe(0);
      expect(stopped.said).toContain('is cleared away');
      expect(await rest()).toEqual([]);
    },
    TEST_MS,
  );

  it(
    'is never taken for a process that has its number by now',
    async () => {
      const stale = {
        pid: process.pid,
        birth: 'another time',
        run: 'old',
        url: 'http://127.0.0.1:1',
        args: [],
      };
      await writeFile(join(directory, 'forcegate.pid'), JSON.stringify(stale));
      const stopped = await forcegate('stop');
      expect(stopped.code).toBe(0);
      expect(stopped.said).toContain('ended without saying so');
      expect(await rest()).toEqual([]);
    },
    TEST_MS,
  );

  it(
    'says that its port is taken, and leaves nothing behind',
    async () => {
      const other: Server = createServer();
      const port = await new Promise<number>((resolve) => {
        other.listen(0, '127.0.0.1', () => {
          const address = other.address();
          resolve(typeof address === 'object' && address !== null ? address.port : 0);
        });
      });
      const started = await forcegate('start', '--daemon', '--port', String(port));
      await new Promise((resolve) => other.close(resolve));
      expect(started.code).toBe(1);
      expect(started.said).toContain(`Port ${port} on 127.0.0.1 is taken.`);
      expect(await rest()).toEqual([]);
    },
    TEST_MS,
  );

  it(
    'is one, however many starts there are at once',
    async () => {
      const runs = await Promise.all([1, 2, 3].map(() => forcegate('start', '--daemon')));
      expect(runs.filter(({ code }) => code === 0)).toHaveLength(1);
      expect(runs.filter(({ code }) => code === 1)).toHaveLength(2);
      for (const { code, said } of runs)
        expect(said).toContain(code === 0 ? 'In the background' : 'already runs here');
      expect(await rest()).toEqual(['forcegate.pid']);
      expect((await forcegate('stop', '--force')).said).toContain('Stopped process');
    },
    TEST_MS,
  );

  it(
    'belongs to its configuration, and not to the directory that another one lies in as well',
    async () => {
      await writeConfig({}, 'other.json');
      const other = await forcegate('start', '--daemon', '--config', 'other.json');
      expect(other.said).toContain('are about it too (each with --config other.json).');
      expect((await forcegate('stop')).said).toContain('does not run in the background here');
      expect((await forcegate('start', '--daemon')).code).toBe(0);
      expect(await rest()).toEqual(['forcegate.other.pid', 'forcegate.pid']);
      const [plain, named] = [await runFile(), await runFile('forcegate.other.pid')];
      expect(named.logFile).toBe(join(directory, 'logs', 'api.other.log'));
      expect(plain.logFile).toBe(join(directory, 'logs', 'api.log'));
      const config = ['--config', 'other.json'];
      expect((await forcegate('status', ...config)).out).toContain(named.url);
      expect((await forcegate('connect', 'openai', ...config)).out).toContain(named.url);
      expect((await forcegate('connect', 'openai')).out).toContain(plain.url);
      expect((await forcegate('restart', ...config)).said).toContain(`Stopped process ${named.pid}.`);
      expect((await forcegate('stop')).said).toContain(`Stopped process ${plain.pid}.`);
      expect(await rest()).toEqual(['forcegate.other.pid']);
      expect((await forcegate('stop', ...config)).said).toContain('Stopped process');
      expect((await forcegate('logs', ...config)).code).toBe(0);
    },
    TEST_MS,
  );

  it(
    'goes on when a restart meets a broken configuration',
    async () => {
      await forcegate('start', '--daemon');
      const { pid } = await runFile();
      await writeConfig({ prot: 1 });
      const restarted = await forcegate('restart');
      expect(restarted.code).toBe(2);
      expect(restarted.said).toContain('prot is not a known key.');
      expect(await systemProcesses.birthOf(pid)).toBeDefined();
      expect(await pidInFile()).toBe(pid);
    },
    TEST_MS,
  );
});
