// Claude Code itself, in two versions, through the gateway to a simulated org: a text turn, a Bash turn, an image and a
// PDF read, on a Claude model (also in Bedrock mode), a GPT and a Gemini model, and text and Bash where tools are told in words.
// The org answers with a nonce only if that nonce reached the right place of the upstream body, and Claude Code must print it.

import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';

import { CLASSIC_ONLY, type OrgCase } from '../journeys/orgs.ts';
import { openStage, type JournalEntry, type Stage } from '../journeys/stage.ts';
import { FAST, judge, versionOf } from './cells.ts';
import { bedrockMode, messagesMode, readPrinted, runClaude, type Printed } from './claude-code.ts';
import { TURN_LIMIT_MS } from './programs.ts';
import { pdfFileWith, placeOf, randomPicture } from '../journeys/proofs.ts';

type Place = string | RegExp;
type Case = {
  readonly mode: 'Messages' | 'Bedrock';
  readonly model: string;
  readonly surface: OrgCase['surface'];
  readonly org?: OrgCase['state'];
  readonly places: {
    readonly text: Place;
    readonly result: Place;
    readonly image: Place | undefined;
    readonly document: Place | undefined;
  };
};

const INVOKE_PLACES: Case['places'] = {
  text: '.messages.content.text',
  // The result's text, as a string or as a part: the format takes both.
  result: /^\.messages\.content\.content(\.text)?$/,
  image: '.messages.content.content.source.data',
  document: /^\.messages\.content(\.content)?\.source\.data$/,
};

const MODELS: readonly Case[] = [
  { mode: 'Messages', model: 'claude-sonnet-4-6', surface: 'invoke', places: INVOKE_PLACES },
  {
    mode: 'Bedrock',
    model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    surface: 'invoke',
    places: INVOKE_PLACES,
  },
  {
    mode: 'Messages',
    model: 'gpt-5.4',
    surface: 'responses',
    places: {
      text: '.input.content.text',
      result: '.input.output',
      image: /^\.input\.(output|content)\.image_url$/,
      document: /^\.input\.(output|content)\.file_data$/,
    },
  },
  {
    mode: 'Messages',
    model: 'gemini-2.5-pro',
    surface: 'gateway-generations',
    places: {
      text: /^\.messages\.content/,
      result: /^\.messages\.content/,
      image: '.messages.files.data',
      document: '.messages.files.data',
    },
  },
  {
    mode: 'Messages',
    model: 'claude-sonnet-4-6',
    // Tools in words, on an org that has nothing else; files have no place there.
    surface: 'chat-generations',
    org: CLASSIC_ONLY,
    places: { text: '.messages.content', result: '.messages.content', image: undefined, document: undefined },
  },
];

