// What else Claude Code does on its own account, on a model of each family: an answer by a schema, thinking that comes back,
// a web search that is refused, a conversation taken up again, a helper of its own. Nonces prove what reached the org.

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
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

  async function run(prompt: string, ...more: readonly string[]): Promise<Printed> {
    const args = ['-p', prompt, '--output-format', 'json', ...more];
    // Every tool is offered from the start: a model that is told of tools in words may call no other.
    const env = { ...messagesMode(stage), ENABLE_TOOL_SEARCH: '0' };
    return readPrinted(await runClaude(VERSION, args, { stage, home, model, env }));
  }

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
