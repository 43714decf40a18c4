// `forcegate token show | refresh` and `forcegate metrics`: what is known of the token, never the token itself; a new one;
// the numbers of the gateway that runs.

import type { Command } from 'commander';

import { loadConfig, type Config } from '../config/index.ts';
import { CancelSource } from '../core/platform/index.ts';
import type { CheckWorld } from './check.ts';
import { EXIT_ATTENTION, EXIT_HEALTHY } from './exit-codes.ts';
import { CommandFault, reportFault, sayWarnings } from './faults.ts';
import { noConfiguration } from './no-configuration.ts';
import { askGateway, findGateway, notRunning } from './running-gateway.ts';

type Done = (code: number) => void;
type Flags = { readonly config?: string; readonly json?: true; readonly url?: string };

const CONFIG = [
  '--config <file>',
  'configuration file (default: config.json here, then one directory up)',
] as const;
const CLAIM_CHARACTERS_MAX = 200;
const MS_PER_S = 1000;
/** The claims that are times, in seconds since the epoch. */
const TIMES: ReadonlySet<string> = new Set(['iat', 'nbf', 'exp']);

async function configOf(flags: Flags, world: CheckWorld): Promise<Config> {
  const { cwd, env, files, terminal } = world;
  const loaded = await loadConfig({ path: flags.config, cwd, env, files });
  sayWarnings(terminal, loaded.warnings);
  if (!loaded.configured) throw noConfiguration(cwd);
  return loaded.config;
}

async function runShow(flags: Flags, world: CheckWorld): Promise<number> {
  const { terminal, clock, files } = world;
  const { tokenFile } = (await configOf(flags, world)).login;
  if (tokenFile === undefined)
    throw new CommandFault(
      'The token is kept in memory only ("token_file" is null).',
      'See "forcegate status" for its state.',
    );
  const text = await files.readText(tokenFile);
  const found = text === undefined ? undefined : readTokenFile(text);
  if (found === undefined)
    throw new CommandFault(
      `There is no token in ${tokenFile}.`,
      'Log in: forcegate token refresh, or start the gateway.',
    );
  const leftS = Math.round(found.expiresAtS - clock.nowMs() / MS_PER_S);
  const state = leftS > 0 ? 'valid' : 'expired';
  if (flags.json === true) {
    const { header, claims } = found;
    terminal.out(
      JSON.stringify({ state, expires_in_seconds: leftS, file: tokenFile, header, claims }, undefined, 2),
    );
  } else {
    terminal.out(
      `state    ${state}, ${leftS > 0 ? `${Math.floor(leftS / 60)} min ${leftS % 60} s left` : 'no time left'}`,
    );
    terminal.out(`file     ${tokenFile}`);
    for (const [name, value] of Object.entries({ ...found.header, ...found.claims }))
      terminal.out(`${name.padEnd(8)} ${TIMES.has(name) ? formatTime(value) : formatClaim(value)}`);
  }
  return leftS > 0 ? EXIT_HEALTHY : EXIT_ATTENTION;
}

type Claims = Readonly<Record<string, unknown>>;
type FoundToken = { readonly expiresAtS: number; readonly header: Claims; readonly claims: Claims };

/** The header and the claims, without the signature, which alone makes a token of them. */
function readTokenFile(text: string): FoundToken | undefined {
  const file = readObject(text);
  const { access_token: token, expires_at: expiresAtS } = file ?? {};
  if (typeof token !== 'string' || typeof expiresAtS !== 'number') return undefined;
  const [header, claims] = token
    .split('.')
    .map((part) => readObject(Buffer.from(part, 'base64url').toString()));
  return { expiresAtS, header: header ?? {}, claims: claims ?? {} };
}

function readObject(text: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

const formatTime = (value: unknown): string =>
  typeof value === 'number' ? new Date(value * MS_PER_S).toISOString() : formatClaim(value);

function formatClaim(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > CLAIM_CHARACTERS_MAX ? `${text.slice(0, CLAIM_CHARACTERS_MAX)}…` : text;
}

async function runRefresh(flags: Flags, world: CheckWorld): Promise<number> {
  const { terminal } = world;
  const config = await configOf(flags, world);
  // The probe does not read the token file, so it mints; and it keeps what it minted.
  const probe = await world.programs.createProbe(config);
  try {
    const { expiresInS } = await probe.login(new CancelSource());
    const { tokenFile } = config.login;
    if (flags.json === true)
      terminal.out(JSON.stringify({ expires_in_seconds: expiresInS, file: tokenFile ?? null }, undefined, 2));
    else {
      terminal.out(`A new token that lasts ${Math.round((expiresInS ?? 0) / 60)} minutes.`);
      terminal.out(
        tokenFile === undefined
          ? 'It is not kept: "token_file" is null.'
          : `Kept in ${tokenFile}. A gateway that runs keeps its own, and renews it by itself; it takes this one at its next start.`,
      );
    }
    return EXIT_HEALTHY;
  } finally {
    await probe.close();
  }
}

async function runMetrics(flags: Flags, world: CheckWorld): Promise<number> {
  const gateway = await findGateway(flags, world);
  const answer = await askGateway(gateway, flags.json === true ? '/metrics/performance' : '/metrics');
  if (answer === undefined) throw notRunning(gateway);
  if (answer.status !== 200)
    throw new CommandFault(
      `${gateway.url} does not tell its numbers (HTTP ${answer.status}).`,
      "They are the operator's: set FORCEGATE_ADMIN_KEY to the admin key.",
    );
  const text = flags.json === true ? JSON.stringify(JSON.parse(answer.text), undefined, 2) : answer.text;
  world.terminal.out(text.replace(/\n$/u, ''));
  return EXIT_HEALTHY;
}

export function addTokenCommands(program: Command, world: CheckWorld, done: Done): void {
  const run = (work: (flags: Flags, world: CheckWorld) => Promise<number>) => {
    return async (flags: Flags): Promise<void> => {
      try {
        done(await work(flags, world));
      } catch (thrown) {
        done(reportFault(world.terminal, thrown));
      }
    };
  };
  const token = program.command('token').description('what is known of the token; a new one');
  token
    .command('show')
    .description('the claims of the token in the token file and the time it has left; never the token')
    .option(...CONFIG)
    .option('--json', 'the same as JSON')
    .action(run(runShow));
  token
    .command('refresh')
    .description('log in anew and keep the token in the token file')
    .option(...CONFIG)
    .option('--json', 'the same as JSON')
    .action(run(runRefresh));
  program
    .command('metrics')
    .description('the numbers of the gateway that runs, as Prometheus reads them')
    .option(...CONFIG)
    .option('--url <address>', 'ask the gateway there instead')
    .option('--json', "the most telling ones as JSON, under the predecessor's names")
    .action(run(runMetrics));
}
