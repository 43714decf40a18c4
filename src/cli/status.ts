// `forcegate status`: whether a gateway runs, and how it is: what its own /health says, for a person or a script.

import { resolve } from 'node:path';

import { loadConfig } from '../config/index.ts';
import type { CheckWorld } from './check.ts';
import { findRun } from './daemon.ts';
import { EXIT_ATTENTION, EXIT_HEALTHY } from './exit-codes.ts';
import { reportFault } from './faults.ts';
import { unprovedRun } from './run-file.ts';
import {
  askGateway,
  findGateway,
  notRunning,
  type FoundGateway,
  type RunningChoice,
} from './running-gateway.ts';
import { paint, type Terminal } from './terminal.ts';

export type StatusOptions = RunningChoice & {
  readonly json: boolean;
  /** An org that is down, or an alert, is no reason to end the process. */
  readonly live: boolean;
};

const STATUS_OK = 200;

type Alert = { readonly alert: string; readonly severity: string; readonly message: string };
type Quota = {
  readonly surface: string;
  readonly limit: number;
  readonly remaining: number | null;
};
type Breaker = { readonly surface: string; readonly model: string; readonly state: string };

/** What is read of /health; anything else is shown as JSON only. */
type Health = {
  readonly status?: string;
  readonly version?: string;
  readonly uptime_seconds?: number;
  readonly models_host?: string;
  readonly ready?: boolean;
  readonly reasons?: readonly string[];
  readonly in_flight?: number;
  readonly token?: {
    readonly state?: string;
    readonly expires_in_seconds?: number;
    readonly last_failure?: string;
  };
  readonly breakers?: readonly Breaker[];
  readonly quotas?: readonly Quota[];
  readonly alerts?: readonly Alert[];
};

export async function runStatus(options: StatusOptions, world: CheckWorld): Promise<number> {
  const { terminal } = world;
  try {
    const gateway = await findGateway(options, world);
    if (options.live) return await tellLife(gateway, terminal);
    const answer = await askGateway(gateway, '/health');
    const health = answer === undefined ? undefined : readHealth(answer.text);
    if (health === undefined) return await tellNone(gateway, options, world);
    const code = isWell(health) ? EXIT_HEALTHY : EXIT_ATTENTION;
    if (options.json) {
      const { record } = gateway;
      const place = { running: true, url: gateway.url, pid: record?.pid, log_file: record?.logFile };
      terminal.out(JSON.stringify({ ...place, ...health }, undefined, 2));
    } else tellHealth(gateway, health, terminal);
    return code;
  } catch (thrown) {
    return reportFault(terminal, thrown);
  }
}

async function tellLife(gateway: FoundGateway, terminal: Terminal): Promise<number> {
  const isAlive = (await askGateway(gateway, '/livez'))?.status === STATUS_OK;
  terminal.out(isAlive ? `${gateway.url} answers.` : `Nobody answers on ${gateway.url}.`);
  return isAlive ? EXIT_HEALTHY : EXIT_ATTENTION;
}

const isWell = ({ status, alerts }: Health): boolean =>
  status === 'healthy' && (alerts ?? []).every(({ severity }) => severity === 'notice');

async function tellNone(gateway: FoundGateway, options: StatusOptions, world: CheckWorld): Promise<number> {
  const { terminal } = world;
  const { path, state } = await findRun(options.config, world);
  if (state.type === 'none') await expectNamedFile(options, world);
  const stale = state.type === 'stale';
  const unproved = state.type === 'running' && !state.proved ? state.record : undefined;
  const hangs = gateway.record !== undefined && unproved === undefined;
  if (options.json) {
    // Unknown is not false.
    const running = unproved === undefined ? hangs : null;
    terminal.out(JSON.stringify({ running, answering: false, url: gateway.url, stale }, undefined, 2));
    return EXIT_ATTENTION;
  }
  if (hangs) terminal.out(`Process ${gateway.record.pid} runs, but does not answer on ${gateway.url}.`);
  else if (unproved === undefined)
    terminal.out(`Forcegate does not run: nobody answers on ${gateway.url}.\n  ${notRunning(gateway).fix}`);
  else {
    const { message, fix } = unprovedRun(unproved, path);
    terminal.out(`Nobody answers on ${gateway.url}. ${message}\n${fix}`);
  }
  if (stale)
    terminal.out(
      `Process ${state.pid ?? 'unknown'} ended without saying so (${path}); the next start or stop clears that away.`,
    );
  return EXIT_ATTENTION;
}

/** Nothing can run by a file that is not there. @throws ConfigError that names it */
async function expectNamedFile({ config, url }: StatusOptions, world: CheckWorld): Promise<void> {
  const { cwd, env, files } = world;
  const named = config ?? env['FORCEGATE_CONFIG'];
  if (url !== undefined || named === undefined) return;
  // Broken is another matter: what runs may have been started before it was.
  const text = await files.readText(resolve(cwd, named)).catch(() => '');
  if (text === undefined) await loadConfig({ path: config, cwd, env, files });
}

function readHealth(text: string): Health | undefined {
  try {
    const health: Health = JSON.parse(text);
    // Another program may listen there.
    return typeof health === 'object' && health !== null && 'client_initialized' in health
      ? health
      : undefined;
  } catch {
    return undefined;
  }
}

const WIDTH = 12;

function tellHealth(gateway: FoundGateway, health: Health, terminal: Terminal): void {
  const line = (name: string, text: string): void => terminal.out(`${name.padEnd(WIDTH)}${text}`);
  const healthy = health.status === 'healthy';
  const word = paint(terminal, healthy ? 'green' : 'red', health.status ?? 'unknown');
  line('status', `${word}${healthy ? '' : `: ${(health.reasons ?? []).join('; ')}`}`);
  line('address', gateway.url);
  if (gateway.record !== undefined) line('process', String(gateway.record.pid));
  line('version', health.version ?? 'unknown');
  if (health.token === undefined) {
    line('details', 'need the admin key: set FORCEGATE_ADMIN_KEY.');
    return;
  }
  line('uptime', formatDuration(health.uptime_seconds));
  line('token', describeToken(health.token));
  line('models', health.models_host ?? 'unknown');
  line('in flight', String(health.in_flight ?? 0));
  const breakers = health.breakers ?? [];
  line('breakers', breakers.length === 0 ? 'all closed' : breakers.map(describeBreaker).join(', '));
  const quotas = health.quotas ?? [];
  if (quotas.length > 0) line('quota', quotas.map(describeQuota).join(', '));
  const alerts = health.alerts ?? [];
  line('alerts', alerts.length === 0 ? 'none' : `${alerts.length}`);
  for (const { severity, message } of alerts)
    line('', paint(terminal, severity === 'critical' ? 'red' : 'yellow', `${severity}: ${message}`));
  if (gateway.record?.logFile !== undefined) line('log', gateway.record.logFile);
}

const describeQuota = ({ surface, limit, remaining }: Quota): string =>
  `${surface} ${remaining ?? 'unknown'} of ${limit} left`;

const describeBreaker = ({ surface, model, state }: Breaker): string => `${surface} ${model} ${state}`;

function describeToken({
  state,
  expires_in_seconds: seconds,
  last_failure: failure,
}: NonNullable<Health['token']>): string {
  const left = seconds === undefined ? '' : `, ${formatDuration(seconds)} left`;
  return `${state ?? 'unknown'}${left}${failure === undefined ? '' : ` (last login failed: ${failure})`}`;
}

function formatDuration(seconds: number | undefined): string {
  if (seconds === undefined) return 'unknown';
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
