// What Claude Code's `/context` tells of a conversation: each part of it counted by the gateway, in a call of its own that
// costs the org nothing. A file of random length proves whose counts they are.

import { randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { ORGS } from '../journeys/orgs.ts';
import { openStage, type Stage } from '../journeys/stage.ts';
import { judge, versionOf } from './cells.ts';
import { readPrinted, runClaude } from './claude-code.ts';
import { TURN_LIMIT_MS } from './programs.ts';

/** Thousands are told to one place, and what Claude Code writes around the file is counted with it. */
const ROUNDING = 0.05;
const SURROUNDINGS_TOKENS = 200;

/** The tokens that a row of the table tells: `7.5k` is 7,500. */
function tokensOf(table: string, row: string): number {
  const [, number, thousands] = new RegExp(`\\| ${row} \\| ([\\d.]+)(k?) \\|`, 'u').exec(table) ?? [];
  if (number === undefined) throw new Error(`${row} is not told in ${table}`);
  return Number(number) * (thousands === 'k' ? 1_000 : 1);
}

async function countTokens(stage: Stage, model: string, content: string): Promise<number> {
  const answer = await fetch(`${stage.url}/v1/messages/count_tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${stage.clientKey}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content }] }),
  });
  const { input_tokens: tokens }: { input_tokens: number } = JSON.parse(await answer.text());
  return tokens;
}

describe.each(['claude-code-older', 'claude-code-newer'])('%s', (version) => {
  it.for(ORGS)(
    'tells what fills its context on $model of an org of $org',
    { timeout: TURN_LIMIT_MS },
    async ({ model, surface, state }, context) => {
      const feature = '/context';
      judge(context, { client: 'Claude Code', version: versionOf(version), model, surface, feature });
      const stage = await openStage({ org: state });
      const home = await mkdtemp(join(tmpdir(), 'forcegate-context-'));
      try {
        const memory = 'Answer in rhymes. '.repeat(randomInt(500, 2_000));
        await writeFile(join(home, 'CLAUDE.md'), memory);
        const printed = readPrinted(
          await runClaude(version, ['-p', '/context', '--output-format', 'json'], { stage, home, model }),
        );
        expect(printed.is_error).toBe(false);
        const told = tokensOf(printed.result, 'Memory files');
        const counted = await countTokens(stage, model, memory);
        // Prose has two to six characters a token.
        expect(counted).toBeGreaterThan(memory.length / 6);
        expect(counted).toBeLessThan(memory.length / 2);
        expect(told).toBeGreaterThan(counted * (1 - ROUNDING));
        expect(told).toBeLessThan((counted + SURROUNDINGS_TOKENS) * (1 + ROUNDING));
        expect(tokensOf(printed.result, 'System tools')).toBeGreaterThan(1_000);

        await stage.idle();
        const counts = stage.log.filter((line) => line.includes('"operation":"count-tokens"'));
        expect(counts.length).toBeGreaterThan(10);
        expect(counts.every((line) => line.includes('"status":200'))).toBe(true);
        expect(await stage.callsSoFar()).toBe(0);
      } finally {
        await stage.close();
        await rm(home, { recursive: true, force: true });
      }
    },
  );
});
