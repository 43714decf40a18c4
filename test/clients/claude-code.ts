// Claude Code as an operator sets it up: an empty home, our address and key, no hidden retries. A run gives what it printed;
// a run that fails says what the gateway logged.

import { createRequire } from 'node:module';
import { join } from 'node:path';

import type { Stage } from '../journeys/stage.ts';
import { runProgram } from './programs.ts';

/** What `--output-format json` prints. */
export type Printed = {
  readonly is_error: boolean;
  readonly result: string;
  readonly num_turns: number;
  readonly structured_output?: unknown;
};

export type ClaudeRun = {
  readonly stage: Stage;
  readonly home: string;
  readonly model: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** The native binary of an installed version: npm's own link needs an install script. */
function binaryOf(version: string): string {
  const require = createRequire(import.meta.url);
  const platform = `${process.platform}-${process.arch}`;
  const own = createRequire(require.resolve(`${version}/package.json`));
  return join(own.resolve(`@anthropic-ai/claude-code-${platform}/package.json`), '..', 'claude');
}

export function messagesMode(stage: Stage): Record<string, string> {
  return { ANTHROPIC_BASE_URL: stage.url, ANTHROPIC_AUTH_TOKEN: stage.clientKey };
}

/** The gateway's key goes where a key of AWS would, so nothing is signed. */
export function bedrockMode(stage: Stage): Record<string, string> {
  return {
    CLAUDE_CODE_USE_BEDROCK: '1',
    ANTHROPIC_BEDROCK_BASE_URL: stage.url,
    AWS_BEARER_TOKEN_BEDROCK: stage.clientKey,
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Gives what it printed. */
export async function runClaude(version: string, args: readonly string[], run: ClaudeRun): Promise<string> {
  const { stage, home, model } = run;
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: home,
    TERM: 'dumb',
    ANTHROPIC_MODEL: model,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK: '1',
    CLAUDE_CODE_MAX_RETRIES: '1',
    ...(run.env ?? messagesMode(stage)),
  };
  const { code, stdout, stderr } = await runProgram(binaryOf(version), args, { env, cwd: home });
  if (code !== 0) throw new Error(`claude ended with ${code}: ${stdout}\n${stderr}\n${stage.log.join('')}`);
  return stdout;
}

export function readPrinted(text: string): Printed {
  return JSON.parse(text);
}
