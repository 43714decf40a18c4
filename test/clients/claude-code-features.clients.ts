// What else Claude Code does on its own account, on a model of each family: an answer by a schema, thinking that comes back,
// a web search that is refused, a tool that it must look for, a conversation taken up again, a helper of its own. Nonces prove what reached the org.

import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest';

import { ORGS } from '../journeys/orgs.ts';
import { openStage, type Stage } from '../journeys/stage.ts';
import { judge, versionOf } from './cells.ts';
import { messagesMode, readPrinted, runClaude, type Printed } from './claude-code.ts';
import { TURN_LIMIT_MS } from './programs.ts';

const VERSION = 'claude-code-newer';
const SCHEMA = JSON.stringify({
  type: 'object',
  properties: { word: { type: 'string' } },
  required: ['word'],
});

describe.each(ORGS)('claude-code-newer on $model of an org of $org', ({ model, surface, state }) => {
  let stage: Stage;
  let home: string;

  beforeAll(async () => {
    stage = await openStage({ org: state });
    home = await mkdtemp(join(tmpdir(), 'forcegate-claude-code-'));
  });
  afterEach(() => stage.reset());
  afterAll(async () => {
    await stage.close();
    await rm(home, { recursive: true, force: true });
  });

  const judging = (context: TestContext, feature: string, says?: string): void =>
    judge(context, {
      client: 'Claude Code',
      version: versionOf(VERSION),
      model,
      surface,
      feature,
      ...(says === undefined ? {} : { says }),
    });

  async function runWith(
    env: Readonly<Record<string, string>>,
    prompt: string,
    more: readonly string[],
  ): Promise<Printed> {
    const args = ['-p', prompt, '--output-format', 'json', ...more];
    const all = { ...messagesMode(stage), ...env };
    return readPrinted(await runClaude(VERSION, args, { stage, home, model, env: all }));
  }

  /** Every tool is offered from the start: a model that is told of tools in words may call no other. */
  const run = (prompt: string, ...more: readonly string[]): Promise<Printed> =>
    runWith({ ENABLE_TOOL_SEARCH: '0' }, prompt, more);

  it('answers by a schema', { timeout: TURN_LIMIT_MS }, async (context) => {
    judging(context, '--json-schema');
    const [asked, word] = [randomUUID(), randomUUID()];
    await stage.script(
      {
        match: { contains: asked },
        reply: { toolCalls: [{ name: 'StructuredOutput', arguments: { word } }] },
      },
      { match: { contains: word }, reply: { text: 'Told.' } },
    );
    const printed = await run(`a word ${asked}`, '--json-schema', SCHEMA);
    expect(printed).toMatchObject({ is_error: false, structured_output: { word } });
  });

  it.runIf(surface === 'invoke')(
    'brings its thinking back after a tool',
    { timeout: TURN_LIMIT_MS },
    async (context) => {
      judging(context, 'thinking');
      const [asked, thought, secret, answer] = Array.from({ length: 4 }, () => randomUUID());
      const call = { name: 'Bash', arguments: { command: `echo '${secret}' | rev`, description: 'Say it' } };
      const said = Array.from(secret ?? '')
        .toReversed()
        .join('');
      await stage.script(
        { match: { contains: asked }, reply: { reasoning: thought, text: 'So.', toolCalls: [call] } },
        { match: { contains: said }, reply: { text: answer } },
      );
      const printed = await run(`think ${asked}`, '--allowedTools', 'Bash');
      expect(printed).toMatchObject({ is_error: false, result: answer });
      expect(await stage.lastUpstreamBody()).toContain(thought);
    },
  );

  it('is told that there is no web search', { timeout: TURN_LIMIT_MS }, async (context) => {
    judging(context, 'web search', 'refused by name');
    const [asked, query, answer] = [randomUUID(), randomUUID(), randomUUID()];
    await stage.script(
      {
        match: { contains: asked },
        reply: { toolCalls: [{ name: 'WebSearch', arguments: { query } }] },
      },
      { match: { contains: 'tool_use_error' }, reply: { text: answer } },
      { match: { contains: query }, reply: { text: answer } },
    );
    const printed = await run(`find ${asked}`, '--allowedTools', 'WebSearch');
    expect(printed).toMatchObject({ is_error: false, result: answer });
    // The search is a call of its own, which must not reach the org.
    expect(stage.log.join('')).toMatch(/"status":400[^\n]*web_search|web_search[^\n]*"status":400/);
  });

  it('searches for a tool, and calls the one it found', { timeout: TURN_LIMIT_MS }, async (context) => {
    judging(context, 'tool search');
    const [asked, kept, written, answer] = Array.from({ length: 4 }, () => randomUUID());
    const path = join(home, 'notes.ipynb');
    const cell = { id: 'first', cell_type: 'markdown', metadata: {}, source: [`kept ${kept}`] };
    await writeFile(path, JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }));
    const calls = [
      { after: asked, name: 'ToolSearch', arguments: { query: 'select:NotebookEdit', max_results: 1 } },
      { after: 'The tool NotebookEdit is available now.', name: 'Read', arguments: { file_path: path } },
      {
        after: `kept ${kept}`,
        name: 'NotebookEdit',
        arguments: { notebook_path: path, cell_id: 'first', new_source: `written ${written}` },
      },
    ];
    await stage.script(
      ...calls.map(({ after, ...call }) => ({ match: { contains: after }, reply: { toolCalls: [call] } })),
      { match: { contains: `written ${written}` }, reply: { text: answer } },
    );
    const printed = await runWith({}, `search ${asked}`, ['--allowedTools', 'Read,NotebookEdit']);
    expect(printed).toMatchObject({ is_error: false, result: answer });
    expect(await stage.unconsumed()).toEqual([]);
    expect(await readFile(path, 'utf8')).toContain(`written ${written}`);
    // Before it was found the model had not even heard of its arguments.
    const served = (await stage.journal()).filter(({ status }) => status === 200);
    const heard = served.map(({ body }) => JSON.stringify(body).includes('new_source'));
    expect(heard).toEqual([false, true, true, true]);
  });

  it('takes up a conversation again', { timeout: TURN_LIMIT_MS }, async (context) => {
    judging(context, '--continue');
    const [first, answer, second] = [randomUUID(), randomUUID(), randomUUID()];
    await stage.script(
      { match: { contains: first }, reply: { text: `kept ${answer}` } },
      { match: { contains: second }, reply: { text: `again ${second}` } },
    );
    expect((await run(`keep ${first}`)).result).toBe(`kept ${answer}`);
    expect((await run(`and ${second}`, '--continue')).result).toBe(`again ${second}`);
    const body = await stage.lastUpstreamBody();
    expect(body).toContain(first);
    expect(body).toContain(answer);
    expect(await stage.unconsumed()).toEqual([]);
  });

  it('sends out a helper and hears what it found', { timeout: TURN_LIMIT_MS }, async (context) => {
    judging(context, 'subagent');
    const [asked, errand, found, answer] = Array.from({ length: 4 }, () => randomUUID());
    const helper = {
      description: 'Find it',
      prompt: `errand ${errand}`,
      subagent_type: 'general-purpose',
      run_in_background: false,
    };
    await stage.script(
      { match: { contains: asked }, reply: { toolCalls: [{ name: 'Agent', arguments: helper }] } },
      { match: { contains: `errand ${errand}` }, reply: { text: `found ${found}` } },
      { match: { contains: found }, reply: { text: answer } },
    );
    const printed = await run(`send a helper ${asked}`, '--allowedTools', 'Agent,Task');
    expect(printed).toMatchObject({ is_error: false, result: answer });
    expect(await stage.unconsumed()).toEqual([]);
  });
});
