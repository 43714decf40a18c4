// The commands that ask models, with the predecessor's flags.

import { InvalidArgumentError, type Command } from 'commander';

import { runChat } from './chat.ts';
import type { CheckWorld } from './check.ts';
import { runEmbed } from './embed.ts';
import { runGenerate } from './generate.ts';
import { runModels } from './models.ts';
import { runSentiment } from './sentiment.ts';

/** The alias that the predecessor's users know; it means a quick model. */
const MODEL = 'default';
const EMBEDDING_MODEL = 'text-embedding-ada-002';

type Done = (code: number) => void;

function readCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/u.test(text)) throw new InvalidArgumentError('Give a whole number above 0.');
  return Number(text);
}

function readTemperature(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 2))
    throw new InvalidArgumentError('Give a number from 0 to 2.');
  return value;
}

const CONFIG = [
  '--config <file>',
  'configuration file (default: config.json here, then one directory up)',
] as const;
const DEMO = ['--demo', 'ask a simulated org instead of a real one'] as const;

const withQuestionFlags = (command: Command): Command =>
  command
    .option(...CONFIG)
    .option(...DEMO)
    .option('-m, --model <name>', 'who answers; "forcegate models" lists them', MODEL)
    .option('-t, --max-tokens <count>', 'most tokens of the answer', readCount)
    .option('-T, --temperature <number>', 'from 0 (plain) to 2 (wild)', readTemperature)
    .option('-s, --system <text>', 'what the model is told first');

type QuestionFlags = {
  readonly config?: string;
  readonly demo?: true;
  readonly model: string;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly system?: string;
};

export function addAskCommands(program: Command, world: CheckWorld, done: Done): void {
  withQuestionFlags(
    program.command('generate').description('ask one question; the answer goes to standard output'),
  )
    .argument('<prompt>', 'the question')
    .option('-v, --verbose', 'also tokens, how it ended and by which surface')
    .option('--json', 'the answer as JSON')
    .addHelpText('after', '\nExample:\n  forcegate generate -m claude-sonnet-4-6 "Why is the sky blue?"')
    .action(async (prompt: string, flags: QuestionFlags & { verbose?: true; json?: true }) => {
      done(
        await runGenerate(
          { ...flags, prompt, verbose: flags.verbose === true, json: flags.json === true },
          world,
        ),
      );
    });
  withQuestionFlags(program.command('chat').description('talk with a model, line by line')).action(
    async (flags: QuestionFlags) => done(await runChat(flags, world)),
  );
  program
    .command('models')
    .description('list the models that can be asked')
    .option(...CONFIG)
    .option(...DEMO)
    .option('--json', 'the list as JSON')
    .action(async (flags: { config?: string; demo?: true; json?: true }) => {
      done(await runModels({ ...flags, json: flags.json === true }, world));
    });
  program
    .command('embed')
    .description('turn a text into numbers that tell how near texts are')
    .argument('<text>')
    .option(...CONFIG)
    .option(...DEMO)
    .option('-m, --model <name>', 'which embedding model', EMBEDDING_MODEL)
    .option('--json', 'all of the numbers, as JSON')
    .action(async (text: string, flags: { config?: string; demo?: true; model: string; json?: true }) => {
      done(await runEmbed({ ...flags, text, json: flags.json === true }, world));
    });
  program
    .command('sentiment')
    .description('judge what a text feels like')
    .argument('<text>')
    .option(...CONFIG)
    .option(...DEMO)
    .option('-m, --model <name>', 'who judges', MODEL)
    .option('--json', 'the judgement as JSON')
    .action(async (text: string, flags: { config?: string; demo?: true; model: string; json?: true }) => {
      done(await runSentiment({ ...flags, text, json: flags.json === true }, world));
    });
}
