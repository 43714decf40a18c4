// The command that judges streams. What it runs loads three protocols, so it is loaded when it is asked for.

import { Option, type Command } from 'commander';

import type { CheckWorld } from './check.ts';
import { PROTOCOLS, type Protocol } from './recorded-answer.ts';

type Flags = {
  readonly protocol: Protocol | 'auto';
  readonly strict?: true;
  readonly live?: true;
  readonly model: string;
  readonly config?: string;
  readonly demo?: true;
  readonly json?: true;
  readonly verbose?: true;
};

export function addStreamCommands(program: Command, world: CheckWorld, done: (code: number) => void): void {
  program
    .command('validate-stream')
    .description('hold a recorded stream to the grammar of its protocol, and tell each fault with its fix')
    .argument('[file]', 'what curl -N (or curl -Ni) wrote; - is standard input', '-')
    .addOption(
      new Option('--protocol <name>', 'which protocol it is').choices([...PROTOCOLS, 'auto']).default('auto'),
    )
    .option('--strict', 'also what Forcegate promises beyond the formats')
    .option('--live', 'ask a model now and judge its streams, in place of a file; always strict')
    .option('-m, --model <name>', 'who is asked with --live', 'default')
    .option('--config <file>', 'configuration file for --live')
    .option('--demo', 'with --live: ask a simulated org instead of a real one')
    .option('-v, --verbose', 'also the clause that each rule stands on')
    .option('--json', 'the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  curl -N https://host/v1/messages ... | forcegate validate-stream
  forcegate validate-stream recorded.txt --protocol chat
  forcegate validate-stream --live

Exit codes: 0 valid, 1 faults, 2 not a stream that can be judged.`,
    )
    .action(async (file: string, flags: Flags) => {
      const { runValidateStream } = await import('./validate-stream.ts');
      const { protocol, strict, live, json, verbose } = flags;
      done(
        await runValidateStream(
          {
            ...flags,
            file,
            protocol: protocol === 'auto' ? undefined : protocol,
            strict: strict === true,
            live: live === true,
            json: json === true,
            verbose: verbose === true,
          },
          world,
        ),
      );
    });
}
