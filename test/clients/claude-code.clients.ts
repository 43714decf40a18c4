// Claude Code itself, in two versions, through the gateway to a simulated org: a text turn, a Bash turn, an image and a
// PDF read, on a Claude model (also in Bedrock mode) and on a GPT model, and text and Bash where tools are told in words. The
// org answers with a nonce only if that nonce reached the right place of the upstream body, and Claude Code must print it.

import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, crc32 } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CLASSIC_ONLY, type OrgCase } from '../journeys/orgs.ts';
import { openStage, type JournalEntry, type Stage } from '../journeys/stage.ts';

const TURN_LIMIT_MS = 90_000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

type Printed = { readonly is_error: boolean; readonly result: string; readonly num_turns: number };

/** The native binary of an installed version: npm's own link needs an install script. */
function binaryOf(version: string): string {
  const require = createRequire(import.meta.url);
  const platform = `${process.platform}-${process.arch}`;
  const own = createRequire(require.resolve(`${version}/package.json`));
  return join(own.resolve(`@anthropic-ai/claude-code-${platform}/package.json`), '..', 'claude');
}

/** A PNG of random pixels: 8 × 8, truecolour, unfiltered. */
function randomPicture(): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(8 + body.length);
    frame.writeUInt32BE(data.length, 0);
    body.copy(frame, 4);
    frame.writeUInt32BE(crc32(body), 4 + body.length);
    return frame;
  };
  const header = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0]);
  const rows = Array.from({ length: 8 }, () => Buffer.concat([Buffer.from([0]), randomBytes(24)]));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** One empty page and a comment that holds the nonce. */
function pdfWith(nonce: string): Buffer {
  return Buffer.from(
    `%PDF-1.4\n%${nonce}\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n` +
      '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\nxref\n0 4\n0000000000 65535 f \n' +
      'trailer<</Size 4/Root 1 0 R>>\nstartxref\n0\n%%EOF\n',
  );
}

/** Where in a body the text stands: keys joined by dots, the last one first found. */
function placeOf(body: unknown, needle: string, path = ''): string | undefined {
  if (typeof body === 'string') return body.includes(needle) ? path : undefined;
  if (typeof body !== 'object' || body === null) return undefined;
  for (const [key, value] of Object.entries(body)) {
    const found = placeOf(value, needle, Array.isArray(body) ? path : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

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
    model: 'claude-sonnet-4-6',
    // Tools in words, on an org that has nothing else; files have no place there.
    surface: 'chat-generations',
    org: CLASSIC_ONLY,
    places: { text: '.messages.content', result: '.messages.content', image: undefined, document: undefined },
  },
];

function messagesMode(stage: Stage): Record<string, string> {
  return { ANTHROPIC_BASE_URL: stage.url, ANTHROPIC_AUTH_TOKEN: stage.clientKey };
}

/** The gateway's key goes where a key of AWS would, so nothing is signed. */
function bedrockMode(stage: Stage): Record<string, string> {
  return {
    CLAUDE_CODE_USE_BEDROCK: '1',
    ANTHROPIC_BEDROCK_BASE_URL: stage.url,
    AWS_BEARER_TOKEN_BEDROCK: stage.clientKey,
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

type Run = {
  readonly stage: Stage;
  readonly home: string;
  readonly model: string;
  readonly env: Readonly<Record<string, string>>;
};

/** Gives what it printed. */
function runClaude(
  version: string,
  args: readonly string[],
  { stage, home, model, env }: Run,
): Promise<string> {
  const environment = {
    PATH: '/usr/bin:/bin',
    HOME: home,
    TERM: 'dumb',
    ANTHROPIC_MODEL: model,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK: '1',
    CLAUDE_CODE_MAX_RETRIES: '1',
    ...env,
  };
  return new Promise((resolve, reject) => {
    const limits = { timeout: TURN_LIMIT_MS, maxBuffer: OUTPUT_BYTES_MAX };
    const child = execFile(
      binaryOf(version),
      args,
      { env: environment, cwd: home, ...limits },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else
          reject(new Error(`claude ended with ${error.code}: ${stdout}\n${stderr}\n${stage.log.join('')}`));
      },
    );
    child.stdin?.end();
  });
}

describe.each(['claude-code-older', 'claude-code-newer'])('%s', (version) => {
  describe.each(MODELS)('in $mode mode on $model by $surface', ({ mode, model, surface, org, places }) => {
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
      return JSON.parse(await runClaude(version, args, { stage, home, model, env }));
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

    it('prints the answer of a text turn', { timeout: TURN_LIMIT_MS }, async () => {
      const nonce = randomUUID();
      await stage.script({ match: { contains: nonce }, reply: { text: `seen ${nonce}`, chunks: 3 } });
      const printed = await run(`say ${nonce}`);
      expect(printed).toMatchObject({ is_error: false, result: `seen ${nonce}` });
      expect(await stage.unconsumed()).toEqual([]);
      expectPlace((await stage.journal()).at(-1), nonce, places.text);
    });

    it('is answered in one text by an org that has no script', { timeout: TURN_LIMIT_MS }, async () => {
      await stage.reset();
      const printed = await run('say hello');
      expect(printed).toMatchObject({ is_error: false, num_turns: 1 });
      expect(printed.result).toMatch(/^Echo: say hello ✓ \(saw \d+ messages?\)$/);
    });

    it('runs Bash and shows the model what it printed', { timeout: TURN_LIMIT_MS }, async () => {
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
      async () => {
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
      async () => {
        const path = join(home, 'paper.pdf');
        const paper = pdfWith(randomUUID());
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
  it('keeps the models of the org that it can drive', { timeout: TURN_LIMIT_MS }, async () => {
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