describe.each(['claude-code-older', 'claude-code-newer'])('%s', (version) => {
  describe.each(MODELS)('in $mode mode on $model by $surface', ({ mode, model, surface, org, places }) => {
    const tags = mode === 'Messages' ? [FAST] : [];
    let stage: Stage;
    let home: string;

    beforeAll(async () => {
      stage = await openStage(org === undefined ? {} : { org });
      home = await mkdtemp(join(tmpdir(), 'forcegate-claude-code-'));
    });

    afterAll(async () => {
      await stage.close();
      await rm(home, { recursive: true, force: true });
    });

    const judging = (context: TestContext, feature: string): void =>
      judge(context, {
        client: mode === 'Bedrock' ? 'Claude Code in Bedrock mode' : 'Claude Code',
        version: versionOf(version),
        model,
        surface,
        feature,
      });

    async function run(prompt: string): Promise<Printed> {
      const args = [
        '-p',
        prompt,
        '--allowedTools',
        'Bash,Read',
        '--output-format',
        'json',
        '--add-dir',
        home,
      ];
      const env = mode === 'Bedrock' ? bedrockMode(stage) : messagesMode(stage);
      return readPrinted(await runClaude(version, args, { stage, home, model, env }));
    }

    /** One turn in which the model calls a tool and then sees `proof` in what the tool gave back. */
    async function toolTurn(
      tool: { name: string; arguments: object },
      proof: string,
      place: string | RegExp,
    ): Promise<void> {
      const asked = randomUUID();
      const answer = randomUUID();
      await stage.script(
        { match: { contains: asked }, reply: { text: 'Looking.', toolCalls: [tool] } },
        { match: { contains: proof }, reply: { text: `It says ${answer}.` } },
      );
      const printed = await run(`please look ${asked}`);
      expect(printed).toMatchObject({ is_error: false, result: `It says ${answer}.` });
      expect(await stage.unconsumed()).toEqual([]);
      const journal = await stage.journal();
      expect(journal.every((entry) => entry.outcome === 'complete')).toBe(true);
      expectPlace(journal.at(-1), proof, place);
    }

    function expectPlace(entry: JournalEntry | undefined, proof: string, place: string | RegExp): void {
      expect(entry?.surface).toBe(surface);
      const found = placeOf(entry?.body, proof);
      if (typeof place === 'string') expect(found).toBe(place);
      else expect(found).toMatch(place);
    }

    it('prints the answer of a text turn', { timeout: TURN_LIMIT_MS, tags }, async (context) => {
      judging(context, 'text');
      const nonce = randomUUID();
      await stage.script({ match: { contains: nonce }, reply: { text: `seen ${nonce}`, chunks: 3 } });
      const printed = await run(`say ${nonce}`);
      expect(printed).toMatchObject({ is_error: false, result: `seen ${nonce}` });
      expect(await stage.unconsumed()).toEqual([]);
      expectPlace((await stage.journal()).at(-1), nonce, places.text);
    });

    it(
      'is answered in one text by an org that has no script',
      { timeout: TURN_LIMIT_MS },
      async (context) => {
        judging(context, 'text without a script');
        await stage.reset();
        const printed = await run('say hello');
        expect(printed).toMatchObject({ is_error: false, num_turns: 1 });
        expect(printed.result).toMatch(/^Echo: say hello ✓ \(saw \d+ messages?\)$/);
      },
    );

    it('runs Bash and shows the model what it printed', { timeout: TURN_LIMIT_MS, tags }, async (context) => {
      judging(context, 'Bash');
      const nonce = randomUUID();
      const path = join(home, 'secret.txt');
      await writeFile(path, nonce);
      await toolTurn(
        { name: 'Bash', arguments: { command: `cat ${path}`, description: 'Read a file' } },
        nonce,
        places.result,
      );
    });

    it.runIf(places.image !== undefined)(
      'reads an image and shows it to the model',
      { timeout: TURN_LIMIT_MS },
      async (context) => {
        judging(context, 'image');
        const path = join(home, 'picture.png');
        const picture = randomPicture();
        await writeFile(path, picture);
        await toolTurn(
          { name: 'Read', arguments: { file_path: path } },
          picture.toString('base64'),
          places.image ?? '',
        );
      },
    );

    it.runIf(places.document !== undefined)(
      'reads a PDF and shows it to the model',
      { timeout: TURN_LIMIT_MS },
      async (context) => {
        judging(context, 'PDF');
        const path = join(home, 'paper.pdf');
        const paper = pdfFileWith(randomUUID());
        await writeFile(path, paper);
        await toolTurn(
          { name: 'Read', arguments: { file_path: path } },
          paper.toString('base64'),
          places.document ?? '',
        );
      },
    );
  });
});

describe('discovery by claude-code-newer', () => {
  it('keeps the models of the org that it can drive', { timeout: TURN_LIMIT_MS }, async (context) => {
    judge(context, {
      client: 'Claude Code',
      version: versionOf('claude-code-newer'),
      model: 'claude-sonnet-4-6',
      surface: 'invoke',
      feature: 'model discovery',
    });
    const stage = await openStage({
      org: {
        enabledModels: ['sfdc_ai__DefaultBedrockAnthropicClaude46Sonnet', 'sfdc_ai__DefaultGPT54'],
      },
    });
    const home = await mkdtemp(join(tmpdir(), 'forcegate-claude-code-'));
    try {
      const model = 'claude-sonnet-4-6';
      const env = { ...messagesMode(stage), CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: '1' };
      const nonce = randomUUID();
      await stage.script({ match: { contains: nonce }, reply: { text: 'hello' } });
      await runClaude('claude-code-newer', ['-p', `say ${nonce}`], { stage, home, model, env });
      const kept = await readFile(join(home, '.claude', 'cache', 'gateway-models.json'), 'utf8');
      expect(kept).toContain('claude-sonnet-4-6');
      // An org that lacks it must not have it offered.
      expect(kept).not.toContain('claude-opus-4-8');
    } finally {
      await stage.close();
      await rm(home, { recursive: true, force: true });
    }
  });
});
