// The gateway as it is run: its own command, a configuration file, one client key, metrics and log on.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { startChild, type Child } from './child.ts';

export const CLIENT_KEY = 'bench-client-key-0123456789abcdef';
const READY_WITHIN_MS = 30_000;
const LOOK_AGAIN_MS = 50;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => finish(true)).once('error', () => finish(false));
  });
}

async function untilItListens(child: Child, port: number): Promise<void> {
  const untilMs = performance.now() + READY_WITHIN_MS;
  while (performance.now() < untilMs) {
    if (await accepts(port)) return;
    if (child.hasEnded()) throw new Error('the gateway ended instead of listening');
    await sleep(LOOK_AGAIN_MS);
  }
  throw new Error(`the gateway did not listen within ${READY_WITHIN_MS} ms`);
}

function configuration(port: number, upstreamPort: number): object {
  const upstream = `http://127.0.0.1:${upstreamPort}`;
  return {
    consumer_key: 'bench',
    consumer_secret: 'bench-secret',
    instance_url: upstream,
    api_url: upstream,
    token_file: null,
    surfaces: 'gateway',
    port,
    client_keys: [{ id: 'bench', key: CLIENT_KEY }],
    http_proxy: '',
    https_proxy: '',
    log: { level: 'info' },
  };
}

export const startGateway = (
  upstreamPort: number,
  nodeFlags: readonly string[],
): Promise<{ child: Child; port: number }> =>
  launchGateway((port) => configuration(port, upstreamPort), nodeFlags);

/** @param configure The configuration for the port it will listen on. */
export async function launchGateway(
  configure: (port: number) => object,
  nodeFlags: readonly string[],
): Promise<{ child: Child; port: number }> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'forcegate-bench-'));
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify(configure(port)), { mode: 0o600 });
  const child = startChild({
    program: 'bin/forcegate.js',
    arguments: ['start', '--config', file],
    measuredWith: nodeFlags,
  });
  const withFolder: Child = {
    hasEnded: () => child.hasEnded(),
    ask: (message) => child.ask(message),
    async stop() {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await untilItListens(child, port);
  } catch (thrown) {
    await withFolder.stop();
    throw thrown;
  }
  return { child: withFolder, port };
}
