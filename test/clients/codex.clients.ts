// Codex itself through the gateway to a simulated org: text, a command, a patch, an answer by a schema, an image and a
// thread taken up again, on GPT, Claude and Gemini models. The org answers with a nonce only if a nonce reached it.

import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';

import { CLASSIC_ONLY } from '../journeys/orgs.ts';
import type { Config } from '../../src/config/index.ts';
import { openStage, type Stage, type StageOptions } from '../journeys/stage.ts';
import { FAST, judge, versionOf } from './cells.ts';
import { runCodex } from './codex.ts';
import { TURN_LIMIT_MS } from './programs.ts';
import { placeOf, randomPicture } from '../journeys/proofs.ts';

const MODELS = [
  { model: 'gpt-5', surface: 'responses', org: {}, pictures: true, result: /^\.input\.output/ },
  { model: 'gpt-5.5', surface: 'responses', org: {}, pictures: true, result: /^\.input\.output/ },
  {
    model: 'claude-sonnet-4-6',
    surface: 'invoke',
    org: {},
    pictures: true,
    result: /^\.messages\.content\.content/,
  },
  {
    model: 'gemini-2.5-pro',
    surface: 'gateway-generations',
    org: {},
    pictures: true,
    result: /^\.messages\.content/,
  },
  {
    model: 'claude-sonnet-4-6',
    surface: 'chat-generations',
    org: CLASSIC_ONLY,
    pictures: false,
    result: /^\.messages\.content/,
  },
];

/** Only for this model does Codex offer its patch tool; the others edit by a command. */
const PATCHING_MODEL = 'gpt-5.5';

const schemaWith = (described: string): object => ({
  type: 'object',
  properties: { word: { type: 'string', description: described } },
  required: ['word'],
  additionalProperties: false,
});

describe.each(MODELS)('codex on $model by $surface', ({ model, surface, org, pictures, result }) => {
  const tags = model === PATCHING_MODEL ? [] : [FAST];
  let stage: Stage;
  let home: string;

  beforeAll(async () => {
    stage = await openStage({ org });
    home = await mkdtemp(join(tmpdir(), 'forcegate-codex-'));
  });

  afterAll(async () => {
    await stage.close();
    await rm(home, { recursive: true, force: true });
  });

  const judging = (context: TestContext, feature: string): void =>
    judge(context, { client: 'Codex', version: versionOf('@openai/codex'), model, surface, feature });

  const run = (...args: readonly string[]): Promise<string> => runCodex({ stage, home, model }, args);

  /** Everything scripted was said, every call of this run went well, and the proof is where it belongs. */
  async function expectProof(proof: string, place: RegExp): Promise<void> {
    expect(await stage.unconsumed()).toEqual([]);
    const journal = await stage.journal();
    const served = journal.filter(({ status }) => status !== 404);
    expect(served.every(({ outcome, status }) => outcome === 'complete' && status === 200)).toBe(true);
    expect(served.at(-1)?.surface).toBe(surface);
    expect(placeOf(served.at(-1)?.body, proof)).toMatch(place);
  }

  it('prints the answer of a text turn', { timeout: TURN_LIMIT_MS, tags }, async (context) => {
    judging(context, 'text');
    const nonce = randomUUID();
    await stage.script({ match: { contains: nonce }, reply: { text: `seen ${nonce}`, chunks: 3 } });
    expect(await run(`say ${nonce}`)).toBe(`seen ${nonce}`);
    await expectProof(nonce, /^\.(input|messages)\.content/);
  });

  it(
    'runs a command and shows the model what it printed',
    { timeout: TURN_LIMIT_MS, tags },
    async (context) => {
      judging(context, 'command');
      const [asked, secret, answer] = [randomUUID(), randomUUID(), randomUUID()];
      await writeFile(join(home, 'secret.txt'), secret);
      const call = { name: 'exec_command', arguments: { cmd: 'cat secret.txt' } };
      await stage.script(
        { match: { contains: asked }, reply: { text: 'Looking.', toolCalls: [call] } },
        { match: { contains: secret }, reply: { text: `It says ${answer}.` } },
      );
      expect(await run(`please look ${asked}`)).toBe(`It says ${answer}.`);
      await expectProof(secret, result);
    },
  );

  it.runIf(model === PATCHING_MODEL)(
    'edits a file by a patch',
    { timeout: TURN_LIMIT_MS },
    async (context) => {
      judging(context, 'apply_patch');
      const [asked, written] = [randomUUID(), randomUUID()];
      const input = `*** Begin Patch\n*** Add File: made.txt\n+${written}\n*** End Patch\n`;
      await stage.script(
        {
          match: { contains: asked },
          reply: { toolCalls: [{ name: 'apply_patch', arguments: { input } }] },
        },
        { match: { contains: 'made.txt' }, reply: { text: `Made ${written}.` } },
      );
      expect(await run('-s', 'workspace-write', `please make ${asked}`)).toBe(`Made ${written}.`);
      expect(await readFile(join(home, 'made.txt'), 'utf8')).toBe(`${written}\n`);
      await expectProof('Success', result);
    },
  );

  it('answers by a schema', { timeout: TURN_LIMIT_MS }, async (context) => {
    judging(context, 'output schema');
    const [nonce, described] = [randomUUID(), randomUUID()];
    const path = join(home, 'schema.json');
    await writeFile(path, JSON.stringify(schemaWith(described)));
    const answer = JSON.stringify({ word: nonce });
    await stage.script({ match: { contains: nonce }, reply: { text: answer } });
    expect(JSON.parse(await run('--output-schema', path, `a word: ${nonce}`))).toEqual({ word: nonce });
    await expectProof(nonce, /^\.(input|messages)\.content/);
    expect(await stage.lastUpstreamBody()).toContain(described);
  });

  it.runIf(pictures)('shows the model an image', { timeout: TURN_LIMIT_MS }, async (context) => {
    judging(context, 'image');
    const nonce = randomUUID();
    const picture = randomPicture();
    await writeFile(join(home, 'picture.png'), picture);
    await stage.script({ match: { contains: nonce }, reply: { text: `seen ${nonce}` } });
    expect(await run('-i', join(home, 'picture.png'), '--', `look ${nonce}`)).toBe(`seen ${nonce}`);
    await expectProof(picture.toString('base64'), /^\.(input|messages)\./);
  });

  it('takes up a thread again', { timeout: TURN_LIMIT_MS }, async (context) => {
    judging(context, 'resume');
    const [first, answer, second] = [randomUUID(), randomUUID(), randomUUID()];
    await stage.script(
      { match: { contains: first }, reply: { text: `kept ${answer}` } },
      { match: { contains: second }, reply: { text: `again ${second}` } },
    );
    expect(await run(`keep ${first}`)).toBe(`kept ${answer}`);
    expect(await run('resume', '--last', `and ${second}`)).toBe(`again ${second}`);
    await expectProof(first, /^\.(input|messages)\.content/);
    await expectProof(answer, /^\.(input|messages)\.content/);
  });
});

