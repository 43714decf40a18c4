// n8n as an operator sets it up: a folder that was empty, credentials and workflows imported and published by its commands,
// then its server on this machine, without telemetry. What is started is stopped by its own process.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runProgram } from '../clients/programs.ts';
import type { Credential } from './workflows.ts';

const PACKAGE = join(import.meta.dirname, 'node_modules', 'n8n');
const START_LIMIT_MS = 180_000;
/** It waits for its own tasks first. */
const STOP_LIMIT_MS = 60_000;
const NOBODY = 'http://127.0.0.1:9';
const READY = 'Editor is now accessible';

export type N8nPlan = {
  readonly credentials: readonly Credential[];
  /** Each with its `id`. */
  readonly workflows: readonly { readonly id: string; readonly workflow: object }[];
};

export type N8n = {
  /** Without a trailing slash. */
  readonly url: string;
  /** What its server printed so far. */
  readonly log: readonly string[];
  close(): Promise<void>;
};

export function versionOfN8n(): string {
  const { version }: { version: string } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
  return version;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

async function environment(home: string): Promise<Record<string, string> & { readonly N8N_PORT: string }> {
  return {
    PATH: '/usr/bin:/bin',
    HOME: home,
    TERM: 'dumb',
    N8N_USER_FOLDER: home,
    N8N_ENCRYPTION_KEY: 'for-this-test-alone',
    N8N_LISTEN_ADDRESS: '127.0.0.1',
    N8N_PORT: String(await freePort()),
    N8N_RUNNERS_BROKER_PORT: String(await freePort()),
    N8N_DIAGNOSTICS_ENABLED: 'false',
    N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
    N8N_TEMPLATES_ENABLED: 'false',
    N8N_DYNAMIC_BANNERS_ENABLED: 'false',
    N8N_HIRING_BANNER_ENABLED: 'false',
    N8N_PERSONALIZATION_ENABLED: 'false',
    N8N_COMMUNITY_PACKAGES_ENABLED: 'false',
    // It fetches a list when it starts.
    N8N_DISABLED_MODULES: 'mcp-registry',
    EXTERNAL_FRONTEND_HOOKS_URLS: '',
    // Whatever else wants to leave this machine finds nobody.
    HTTP_PROXY: NOBODY,
    HTTPS_PROXY: NOBODY,
    NO_PROXY: '127.0.0.1,localhost',
  };
}

export async function openN8n({ credentials, workflows }: N8nPlan): Promise<N8n> {
  const home = await mkdtemp(join(tmpdir(), 'forcegate-n8n-'));
  const env = await environment(home);
  const command = async (...args: readonly string[]): Promise<void> => {
    const all = [join(PACKAGE, 'bin', 'n8n'), ...args];
    const { code, stdout, stderr } = await runProgram(process.execPath, all, {
      env,
      cwd: home,
      limitMs: START_LIMIT_MS,
    });
    if (code !== 0) throw new Error(`n8n ${args.join(' ')} ended with ${code}: ${stdout}\n${stderr}`);
  };
  try {
    const files = join(home, 'import');
    await mkdir(files);
    await writeFile(join(files, 'credentials.json'), JSON.stringify(credentials));
    await writeFile(join(files, 'workflows.json'), JSON.stringify(workflows.map(({ workflow }) => workflow)));
    await command('import:credentials', `--input=${join(files, 'credentials.json')}`);
    await command('import:workflow', `--input=${join(files, 'workflows.json')}`);
    for (const { id } of workflows) await command('publish:workflow', `--id=${id}`);
    const log: string[] = [];
    const server = await startServer(env, home, log);
    return {
      url: `http://127.0.0.1:${env.N8N_PORT}`,
      log,
      async close() {
        await stopServer(server);
        await rm(home, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

/** Ready when it says so: it answers health checks long before its webhooks are there. */
async function startServer(env: Record<string, string>, cwd: string, log: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(PACKAGE, 'bin', 'n8n'), 'start'], {
    env,
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (why: string): void => reject(new Error(`n8n ${why}: ${log.join('')}`));
  const limit = setTimeout(() => fail('did not start in time'), START_LIMIT_MS);
  child.once('error', (error) => fail(error.message));
  child.once('exit', (code) => fail(`ended with ${code}`));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log.push(text);
      if (text.includes(READY)) resolve();
    });
  }
  try {
    await promise;
    return child;
  } catch (error) {
    await stopServer(child);
    throw error;
  } finally {
    clearTimeout(limit);
  }
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(limit);
}
