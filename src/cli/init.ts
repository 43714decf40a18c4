// `forcegate init`: from nothing to a configuration that works. Asks for three things, says where in Setup each stands,
// tries each answer at once with the org itself, and writes config.json for its owner's eyes only. An answer that does
// not work is asked for again; a file that is there is never replaced without a yes.

import { join, resolve } from 'node:path';

import { ConfigError, loadConfig, type Config } from '../config/index.ts';
import { GatewayError, toGatewayError } from '../core/errors/index.ts';
import { CancelSource, type FileSystem } from '../core/platform/index.ts';
import { remedyOf, remedyOfReach } from './check-remedies.ts';
import type { CheckWorld } from './check.ts';
import { EXIT_ATTENTION, EXIT_HEALTHY } from './exit-codes.ts';
import { CommandFault, reportFault } from './faults.ts';
import { besideConfig } from './last-good.ts';
import { paint } from './terminal.ts';

export type InitOptions = { readonly config?: string | undefined };

type Field = 'instance_url' | 'consumer_key' | 'consumer_secret';
type Answers = Readonly<Record<Field, string>>;

const QUESTIONS: Readonly<Record<Field, { readonly where: string; readonly prompt: string }>> = {
  instance_url: {
    where: 'Setup > My Domain shows the address of your org, for example acme.my.salesforce.com.',
    prompt: 'My Domain: ',
  },
  consumer_key: {
    where:
      'Setup > External Client App Manager > your app > Settings > OAuth Settings > Consumer Key and Secret shows both.\n' +
      'The app needs: client credentials flow with a Run-As user, scopes api, refresh_token and sfap_api, JWT-based access tokens.',
    prompt: 'Consumer key: ',
  },
  consumer_secret: { where: 'It stands beside the key.', prompt: 'Consumer secret (not shown): ' },
};

/** Which answer a refused login blames; anything else is to be mended in Setup. */
const BLAMED: Readonly<Record<string, Field>> = {
  wrong_key: 'consumer_key',
  wrong_secret: 'consumer_secret',
  wrong_login_host: 'instance_url',
};

const FILE_NAME = 'config.json';
const MODEL = 'default';
const MODE_OWNER_ONLY = 0o600;
const TRIES_MAX = 10;
const REACH_MS = 10_000;
const LOGIN_MS = 200_000;
const CALL_MS = 120_000;

export async function runInit(options: InitOptions, world: CheckWorld): Promise<number> {
  const { terminal, cwd } = world;
  const path = resolve(cwd, options.config ?? join(cwd, FILE_NAME));
  try {
    const before = await world.files.readText(path);
    if (
      before !== undefined &&
      !(await isYes(`${path} exists. Replace it? The old one is kept. [y/N] `, world))
    )
      return EXIT_ATTENTION;
    const answers = await askUntilItWorks(path, world);
    if (before !== undefined)
      await world.files.writeAtomic(
        besideConfig(path, `before-init.${world.clock.nowMs()}`),
        before,
        MODE_OWNER_ONLY,
      );
    await world.files.writeAtomic(path, formatConfig(answers), MODE_OWNER_ONLY);
    terminal.say(`
${paint(terminal, 'green', `Written: ${path}`)}
  forcegate start --daemon       run it
  forcegate connect claude-code  point a tool at it (see forcegate connect --help)
  forcegate check --all          try every model`);
    return EXIT_HEALTHY;
  } catch (thrown) {
    return reportFault(terminal, thrown);
  }
}

const formatConfig = (answers: Answers): string => `${JSON.stringify(answers, undefined, 2)}\n`;

async function askUntilItWorks(path: string, world: CheckWorld): Promise<Answers> {
  const { terminal } = world;
  const instanceUrl = await askAddress(path, world);
  const answers: Record<Field, string> = {
    instance_url: instanceUrl,
    consumer_key: await ask('consumer_key', world),
    consumer_secret: await ask('consumer_secret', world),
  };
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    terminal.say(paint(terminal, 'dim', 'Logging in ...'));
    const error = await tryLogin(await loadAnswers(path, answers, world), world);
    if (error === undefined) return answers;
    sayFault(error, world);
    const blamed = BLAMED[error.reason ?? ''];
    if (blamed === 'instance_url') answers.instance_url = await askAddress(path, world);
    else if (blamed !== undefined) answers[blamed] = await ask(blamed, world);
    else if (!(await isYes('Try again once that is mended? [Y/n] ', world, true)))
      throw new CommandFault('Nothing was written.', 'Run "forcegate init" again.');
  }
  throw new CommandFault(`${TRIES_MAX} tries did not lead to a login.`, 'Nothing was written.');
}

