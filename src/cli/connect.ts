// `forcegate connect TOOL`: the exact settings that make a tool use the gateway that runs. Prints them; with --write merges
// them into the tool's own file, all else kept and the old file beside it; with --test makes one call as the tool would.

import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname } from 'node:path';

import { Argument, type Command } from 'commander';

import type { CheckWorld } from './check.ts';
import {
  NO_KEY,
  TOOL_NAMES,
  TOOLS,
  type Connection,
  type Tool,
  type ToolName,
  type ToolProtocol,
} from './connect-tools.ts';
import { EXIT_HEALTHY } from './exit-codes.ts';
import { CommandFault, reportFault } from './faults.ts';
import { linkTarget } from './link-target.ts';
import { askAsTool, askGateway, findGateway, notRunning, type FoundGateway } from './running-gateway.ts';
import { paint } from './terminal.ts';
import { findTrust, type ToolTrust } from './tool-trust.ts';

type ConnectOptions = {
  readonly tool: ToolName;
  readonly config?: string | undefined;
  readonly url?: string | undefined;
  /** The key the tool is to present. */
  readonly key?: string | undefined;
  readonly model?: string | undefined;
  readonly write: boolean;
  readonly test: boolean;
};

const MISSING_KEY = 'YOUR-CLIENT-KEY';
const MODE_OWNER_ONLY = 0o600;
const UNAUTHORIZED = 401;
const QUESTION = 'Say OK.';

type Listing = { readonly data?: readonly { readonly id: string }[] };

/** The gateway as the tool will meet it: with the tool's key, not with ours. */
async function meet(
  options: ConnectOptions,
  tool: Tool,
  gateway: FoundGateway,
  caFile: string | undefined,
): Promise<Connection> {
  const asTool: FoundGateway = { ...gateway, key: options.key };
  const answer = await askGateway(asTool, '/v1/models');
  if (answer === undefined) throw notRunning(gateway);
  const refused = answer.status === UNAUTHORIZED;
  if (refused && options.key !== undefined)
    throw new CommandFault(`${gateway.url} does not accept this key.`, 'Use one of "client_keys".');
  if (refused && (options.write || options.test))
    throw new CommandFault(`${gateway.url} asks for a key.`, 'Give one of "client_keys" with --key.');
  const key = options.key ?? (refused ? MISSING_KEY : NO_KEY);
  const listed = refused ? undefined : readListing(answer.text);
  if (options.model !== undefined && listed?.includes(options.model) === false)
    throw new CommandFault(`${gateway.url} has no model ${options.model}.`, 'See "forcegate models".');
  const model =
    options.model ?? tool.models.find((name) => listed?.includes(name) ?? true) ?? listed?.[0] ?? 'default';
  return { url: gateway.toolUrl ?? gateway.url, key, model, caFile };
}

function readListing(text: string): readonly string[] | undefined {
  try {
    const listing: Listing = JSON.parse(text);
    return listing.data?.map(({ id }) => id);
  } catch {
    throw new CommandFault('Something else than Forcegate answers there.', 'Name the address with --url.');
  }
}

async function write(tool: Tool, connection: Connection, world: CheckWorld): Promise<void> {
  const { files, terminal, env, clock } = world;
  const file = tool.file?.(connection, { home: env['HOME'] ?? homedir(), env });
  if (file === undefined)
    throw new CommandFault(
      `${tool.title} keeps its settings where no file can be merged.`,
      'Leave --write away, and follow what is printed.',
    );
  const target = await linkTarget(file.path);
  const before = await files.readText(target);
  const after = file.merge(before);
  if (typeof after !== 'string')
    throw new CommandFault(
      `${file.path} ${after.fault}, so it is left as it is.`,
      'Leave --write away, and add what is printed by hand.',
    );
  // Its permissions stay as they are, but nobody else reads a key; a new file may hold one later.
  const found = (await files.mode(target)) ?? MODE_OWNER_ONLY;
  const mode = file.holdsKey ? found & MODE_OWNER_ONLY : found;
  if (after === before && mode === found) {
    terminal.say(`${file.path} already says so.`);
    return;
  }
  await mkdir(dirname(target), { recursive: true });
  if (before !== undefined && after !== before) {
    // Beside the link, where it is looked for, and not in whatever repository the link leads to.
    const backup = `${file.path}.${clock.nowMs()}.backup`;
    await files.writeAtomic(backup, before, mode);
    terminal.say(`The old one is kept: ${backup}`);
  }
  await files.writeAtomic(target, after, mode);
  terminal.say(paint(terminal, 'green', `Written: ${file.path}`));
}

const CALLS: Readonly<
  Record<ToolProtocol, { readonly path: string; readonly body: (model: string) => object }>
