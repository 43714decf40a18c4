// `forcegate config show | validate | diff | rollback`: what is set, whether it can be used, what changed since it last
// worked, and the way back. Secrets are never shown.

import { join, resolve } from 'node:path';

import type { Command } from 'commander';

import {
  compareConfigs,
  ConfigError,
  describeConfig,
  loadConfig,
  type ConfigChange,
} from '../config/index.ts';
import type { CheckWorld } from './check.ts';
import { EXIT_ATTENTION, EXIT_HEALTHY, EXIT_UNUSABLE } from './exit-codes.ts';
import { CommandFault, reportFault, sayWarnings } from './faults.ts';
import { besideConfig, lastGoodPath } from './last-good.ts';
import { noConfiguration } from './no-configuration.ts';
import { paint, type Terminal } from './terminal.ts';

type Done = (code: number) => void;
type ConfigFlags = { readonly config?: string; readonly json?: true };

const CONFIG = [
  '--config <file>',
  'configuration file (default: config.json here, then one directory up)',
] as const;
const JSON_FLAG = ['--json', 'the same as JSON'] as const;
const MODE_OWNER_ONLY = 0o600;

async function runShow({ config, json }: ConfigFlags, world: CheckWorld): Promise<number> {
  const { terminal, cwd, env, files } = world;
  const entries = await describeConfig({ path: config, cwd, env, files });
  await sayContentIsLogged(config, world);
  if (json === true) {
    terminal.out(JSON.stringify(entries, undefined, 2));
    return EXIT_HEALTHY;
  }
  const told = entries.filter(({ value }) => value !== undefined);
  const width = Math.max(...told.map(({ key }) => key.length));
  for (const { key, value, from } of told)
    terminal.out(`${key.padEnd(width)}  ${JSON.stringify(value)}${from === 'default' ? '' : `  (${from})`}`);
  return EXIT_HEALTHY;
}

/** Whoever looks at what is set shall not overlook it among a hundred keys. */
async function sayContentIsLogged(
  config: string | undefined,
  { terminal, cwd, env, files }: CheckWorld,
): Promise<void> {
  const warnings = await loadConfig({ path: config, cwd, env, files }).then(
    (loaded) => loaded.warnings,
    (thrown: unknown) => (thrown instanceof ConfigError ? thrown.warnings : []),
  );
  sayWarnings(
    terminal,
    warnings.filter(({ about }) => about === 'content'),
  );
}

async function runValidate({ config, json }: ConfigFlags, world: CheckWorld): Promise<number> {
  const { terminal, cwd, env, files } = world;
  try {
    const loaded = await loadConfig({ path: config, cwd, env, files });
    if (!loaded.configured) throw noConfiguration(cwd);
    const { warnings, source } = loaded;
    const heed = warnings.some(({ about }) => about !== 'deprecated');
    if (json === true)
      terminal.out(JSON.stringify({ usable: true, source, warnings, problems: [] }, undefined, 2));
    else {
      sayWarnings(terminal, warnings);
      terminal.out(`${source ?? 'the environment'} can be used.`);
    }
    return heed ? EXIT_ATTENTION : EXIT_HEALTHY;
  } catch (thrown) {
    if (json !== true || !(thrown instanceof ConfigError)) throw thrown;
    const { problems, warnings, source } = thrown;
    terminal.out(JSON.stringify({ usable: false, source, warnings, problems }, undefined, 2));
    return EXIT_UNUSABLE;
  }
}

type Pair = { readonly source: string; readonly current: string; readonly lastGood: string };

/** The file in use and its last good version. @throws CommandFault when there is only one of them. */
async function readPair({ config }: ConfigFlags, world: CheckWorld): Promise<Pair> {
  const { cwd, env, files } = world;
  const named = config ?? env['FORCEGATE_CONFIG'];
  const candidates =
    named === undefined
      ? [join(cwd, 'config.json'), resolve(cwd, '..', 'config.json')]
      : [resolve(cwd, named)];
  for (const source of candidates) {
    const [current, lastGood] = [await files.readText(source), await files.readText(lastGoodPath(source))];
    if (lastGood !== undefined) return { source, current: current ?? '{}', lastGood };
    if (current !== undefined)
      throw new CommandFault(
        `There is no ${lastGoodPath(source)}.`,
        'It is written whenever the gateway has started with this configuration and logged in.',
      );
  }
  throw noConfiguration(cwd);
}

