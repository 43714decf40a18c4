// `forcegate init`: from nothing to a configuration that works. Asks for three things, says where in Setup each stands,
// tries each answer at once with the org itself, and writes config.json for its owner's eyes only. An answer that does
// not work is asked for again; a file that is there is never replaced without a yes, and keeps its other keys.

import { join, resolve } from 'node:path';

import { ConfigError, type Config } from '../config/index.ts';
import { GatewayError, toGatewayError } from '../core/errors/index.ts';
import { CancelSource } from '../core/platform/index.ts';
import { remedyOf, remedyOfReach } from './check-remedies.ts';
import type { CheckWorld } from './check.ts';
import { EXIT_ATTENTION, EXIT_HEALTHY } from './exit-codes.ts';
import { CommandFault, reportFault } from './faults.ts';
import { InitDraft, inWordsOfInit, MODE_OWNER_ONLY, type Answers, type Field } from './init-draft.ts';
import { besideConfig } from './last-good.ts';
import { paint } from './terminal.ts';

export type InitOptions = {
  readonly config?: string | undefined;
  /** Relative to the working directory. */
  readonly caFile?: string | undefined;
  readonly apiUrl?: string | undefined;
};

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
const TRIES_MAX = 10;
const REACH_MS = 10_000;
const LOGIN_MS = 200_000;
const CALL_MS = 120_000;

export async function runInit(options: InitOptions, world: CheckWorld): Promise<number> {
  const { terminal, cwd } = world;
  const path = resolve(cwd, options.config ?? join(cwd, FILE_NAME));
  try {
    const before = await world.files.readText(path);
    const question = `${path} exists. Replace its login? Its other keys stay, and the old file is kept. [y/N] `;
    if (before !== undefined && !(await isYes(question, world))) return EXIT_ATTENTION;
    const { caFile, apiUrl } = options;
    const draft = await InitDraft.open({ path, before, caFile, apiUrl }, world);
    const answers = await askUntilItWorks(draft, world);
    const kept = besideConfig(path, `before-init.${world.clock.nowMs()}`);
    if (before !== undefined) await world.files.writeAtomic(kept, before, MODE_OWNER_ONLY);
    await world.files.writeAtomic(path, draft.format(answers), MODE_OWNER_ONLY);
    if (before !== undefined) terminal.say(`The old file is kept as ${kept}`);
    draft.sayVariables();
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

async function askUntilItWorks(draft: InitDraft, world: CheckWorld): Promise<Answers> {
  const { terminal } = world;
  const instanceUrl = await askAddress(draft, world);
  const answers: Record<Field, string> = {
    instance_url: instanceUrl,
    consumer_key: await ask('consumer_key', world),
    consumer_secret: await ask('consumer_secret', world),
  };
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    terminal.say(paint(terminal, 'dim', 'Logging in ...'));
    const error = await tryLogin(await draft.load(answers), world);
    if (error === undefined) return answers;
    sayFault(error, world);
    const blamed = BLAMED[error.reason ?? ''];
    if (blamed === 'instance_url') answers.instance_url = await askAddress(draft, world);
    else if (blamed !== undefined) answers[blamed] = await ask(blamed, world);
    else if (!(await isYes('Try again once that is mended? [Y/n] ', world, true)))
      throw new CommandFault('Nothing was written.', 'Run "forcegate init" again.');
  }
  throw new CommandFault(`${TRIES_MAX} tries did not lead to a login.`, 'Nothing was written.');
}

/** Asked until the host is reached. */
async function askAddress(draft: InitDraft, world: CheckWorld): Promise<string> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const url = toAddress(await ask('instance_url', world));
    try {
      const config = await draft.load({ instance_url: url, consumer_key: '-', consumer_secret: '-' });
      const { instanceUrl } = config.login;
      const reached = await world.reachHost(instanceUrl, {
        caPem: config.network.caPem,
        timeoutMs: REACH_MS,
      });
      if (reached.type === 'reached') return url;
      // A proxy may know the name that this machine does not.
      if (config.network.proxy.httpsProxy !== undefined) return url;
      const { code, message, fix } = remedyOfReach(new URL(instanceUrl).host, reached);
      // No other address mends it, but another start does.
      if (code === 'certificate_untrusted')
        throw new CommandFault(`${message} Nothing was written.`, inWordsOfInit(fix));
      world.terminal.say(`${paint(world.terminal, 'red', message)}\n  ${inWordsOfInit(fix)}`);
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
  terminal.say(paint(terminal, 'red', inWordsOfInit(error.message)));
  const fix = remedyOf(error.code);
  if (fix !== undefined) terminal.say(`  ${inWordsOfInit(fix)}`);
}