/** A gateway and an empty home for one turn, let go when it is over. */
async function withPlace(
  options: StageOptions,
  play: (stage: Stage, home: string) => Promise<void>,
): Promise<void> {
  const stage = await openStage(options);
  const home = await mkdtemp(join(tmpdir(), 'forcegate-codex-'));
  try {
    await play(stage, home);
  } finally {
    await stage.close();
    await rm(home, { recursive: true, force: true });
  }
}

describe('codex that first asks for a WebSocket', () => {
  it('goes on over HTTP at once', { timeout: TURN_LIMIT_MS }, async (context) => {
    judge(context, {
      client: 'Codex',
      version: versionOf('@openai/codex'),
      model: 'gpt-5',
      surface: 'responses',
      feature: 'WebSocket',
      says: 'answered 426; goes on over HTTP',
    });
    await withPlace({}, async (stage, home) => {
      const nonce = randomUUID();
      await stage.script({ match: { contains: nonce }, reply: { text: `seen ${nonce}` } });
      const place = { stage, home, model: 'gpt-5', webSockets: true };
      expect(await runCodex(place, [`say ${nonce}`])).toBe(`seen ${nonce}`);
      expect(stage.log.join('')).toContain('"status":426');
      expect(await stage.journal()).toHaveLength(1);
    });
  });
});

describe('codex while the model is silent for longer than its idle timer', () => {
  const IDLE_MS = 3_000;
  const stream = { openAfterMs: 500, keepAliveMs: 1_000 };
  const configure = (config: Config): Config => ({
    ...config,
    resilience: { ...config.resilience, stream },
  });

  it.for([
    { model: 'gpt-5', surface: 'responses', org: {} },
    { model: 'claude-sonnet-4-6', surface: 'chat-generations', org: CLASSIC_ONLY },
  ])('waits for $model by $surface', { timeout: TURN_LIMIT_MS }, async ({ model, surface, org }, context) => {
    judge(context, {
      client: 'Codex',
      version: versionOf('@openai/codex'),
      model,
      surface,
      feature: 'silence',
    });
    await withPlace({ org, configure }, async (stage, home) => {
      const nonce = randomUUID();
      const reply = { text: `seen ${nonce}`, firstByteMs: 3 * IDLE_MS };
      await stage.script({ match: { contains: nonce }, reply });
      const idle = ['-c', `model_providers.forcegate.stream_idle_timeout_ms=${IDLE_MS}`];
      expect(await runCodex({ stage, home, model }, [...idle, `say ${nonce}`])).toBe(`seen ${nonce}`);
      expect((await stage.journal()).filter(({ status }) => status === 200)).toHaveLength(1);
    });
  });
});
