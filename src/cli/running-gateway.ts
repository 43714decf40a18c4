// The gateway that runs already, in the background or anywhere else this configuration leads to, asked over HTTP.

import { isLoopbackHost, loadConfig } from '../config/index.ts';
import { findRun } from './daemon.ts';
import { CommandFault } from './faults.ts';
import type { RunRecord } from './run-file.ts';
import type { CommandWorld } from './start.ts';

export type RunningChoice = {
  readonly config?: string | undefined;
  /** Of the gateway, where it is not one of this directory. */
  readonly url?: string | undefined;
};

export type FoundGateway = {
  readonly url: string;
  /** Undefined where none is known, or none is asked for. */
  readonly key: string | undefined;
  /** Of the gateway in the background. */
  readonly record: RunRecord | undefined;
};

const ANSWER_MS = 10_000;
const DEFAULT_URL = 'http://127.0.0.1:8000';

/** Where it is, or would be. It may not answer. */
export async function findGateway(choice: RunningChoice, world: CommandWorld): Promise<FoundGateway> {
  const key = world.env['FORCEGATE_ADMIN_KEY'];
  if (choice.url !== undefined) return { url: choice.url.replace(/\/+$/u, ''), key, record: undefined };
  const { state } = await findRun(choice.config, world);
  if (state.type === 'running') {
    const { record } = state;
    if (record.url !== undefined) return { url: record.url, key: record.key ?? key, record };
  }
  return { url: await configuredUrl(choice, world), key, record: undefined };
}

/** A configuration that is broken leads nowhere; the usual place is as good as any then. */
async function configuredUrl({ config }: RunningChoice, world: CommandWorld): Promise<string> {
  const { cwd, env, files } = world;
  try {
    const loaded = await loadConfig({ path: config, cwd, env, files });
    const { host, port } = loaded.config.server;
    const named = host === '0.0.0.0' || host === '' ? '127.0.0.1' : host === '::' ? '::1' : host;
    return `http://${named.includes(':') ? `[${named}]` : named}:${port === 0 ? 8000 : port}`;
  } catch {
    return DEFAULT_URL;
  }
}

export type GatewayAnswer = { readonly status: number; readonly text: string };

/** Undefined when nobody answers. */
export async function askGateway(
  gateway: FoundGateway,
  path: string,
  body?: unknown,
): Promise<GatewayAnswer | undefined> {
  try {
    const response = await fetch(`${gateway.url}${path}`, {
      signal: AbortSignal.timeout(ANSWER_MS),
      redirect: 'error',
      headers: {
        ...(gateway.key === undefined ? {} : { authorization: `Bearer ${gateway.key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined;
  }
}

/** @throws CommandFault */
export function notRunning({ url }: FoundGateway): CommandFault {
  const fix = isLoopbackHost(new URL(url).hostname)
    ? 'Start it: forcegate start, or in the background: forcegate start --daemon.'
    : 'Check the address and whether it runs there.';
  return new CommandFault(`Nobody answers on ${url}.`, fix);
}
