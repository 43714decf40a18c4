// The file that `forcegate init` is about to write: the answers, what the command line adds, and the keys of a file that
// is there already. Every trial reads it as if it were written, so what worked in init works afterwards.

import { dirname, isAbsolute, relative, resolve } from 'node:path';

import { ConfigError, keysToKeep, loadConfig, variablesInForce, type Config } from '../config/index.ts';
import type { FileSystem } from '../core/platform/index.ts';
import type { CheckWorld } from './check.ts';
import { CommandFault, reportFault } from './faults.ts';
import { paint } from './terminal.ts';

export type Field = 'instance_url' | 'consumer_key' | 'consumer_secret';
export type Answers = Readonly<Record<Field, string>>;

export type DraftOptions = {
  readonly path: string;
  /** Text of the file that is there. */
  readonly before: string | undefined;
  readonly caFile: string | undefined;
  readonly apiUrl: string | undefined;
};

export const MODE_OWNER_ONLY = 0o600;

const ASKED: readonly string[] = [
  'instance_url',
  'consumer_key',
  'consumer_key_file',
  'consumer_secret',
  'consumer_secret_file',
];
/** The shape of answers, for looking at the rest before anyone is asked. */
const UNASKED: Answers = {
  instance_url: 'https://acme.my.salesforce.com',
  consumer_key: '-',
  consumer_secret: '-',
};

/** `tls.ca_file` and `api_url` as a person at init can set them. */
export function inWordsOfInit(text: string): string {
  return text
    .replaceAll(/\bin "?tls\.ca_file"?/gu, 'with --ca-file')
    .replaceAll(/"?tls\.ca_file"?/gu, '--ca-file')
    .replaceAll('"api_url"', '--api-url');
}

export class InitDraft {
  readonly path: string;
  readonly #options: DraftOptions;
  readonly #world: CheckWorld;
  readonly #kept: Readonly<Record<string, unknown>>;

  private constructor(options: DraftOptions, world: CheckWorld, kept: Readonly<Record<string, unknown>>) {
    this.path = options.path;
    this.#options = options;
    this.#world = world;
    this.#kept = kept;
  }

  /** Looks at all that no answer can mend. @throws ConfigError, CommandFault */
  static async open(options: DraftOptions, world: CheckWorld): Promise<InitDraft> {
    const draft = new InitDraft(options, world, keptOf(options, world));
    try {
      await draft.load(UNASKED);
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      throw draft.#namingOptions(thrown);
    }
    return draft;
  }

  format(answers: Answers): string {
    const { path, caFile, apiUrl } = this.#options;
    const { tls } = this.#kept;
    const whole = {
      ...answers,
      ...this.#kept,
      ...(apiUrl === undefined ? {} : { api_url: apiUrl }),
      ...(caFile === undefined
        ? {}
        : { tls: { ...(typeof tls === 'object' ? tls : {}), ca_file: this.#besideFile(caFile, path) } }),
    };
    return `${JSON.stringify(whole, undefined, 2)}\n`;
  }

  /** As if the file were there already; what is answered or given here comes before any variable. @throws ConfigError */
  async load(answers: Answers): Promise<Config> {
    const { cwd, env, files: real } = this.#world;
    const { path } = this;
    const files: FileSystem = {
      ...real,
      readText: async (asked) => (asked === path ? this.format(answers) : real.readText(asked)),
      mode: async (asked) => (asked === path ? MODE_OWNER_ONLY : real.mode(asked)),
    };
    const hidden = new Set(this.#variables().overridden);
    const seen = Object.fromEntries(Object.entries(env).filter(([name]) => !hidden.has(name)));
    const loaded = await loadConfig({ path, cwd, env: seen, files });
    if (!loaded.configured)
      throw new CommandFault('There is no configuration.', 'Run "forcegate init" again.');
    return { ...loaded.config, login: { ...loaded.config.login, tokenFile: undefined } };
  }

  /** Variables do not go into the file, yet the gateway listens to them. */
  sayVariables(): void {
    const { terminal } = this.#world;
    const { used, overridden } = this.#variables();
    const warning = paint(terminal, 'yellow', 'Note:');
    if (used.length > 0)
      terminal.say(
        `${warning} used here and not written to the file, so set again whenever the gateway starts: ${used.join(', ')}.`,
      );
    if (overridden.length > 0)
      terminal.say(
        `${warning} passed over here, but the gateway puts it before the file; unset: ${overridden.join(', ')}.`,
      );
  }

  #variables(): { used: readonly string[]; overridden: readonly string[] } {
    const { caFile, apiUrl } = this.#options;
    const given = new Set(ASKED);
    if (caFile !== undefined) given.add('tls.ca_file');
    if (apiUrl !== undefined) given.add('api_url');
    const all = variablesInForce(this.#world.env);
    // HOST and PORT are set by many systems and change nothing of a trial.
    const ours = all.filter(({ variable }) => variable.includes('_'));
    const names = (isGiven: boolean): readonly string[] =>
      ours.filter(({ key }) => given.has(key) === isGiven).map(({ variable }) => variable);
    return { used: names(false), overridden: names(true) };
  }

  /** Relative to the file, as the gateway reads it; what was given absolute stays so. */
  #besideFile(named: string, path: string): string {
    return isAbsolute(named) ? named : relative(dirname(path), resolve(this.#world.cwd, named));
  }

  #namingOptions({ problems, source, warnings }: ConfigError): ConfigError {
    const { before, caFile, apiUrl } = this.#options;
    const named = problems.map((problem) => {
      if (problem.key === 'tls.ca_file' && caFile !== undefined) return { ...problem, key: '--ca-file' };
      if (problem.key === 'api_url' && apiUrl !== undefined) return { ...problem, key: '--api-url' };
      return problem;
    });
    return new ConfigError(named, before === undefined ? undefined : source, warnings);
  }
}

/** A file that cannot be read as JSON has nothing to keep but itself. @throws ConfigError */
function keptOf({ path, before }: DraftOptions, { terminal }: CheckWorld): Readonly<Record<string, unknown>> {
  if (before === undefined) return {};
  try {
    return keysToKeep(path, before, ASKED);
  } catch (thrown) {
    if (!(thrown instanceof ConfigError) || thrown.problems.some(({ key }) => key !== path)) throw thrown;
    reportFault(terminal, thrown);
    terminal.say('So none of its keys are taken over.');
    return {};
  }
}
