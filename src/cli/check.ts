// `forcegate check`: what the predecessor's health check did, without its harm. It looks at the configuration, the files,
// the way to Salesforce, the login and one tiny call for each model asked for, and changes nothing: no file is written,
// and the token in use elsewhere stays as it is.

import { ConfigError, isLoopbackHost, loadConfig, type Config, type LoadedConfig } from '../config/index.ts';
import type { Timers } from '../core/platform/index.ts';
import { judgeOwnCertificate } from './check-certificate.ts';
import { checkOrg } from './check-org.ts';
import { createReporter, type Finding } from './check-report.ts';
import { remedyOfReach } from './check-remedies.ts';
import type { Reached, ReachHost } from './reach-host.ts';
import type { ReadRecording } from './recordings.ts';
import type { CommandWorld } from './start.ts';

export type CheckWorld = CommandWorld & {
  readonly timers: Timers;
  readonly reachHost: ReachHost;
  readonly readRecording: ReadRecording;
};

export type CheckOptions = {
  readonly config?: string | undefined;
  readonly models: readonly string[];
  /** Every model there is, in place of `models`. */
  readonly all: boolean;
  readonly verbose: boolean;
  readonly offline: boolean;
  readonly json: boolean;
};

const REACH_MS = 10_000;
const READABLE_BY_ALL = 0o004;

type Ask = (finding: Finding) => void;

async function checkConfig(options: CheckOptions, world: CheckWorld, add: Ask): Promise<Config | undefined> {
  let loaded: LoadedConfig;
  try {
    loaded = await loadConfig({ path: options.config, cwd: world.cwd, env: world.env, files: world.files });
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    for (const { key, fault, fix } of thrown.problems)
      add({ check: 'config', status: 'failed', code: 'config_unusable', message: `${key} ${fault}`, fix });
    return undefined;
  }
  if (!loaded.configured) {
    add({
      check: 'config',
      status: 'failed',
      code: 'config_missing',
      message: `There is no config.json in ${world.cwd} nor one directory up, and no SALESFORCE_ or FORCEGATE_ variable is set.`,
      fix: 'Make one with: forcegate init. Or name one with --config. Without an org: forcegate start --demo.',
    });
    return undefined;
  }
  add({ check: 'config', status: 'ok', message: `${loaded.source ?? 'the environment'} can be used.` });
  for (const { about, message } of loaded.warnings) {
    if (about === 'permissions') {
      add({ check: 'permissions', status: 'attention', code: 'config_exposed', message });
      continue;
    }
    const status = about === 'deprecated' ? 'note' : 'attention';
    add({ check: 'config', status, code: `config_${about}`, message });
  }
  return loaded.config;
}

async function checkTokenFile(config: Config, world: CheckWorld, add: Ask): Promise<void> {
  const check = 'token file';
  const path = config.login.tokenFile;
  if (path === undefined) {
    add({ check, status: 'ok', message: 'The token is kept in memory only.' });
    return;
  }
  if (!(await world.files.isWritable(path))) {
    add({
      check,
      status: 'failed',
      code: 'token_file_unwritable',
      message: `${path} cannot be written, so every start logs in anew.`,
      fix: 'Make its directory, or change its permissions, or set "token_file" to null.',
    });
    return;
  }
  const mode = await world.files.mode(path);
  if (process.platform !== 'win32' && mode !== undefined && (mode & READABLE_BY_ALL) !== 0)
    add({
      check,
      status: 'attention',
      code: 'token_file_exposed',
      message: `${path} can be read by every user of this machine.`,
      fix: `chmod 600 ${path}`,
    });
  else add({ check, status: 'ok', message: `${path} can be written.` });
}

/** Hosts behind a proxy are reached by the proxy: their names may not even be known here. */
function isProxied(origin: string, config: Config): boolean {
  const { httpProxy, httpsProxy, noProxy } = config.network.proxy;
  const { hostname, protocol } = new URL(origin);
  const proxy = protocol === 'https:' ? (httpsProxy ?? httpProxy) : httpProxy;
  if (proxy === undefined || isLoopbackHost(hostname)) return false;
  return !(noProxy ?? '')
    .split(/[\s,]+/u)
    .map((entry) =>
      entry
        .replace(/^\*?\./u, '')
        .replace(/:\d+$/u, '')
        .toLowerCase(),
    )
    .some((entry) => entry === '*' || entry === hostname || (entry !== '' && hostname.endsWith(`.${entry}`)));
}

async function checkReach(
  origin: string,
  check: string,
  config: Config,
  world: CheckWorld,
  add: Ask,
): Promise<boolean> {
  const { host } = new URL(origin);
  if (isProxied(origin, config)) {
    add({ check, status: 'skipped', message: `${host} is reached through the proxy; the login tells.` });
    return true;
  }
  const startedMs = world.clock.monotonicMs();
  const reached: Reached = await world.reachHost(origin, {
    caPem: config.network.caPem,
    timeoutMs: REACH_MS,
  });
  const durationMs = world.clock.monotonicMs() - startedMs;
  if (reached.type === 'failed') {
    add({ check, status: 'failed', ...remedyOfReach(host, reached), detail: reached.code, durationMs });
    return false;
  }
  const how = reached.protocol === undefined ? 'without TLS' : `by ${reached.protocol}`;
  add({ check, status: 'ok', message: `${host} answers ${how}.`, detail: reached.address, durationMs });
  return true;
}

async function checkOnline(
  config: Config,
  options: CheckOptions,
  world: CheckWorld,
  add: Ask,
): Promise<void> {
  const login = await checkReach(config.login.instanceUrl, 'login host', config, world, add);
  const models = await checkReach(config.api.url, 'model host', config, world, add);
  if (!login || !models) {
    add({ check: 'login', status: 'skipped', message: 'Salesforce cannot be reached.' });
    return;
  }
  // Without a token file: the check neither uses nor replaces the token of a gateway that runs beside it.
  const apart: Config = { ...config, login: { ...config.login, tokenFile: undefined } };
  const probe = await world.programs.createProbe(apart);
  try {
    await checkOrg({ probe, config, options, world, add });
  } finally {
    await probe.close();
  }
}

/** Resolves with the exit code: 0 healthy, 1 attention, 2 unusable configuration. */
export async function runCheck(options: CheckOptions, world: CheckWorld): Promise<number> {
  const findings: Finding[] = [];
  const reporter = createReporter(world.terminal, options);
  const add = (finding: Finding): void => {
    findings.push(finding);
    reporter.add(finding);
  };
  const config = await checkConfig(options, world, add);
  if (config === undefined) return reporter.finish({ findings, usable: false });
  await checkTokenFile(config, world, add);
  const certificate = judgeOwnCertificate(config, world.clock.nowMs());
  if (certificate !== undefined) add(certificate);
  if (options.offline) add({ check: 'login', status: 'skipped', message: 'Not asked for: --offline.' });
  else await checkOnline(config, options, world, add);
  return reporter.finish({ findings, usable: true });
}