/** Undefined where the current text is not JSON. */
function changesOf({ current, lastGood }: Pair): readonly ConfigChange[] | undefined {
  try {
    return compareConfigs(lastGood, current);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    return undefined;
  }
}

const shown = (value: unknown): string => (value === undefined ? '(not set)' : JSON.stringify(value));

function tellChanges(changes: readonly ConfigChange[], terminal: Terminal): void {
  for (const { key, before, after } of changes) {
    terminal.out(paint(terminal, 'bold', key));
    terminal.out(`  last good  ${shown(before)}`);
    terminal.out(`  now        ${shown(after)}${shown(before) === shown(after) ? ' (another one)' : ''}`);
  }
}

async function runDiff(flags: ConfigFlags, world: CheckWorld): Promise<number> {
  const { terminal } = world;
  const pair = await readPair(flags, world);
  const changes = changesOf(pair);
  if (flags.json === true)
    terminal.out(JSON.stringify({ source: pair.source, changes: changes ?? null }, undefined, 2));
  else if (changes === undefined) terminal.out(`${pair.source} is not JSON, so it cannot be compared.`);
  else if (changes.length === 0) terminal.out(`${pair.source} sets what it set when it last worked.`);
  else tellChanges(changes, terminal);
  return changes?.length === 0 ? EXIT_HEALTHY : EXIT_ATTENTION;
}

async function runRollback(flags: ConfigFlags & { readonly yes?: true }, world: CheckWorld): Promise<number> {
  const { terminal, cwd, env, files, clock } = world;
  const pair = await readPair(flags, world);
  const changes = changesOf(pair);
  if (changes?.length === 0) {
    terminal.out(`${pair.source} already sets what it set when it last worked.`);
    return EXIT_HEALTHY;
  }
  // What refers to files that are gone by now is no way back.
  await loadConfig({ path: lastGoodPath(pair.source), cwd, env, files });
  tellChanges(changes ?? [], terminal);
  if (
    flags.yes !== true &&
    !/^y(?:es)?$/iu.test((await terminal.ask('Go back to the last good one? [y/N] ')) ?? '')
  )
    return EXIT_ATTENTION;
  const kept = besideConfig(pair.source, `before-rollback.${clock.nowMs()}`);
  await files.writeAtomic(kept, pair.current, MODE_OWNER_ONLY);
  await files.writeAtomic(pair.source, pair.lastGood, MODE_OWNER_ONLY);
  terminal.out(`${pair.source} is the last good one again; what it was is in ${kept}.`);
  terminal.out('A running gateway takes it over with: forcegate restart');
  return EXIT_HEALTHY;
}

export function addConfigCommands(program: Command, world: CheckWorld, done: Done): void {
  const config = program.command('config').description('look at the configuration, check it, go back');
  const run = (work: (flags: ConfigFlags & { yes?: true }, world: CheckWorld) => Promise<number>) => {
    return async (flags: ConfigFlags & { yes?: true }): Promise<void> => {
      try {
        done(await work(flags, world));
      } catch (thrown) {
        done(reportFault(world.terminal, thrown));
      }
    };
  };
  config
    .command('show')
    .description('every key with its value in force and where it comes from; secrets are not shown')
    .option(...CONFIG)
    .option(...JSON_FLAG)
    .action(run(runShow));
  config
    .command('validate')
    .description('whether the configuration can be used, without asking Salesforce; see also check')
    .option(...CONFIG)
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExit codes: 0 usable, 1 usable with warnings, 2 unusable.')
    .action(run(runValidate));
  config
    .command('diff')
    .description('what changed since the gateway last started and logged in')
    .option(...CONFIG)
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExit codes: 0 nothing changed, 1 something did.')
    .action(run(runDiff));
  config
    .command('rollback')
    .description('go back to the configuration with which the gateway last started and logged in')
    .option(...CONFIG)
    .option('-y, --yes', 'without asking')
    .action(run(runRollback));
}
