// The commands about a gateway that runs: in the background, or wherever this configuration leads.

import { InvalidArgumentError, type Command } from 'commander';

import type { CheckWorld } from './check.ts';
import { runLogs } from './logs.ts';
import { runStatus } from './status.ts';
import { runRestart, runStop } from './stop.ts';

type Done = (code: number) => void;

const LINES = 50;

const CONFIG = [
  '--config <file>',
  'configuration file (default: config.json here, then one directory up)',
] as const;

function readLines(text: string): number {
  if (!/^\d{1,6}$/u.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

export function addDaemonCommands(program: Command, world: CheckWorld, done: Done): void {
  program
    .command('stop')
    .description('end the gateway in the background; requests under way may end first')
    .option(...CONFIG)
    .option('--force', 'end it at once where it does not end by itself')
    .action(async (flags: { config?: string; force?: true }) =>
      done(await runStop({ ...flags, force: flags.force === true }, world)),
    );
  program
    .command('restart')
    .description('stop the gateway in the background and start it anew, with the flags it had')
    .option(...CONFIG)
    .option('--force', 'end it at once where it does not end by itself')
    .action(async (flags: { config?: string; force?: true }) =>
      done(
        await runRestart(
          { ...flags, force: flags.force === true, demo: false, demoWhenUnconfigured: false },
          world,
        ),
      ),
    );
  program
    .command('status')
    .description('tell whether a gateway runs, and how it is')
    .option(...CONFIG)
    .option('--url <address>', 'ask the gateway there instead')
    .option('--json', 'the same as JSON')
    .option('--live', 'only whether it answers at all, for the health checks of containers')
    .addHelpText('after', '\nExit codes: 0 healthy, 1 not running or in need of attention.')
    .action(async (flags: { config?: string; url?: string; json?: true; live?: true }) =>
      done(await runStatus({ ...flags, json: flags.json === true, live: flags.live === true }, world)),
    );
  program
    .command('logs')
    .description('show the log of the gateway in the background')
    .option(...CONFIG)
    .option('-n, --lines <number>', 'how many of the last lines', readLines, LINES)
    .option('-f, --follow', 'go on with those that come, until Ctrl+C')
    .action(async (flags: { config?: string; lines: number; follow?: true }) =>
      done(await runLogs({ ...flags, follow: flags.follow === true }, world)),
    );
}
