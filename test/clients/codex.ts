// Codex as an operator sets it up: a provider of its own that leads to the gateway, a home that was empty, no analytics.
// A run gives the last message it printed; a run that fails says what the gateway logged.

import { createRequire } from 'node:module';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Stage } from '../journeys/stage.ts';
import { runProgram } from './programs.ts';

export type CodexPlace = {
  readonly stage: Stage;
  /** Holds `.codex` and is the folder it works in. */
  readonly home: string;
  readonly model: string;
  readonly webSockets?: boolean;
};

const PACKAGE = '@openai/codex';
const require = createRequire(import.meta.url);

/** The launcher picks the binary of this platform. */
const launcher = join(require.resolve(`${PACKAGE}/package.json`), '..', 'bin', 'codex.js');

async function writeSettings({ stage, home, model, webSockets }: CodexPlace): Promise<void> {
  await mkdir(join(home, '.codex'), { recursive: true });
  const lines = [
    `model = "${model}"`,
    'model_provider = "forcegate"',
    '[model_providers.forcegate]',
    'name = "forcegate"',
    `base_url = "${stage.url}/v1"`,
    'env_key = "FORCEGATE_KEY"',
    'wire_api = "responses"',
    'request_max_retries = 0',
    'stream_max_retries = 0',
    ...(webSockets === true ? ['supports_websockets = true'] : []),
  ];
  await writeFile(join(home, '.codex', 'config.toml'), `${lines.join('\n')}\n`);
}

/** What `codex exec` told as JSON lines, ended by its last message. */
export async function runCodex(place: CodexPlace, args: readonly string[]): Promise<string> {
  await writeSettings(place);
  const { stage, home } = place;
  const all = [launcher, 'exec', '--skip-git-repo-check', '--json', '-c', 'analytics.enabled=false', ...args];
  const env = { PATH: '/usr/bin:/bin', HOME: home, TERM: 'dumb', FORCEGATE_KEY: stage.clientKey };
  const { code, stdout, stderr } = await runProgram(process.execPath, all, { env, cwd: home });
  if (code !== 0)
    throw new Error(`codex ended with ${code}: ${stdout}\n${stderr}\n${stage.log.slice(-10).join('')}`);
  return lastMessage(stdout);
}

function lastMessage(printed: string): string {
  let last: string | undefined;
  for (const line of printed.split('\n')) {
    if (!line.startsWith('{')) continue;
    const event: { type?: string; item?: { type?: string; text?: string } } = JSON.parse(line);
    if (event.type === 'item.completed' && event.item?.type === 'agent_message') last = event.item.text;
  }
  if (last === undefined) throw new Error(`codex said nothing: ${printed}`);
  return last;
}
