// The command line: which commands there are, what they take, and what their help says. Resolves with the exit code and
// never ends the process itself.

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

import { addAskCommands } from './ask-commands.ts';
import { runCheck, type CheckWorld } from './check.ts';
import { addConfigCommands } from './config-commands.ts';
import { addConnect } from './connect.ts';
import { addDaemonCommands } from './daemon-commands.ts';
import { EXIT_HEALTHY, EXIT_UNUSABLE } from './exit-codes.ts';
import { reportFault } from './faults.ts';
import { runInit, type InitOptions } from './init.ts';
import { runStart } from './start.ts';
import { addStreamCommands } from './stream-commands.ts';
import { addTokenCommands } from './token-commands.ts';

const PORT_MAX = 65_535;

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/u.test(text) || port > PORT_MAX)
    throw new InvalidArgumentError(`Give a whole number from 0 to ${PORT_MAX}.`);
  return port;
}

const collect = (model: string, models: readonly string[] | undefined): readonly string[] => [
  ...(models ?? []),
  model,
];

function addInit(program: Command, world: CheckWorld, done: (code: number) => void): void {
  program
    .command('init')
    .description(
      'write config.json: asks for what it needs, says where in Setup it stands, tries each answer',
    )
    .option('--config <file>', 'the file to write (default: config.json here)')
    .option('--ca-file <path>', 'PEM file of a CA to trust too, as of a corporate proxy; becomes tls.ca_file')
    .option('--api-url <url>', 'where the models are asked (default: https://api.salesforce.com)')
    .addHelpText(
      'after',
      `
The three answers may also come from a pipe, one a line: My Domain, consumer key, consumer secret.
Of a file that is there only these change; its other keys stay, and the old file is kept beside it.`,
    )
    .action(async (flags: InitOptions) => done(await runInit(flags, world)));
}

type StartFlags = {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
  readonly demo?: true;
  readonly demoWhenUnconfigured?: true;
  readonly daemon?: true;
  readonly runFile?: string;
};

function addStart(program: Command, world: CheckWorld, done: (code: number) => void): void {
  program
    .command('start')
    .description('start the gateway')
    .option('--config <file>', 'configuration file (default: config.json here, then one directory up)')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <number>', 'port to listen on, 0 for any free one (default: 8000)', readPort)
    .option('--demo', 'serve a simulated org instead of a real one, on this machine only')
    .option('--demo-when-unconfigured', 'the same, but only when there is no configuration at all')
    .option('--daemon', 'in the background, with its log in logs/; see status, logs, stop')
    .addOption(new Option('--run-file <file>', 'the process in the background itself').hideHelp())
    .addHelpText(
      'after',
      `
Examples:
  forcegate start --demo              try it without an org
  forcegate start                     serve the org that config.json names
  forcegate start --daemon            the same in the background
  forcegate start --config prod.json --port 9000`,
    )
    .action(async (flags: StartFlags) => {
      const demo = flags.demo === true;
      const demoWhenUnconfigured = flags.demoWhenUnconfigured === true;
      const daemon = flags.daemon === true;
      done(await runStart({ ...flags, demo, demoWhenUnconfigured, daemon }, world));
    });
}

type CheckFlags = {
  readonly config?: string;
  readonly model?: readonly string[];
  readonly all?: true;
  readonly verbose?: true;
  readonly offline?: true;
  readonly json?: true;
};

function addCheck(program: Command, world: CheckWorld, done: (code: number) => void): void {
  program
    .command('check')
    .description('tell whether the configuration works, and what to do where it does not; changes nothing')
    .option('--config <file>', 'configuration file (default: config.json here, then one directory up)')
    .option('--model <name>', 'make one tiny call to this model; may be repeated', collect)
    .option('--all', 'make one tiny call to every model')
    .option('--offline', 'look at configuration and files only')
    .option('-v, --verbose', 'also times and what Salesforce said')
    .option('--json', 'the result as JSON')
    .addHelpText('after', '\nExit codes: 0 healthy, 1 needs attention, 2 unusable configuration.')
    .action(async ({ config, model, all, verbose, offline, json }: CheckFlags) => {
      const flags = {
        all: all === true,
        verbose: verbose === true,
        offline: offline === true,
        json: json === true,
      };
      done(await runCheck({ config, models: model ?? [], ...flags }, world));
    });
}

function addSimulate(program: Command, world: CheckWorld, done: (code: number) => void): void {
  const { terminal, programs } = world;
  program
    .command('simulate')
    .description('run a simulated Salesforce org; "forcegate simulate --help" lists its options')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[options...]')
    .action(async (args: readonly string[]) => {
      const out = { write: (text: string) => terminal.out(text.replace(/\n$/u, '')) };
      const errors = { write: (text: string) => terminal.say(text.replace(/\n$/u, '')) };
      done(await programs.runSimulator(args, out, errors));
    });
}

function createProgram(world: CheckWorld, done: (code: number) => void): Command {
  const { terminal } = world;
  const program = new Command('forcegate')
    .description("One base URL that lets every AI tool use the models behind Salesforce's Trust Layer.")
    .version(world.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.replace(/\n$/u, '')),
      writeErr: (text) => terminal.say(text.replace(/\n$/u, '')),
      getErrHasColors: () => terminal.colour,
      getOutHasColors: () => terminal.colour,
    })
    .showSuggestionAfterError();
  // Commands take over these settings when they are added.
  addInit(program, world, done);
  addStart(program, world, done);
  addDaemonCommands(program, world, done);
  addCheck(program, world, done);
  addConfigCommands(program, world, done);
  addTokenCommands(program, world, done);
  addConnect(program, world, done);
  addAskCommands(program, world, done);
  addStreamCommands(program, world, done);
  addSimulate(program, world, done);
  return program;
}

/** `args` without the interpreter and the script. */
export async function runCommandLine(args: readonly string[], world: CheckWorld): Promise<number> {
  let code = EXIT_HEALTHY;
  const program = createProgram(world, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) return reportFault(world.terminal, thrown);
    if (thrown.code === 'commander.unknownCommand')
      world.terminal.say('"forcegate --help" lists the commands.');
    // Help and version end this way too; they told what was asked for.
    return thrown.exitCode === 0 ? EXIT_HEALTHY : EXIT_UNUSABLE;
  }
}