/** Asked until the host is reached. */
async function askAddress(path: string, world: CheckWorld): Promise<string> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const url = toAddress(await ask('instance_url', world));
    try {
      const config = await loadAnswers(
        path,
        { instance_url: url, consumer_key: '-', consumer_secret: '-' },
        world,
      );
      const { instanceUrl } = config.login;
      const reached = await world.reachHost(instanceUrl, {
        caPem: config.network.caPem,
        timeoutMs: REACH_MS,
      });
      if (reached.type === 'reached') return url;
      // A proxy may know the name that this machine does not.
      if (config.network.proxy.httpsProxy !== undefined) return url;
      const { message, fix } = remedyOfReach(new URL(instanceUrl).host, reached);
      world.terminal.say(`${paint(world.terminal, 'red', message)}\n  ${fix}`);
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      reportFault(world.terminal, thrown);
    }
  }
  throw new CommandFault(`${TRIES_MAX} addresses did not lead to an org.`, 'Nothing was written.');
}

/** People copy what they see: the bare domain, its first word, a page's whole address. */
function toAddress(text: string): string {
  const domain = text.replace(/^https:\/\//iu, '').replace(/\/.*$/u, '');
  if (/^[\w-]+$/u.test(domain)) return `https://${domain}.my.salesforce.com`;
  return text.startsWith('http') ? text : `https://${domain}`;
}

async function ask(field: Field, { terminal }: CheckWorld): Promise<string> {
  const { where, prompt } = QUESTIONS[field];
  terminal.say(paint(terminal, 'dim', where));
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const typed = await terminal.ask(prompt, { hidden: field === 'consumer_secret' });
    if (typed === undefined) break;
    if (typed.trim() !== '') return typed.trim();
  }
  throw new CommandFault(
    'There was no answer, so nothing was written.',
    'Run "forcegate init" in a terminal.',
  );
}

async function isYes(question: string, { terminal }: CheckWorld, otherwise = false): Promise<boolean> {
  const typed = await terminal.ask(question);
  if (typed === undefined) return false;
  return typed.trim() === '' ? otherwise : /^y(?:es)?$/iu.test(typed.trim());
}

/** As if the file were there already. @throws ConfigError */
async function loadAnswers(path: string, answers: Answers, world: CheckWorld): Promise<Config> {
  const { cwd, env } = world;
  const files: FileSystem = {
    ...world.files,
    readText: async (asked) => (asked === path ? formatConfig(answers) : world.files.readText(asked)),
    mode: async (asked) => (asked === path ? MODE_OWNER_ONLY : world.files.mode(asked)),
  };
  const loaded = await loadConfig({ path, cwd, env, files });
  if (!loaded.configured) throw new CommandFault('There is no configuration.', 'Run "forcegate init" again.');
  return { ...loaded.config, login: { ...loaded.config.login, tokenFile: undefined } };
}

/** A login and one tiny call: what fails of it, undefined when all goes well. */
async function tryLogin(config: Config, world: CheckWorld): Promise<GatewayError | undefined> {
  const { terminal } = world;
  const probe = await world.programs.createProbe(config);
  try {
    await within(LOGIN_MS, world, (signal) => probe.login(signal));
    terminal.say(`${paint(terminal, 'green', 'Logged in.')} Asking a model ...`);
    const { model, surface } = await within(CALL_MS, world, (signal) => probe.call(MODEL, signal));
    terminal.say(`${paint(terminal, 'green', `${model} answered`)} by ${surface}.`);
    return undefined;
  } catch (thrown) {
    return toGatewayError(thrown);
  } finally {
    await probe.close();
  }
}

async function within<T>(
  limitMs: number,
  world: CheckWorld,
  work: (signal: CancelSource) => Promise<T>,
): Promise<T> {
  const limit = new CancelSource();
  const timer = world.timers.after(limitMs, () =>
    limit.abort(new GatewayError('upstream_timeout', `No answer in ${limitMs / 1000} seconds.`)),
  );
  try {
    return await work(limit);
  } finally {
    timer.cancel();
  }
}

function sayFault(error: GatewayError, { terminal }: CheckWorld): void {
  terminal.say(paint(terminal, 'red', error.message));
  const fix = remedyOf(error.code);
  if (fix !== undefined) terminal.say(`  ${fix}`);
}
