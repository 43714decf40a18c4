// Conformance suites against the gateway, a model of each family: llmprobe, judged by its report (it ends well when it finds
// no routes at all), and compatcanary. What a model must be clever for is not judged: the org's model only echoes.

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Reader } from '../../simulator/main.ts';
import { ORGS } from '../journeys/orgs.ts';
import { readPrompt } from '../journeys/prompt-reader.ts';
import { openStage, type Stage } from '../journeys/stage.ts';
import { FAST, judge, versionOf } from './cells.ts';
import { runProgram, TURN_LIMIT_MS } from './programs.ts';

/** Who allows so few tokens wants to see an answer cut. */
const SHORT_TOKENS = 32;
const LONG_REPEATS = 60;

/** A model with just enough wit for the suite: it remembers a name it was told, and has more to say than a small limit lets it. */
const talker: Reader = (question) => {
  const read = readPrompt(question);
  const seen = read?.question ?? question;
  const write = read?.write ?? ((answer) => answer);
  const last = seen.messages.findLastIndex(({ role }) => role === 'user');
  const asked = seen.messages[last]?.text ?? '';
  if (asked.startsWith('What is my name?')) {
    const named = seen.messages.slice(0, last).some(({ text }) => text.includes('Ada'));
    const text = named ? 'Ada' : 'Nobody';
    return {
      question: seen,
      write: (answer) => write({ ...answer, text, usage: { ...answer.usage, output: 1 } }),
    };
  }
  if ((seen.outputTokensMax ?? Infinity) > SHORT_TOKENS || seen.format !== 'text') return read;
  const messages = seen.messages.with(last, { role: 'user', text: asked.repeat(LONG_REPEATS) });
  return { question: { ...seen, messages }, write };
};

type Probe = {
  readonly conformance: {
    readonly passed: number;
    readonly total: number;
    readonly results: readonly {
      readonly id: string;
      readonly failures?: readonly { readonly severity: string; readonly message: string }[];
    }[];
  };
  readonly coverage: {
    readonly byTier: readonly { readonly tier: string; readonly supported: number; readonly total: number }[];
  };
};

type Canary = {
  readonly summary: { readonly passes: number; readonly total: number; readonly warnings: number };
};

const program = (name: string, ...path: readonly string[]): string =>
  join(import.meta.dirname, 'node_modules', name, ...path);

describe.each(ORGS)('on $model of an org of $org', { tags: [FAST] }, ({ model, surface, state }) => {
  let stage: Stage;
  let home: string;

  beforeAll(async () => {
    stage = await openStage({ org: state, simulator: { reader: talker } });
    home = await mkdtemp(join(tmpdir(), 'forcegate-suites-'));
  });
  afterAll(async () => {
    await stage.close();
    await rm(home, { recursive: true, force: true });
  });

  async function report<T>(file: string, args: readonly string[]): Promise<T> {
    const env = { PATH: '/usr/bin:/bin', HOME: home, TERM: 'dumb' };
    const { stdout } = await runProgram(process.execPath, [file, ...args], { env, cwd: home });
    return JSON.parse(stdout);
  }

  it('fails no MUST of llmprobe', { timeout: TURN_LIMIT_MS }, async (context) => {
    const cell = { client: 'llmprobe', version: versionOf('llmprobe'), model, surface };
    judge(context, { ...cell, feature: 'MUST assertions' });
    const args = ['-k', stage.clientKey, '-m', model, '--reasoning', 'off', '--json'];
    const quiet = ['--no-bench', '--no-save', '--no-color'];
    const probe = await report<Probe>(program('llmprobe', 'bin', 'dist', 'llmprobe.mjs'), [
      `${stage.url}/v1`,
      ...args,
      ...quiet,
    ]);
    const { passed, total, results } = probe.conformance;
    judge(context, { ...cell, feature: 'MUST assertions', says: `${passed} of ${total}` });
    const failed = results.filter(({ failures = [] }) =>
      failures.some(({ severity }) => severity === 'MUST'),
    );
    expect(failed).toEqual([]);
    expect(passed).toBe(total);
    expect(total).toBeGreaterThan(150);
    expect(probe.coverage.byTier.find(({ tier }) => tier === 'core')).toMatchObject({
      supported: 9,
      total: 9,
    });
  });

  it('passes every check of compatcanary', { timeout: TURN_LIMIT_MS }, async (context) => {
    const cell = { client: 'compatcanary', version: versionOf('compatcanary'), model, surface };
    judge(context, { ...cell, feature: 'checks' });
    const { summary } = await report<Canary>(program('compatcanary', 'src', 'cli.js'), [
      'scan',
      '--base-url',
      `${stage.url}/v1`,
      '--model',
      model,
      '--api-key',
      stage.clientKey,
      '--format',
      'json',
    ]);
    judge(context, { ...cell, feature: 'checks', says: `${summary.passes} of ${summary.total}` });
    expect(summary).toMatchObject({ passes: 7, warnings: 0, total: 7 });
  });
});

describe('a key that is wrong', () => {
  it('is found by llmprobe, so that its good word says something', { timeout: TURN_LIMIT_MS }, async () => {
    const stage = await openStage();
    try {
      const env = { PATH: '/usr/bin:/bin', HOME: tmpdir(), TERM: 'dumb' };
      const args = [`${stage.url}/v1`, '-k', randomUUID(), '-m', 'gpt-5.4', '--no-bench', '--no-save'];
      const file = program('llmprobe', 'bin', 'dist', 'llmprobe.mjs');
      const { stdout, stderr } = await runProgram(process.execPath, [file, ...args, '--quick'], {
        env,
        cwd: tmpdir(),
      });
      expect(`${stdout}${stderr}`).toMatch(/401|unauthori|key/iu);
    } finally {
      await stage.close();
    }
  });
});