> = {
  messages: {
    path: '/v1/messages',
    body: (model) => ({ model, max_tokens: 64, messages: [{ role: 'user', content: QUESTION }] }),
  },
  responses: { path: '/v1/responses', body: (model) => ({ model, input: QUESTION, store: false }) },
  chat: {
    path: '/v1/chat/completions',
    body: (model) => ({ model, messages: [{ role: 'user', content: QUESTION }] }),
  },
};

type Told = { readonly error?: { readonly message?: string } };

async function test(
  tool: Tool,
  { url, key, model }: Connection,
  found: FoundGateway,
  trust: ToolTrust | undefined,
  world: CheckWorld,
): Promise<void> {
  const { path, body } = CALLS[tool.protocol];
  const gateway: FoundGateway = { ...found, url, key: key === NO_KEY ? undefined : key };
  const answer =
    trust === undefined
      ? await askGateway(gateway, path, body(model))
      : await askAsTool(gateway, path, body(model), trust.authorities);
  if (answer?.status === 200) {
    world.terminal.say(`${paint(world.terminal, 'green', 'It works:')} ${model} answered ${path}.`);
    return;
  }
  const why =
    answer === undefined ? 'nobody answered in time' : (readFault(answer.text) ?? `HTTP ${answer.status}`);
  throw new CommandFault(`${model} on ${path} failed: ${why}`, 'See "forcegate check" and "forcegate logs".');
}

function readFault(text: string): string | undefined {
  try {
    const told: Told = JSON.parse(text);
    return told.error?.message;
  } catch {
    return undefined;
  }
}

function tellTrust(
  { url, toolUrl }: FoundGateway,
  { caFile, believed }: ToolTrust,
  tool: ToolName,
): readonly string[] {
  const name =
    toolUrl === undefined || toolUrl === url
      ? []
      : [`The certificate is not for ${new URL(url).hostname}: the tool is to use ${toolUrl}.`];
  if (caFile !== undefined)
    return [
      ...name,
      tool === 'claude-code'
        ? `NODE_EXTRA_CA_CERTS makes it trust the certificate: ${caFile}.`
        : `The tool must be told to trust ${caFile}: one on Node by NODE_EXTRA_CA_CERTS=${caFile} in its environment.`,
    ];
  if (believed) return name;
  return [
    ...name,
    "Nobody here trusts the certificate: run this again with its authority's PEM file in NODE_EXTRA_CA_CERTS, which a tool on Node needs as well.",
  ];
}

async function runConnect(options: ConnectOptions, world: CheckWorld): Promise<number> {
  const { terminal } = world;
  try {
    const tool: Tool = TOOLS[options.tool];
    const gateway = await findGateway(options, world);
    const trust = gateway.url.startsWith('https:') ? await findTrust(gateway, world) : undefined;
    const connection = await meet(options, tool, gateway, trust?.caFile);
    if (options.write) await write(tool, connection, world);
    else {
      terminal.say(paint(terminal, 'bold', `${tool.title}: ${tool.where}`));
      terminal.out(tool.lines(connection));
    }
    const after = tool.after?.(connection);
    if (after !== undefined) terminal.say(after);
    if (connection.key === MISSING_KEY)
      terminal.say(`In place of ${MISSING_KEY} write one of "client_keys", or give it with --key.`);
    if (trust !== undefined) for (const line of tellTrust(gateway, trust, options.tool)) terminal.say(line);
    if (options.test) await test(tool, connection, gateway, trust, world);
    return EXIT_HEALTHY;
  } catch (thrown) {
    return reportFault(terminal, thrown);
  }
}

type Flags = { config?: string; url?: string; key?: string; model?: string; write?: true; test?: true };

export function addConnect(program: Command, world: CheckWorld, done: (code: number) => void): void {
  program
    .command('connect')
    .description('the settings that make a tool use the gateway that runs')
    .addArgument(new Argument('<tool>', 'which tool').choices([...TOOL_NAMES]))
    .option('--config <file>', 'configuration file (default: config.json here, then one directory up)')
    .option('--url <address>', 'of a gateway that is not the one of this directory')
    .option('--key <key>', 'the key the tool presents, where the gateway asks for one')
    .option('--model <name>', 'the model the tool asks for')
    .option('--write', "merge them into the tool's own file; the old one is kept beside it")
    .option('--test', 'make one call as the tool would')
    .addHelpText('after', '\nExample:\n  forcegate connect claude-code --write --test')
    .action(async (tool: ToolName, flags: Flags) =>
      done(
        await runConnect({ ...flags, tool, write: flags.write === true, test: flags.test === true }, world),
      ),
    );
}
