// A whole task by the coding agents: read a program, mend it, run it, say what it printed. Four turns, each scripted on what
// the turn before must have shown the model; the last word is one that only the mended program can print.

import { randomInt, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { ORGS, type OrgCase } from '../journeys/orgs.ts';
import { openStage, type Stage } from '../journeys/stage.ts';
import { judge, versionOf } from './cells.ts';
import { readPrinted, runClaude } from './claude-code.ts';
import { runCodex } from './codex.ts';
import { TURN_LIMIT_MS } from './programs.ts';

type Call = { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> };
type Place = { readonly stage: Stage; readonly home: string; readonly model: string };
type Agent = {
  readonly client: string;
  /** Its folder of ours. */
  readonly folder: string;
  /** The words with which its edit says that it is done. */
  readonly edited: string;
  readonly read: (path: string) => Call;
  readonly edit: (path: string, old: string, fresh: string) => Call;
  readonly run: (command: string) => Call;
  readonly ask: (place: Place, prompt: string) => Promise<string>;
};

const claudeCode = (folder: string): Agent => ({
  client: 'Claude Code',
  folder,
  edited: 'has been updated',
  read: (path) => ({ name: 'Read', arguments: { file_path: path } }),
  edit: (path, old, fresh) => ({
    name: 'Edit',
    arguments: { file_path: path, old_string: old, new_string: fresh },
  }),
  run: (command) => ({ name: 'Bash', arguments: { command, description: 'Run the program' } }),
  async ask({ stage, home, model }, prompt) {
    const args = ['-p', prompt, '--allowedTools', 'Read,Edit,Bash', '--output-format', 'json'];
    const printed = readPrinted(await runClaude(folder, args, { stage, home, model }));
    expect(printed).toMatchObject({ is_error: false, num_turns: 4 });
    return printed.result;
  },
});

const codexRun = (cmd: string): Call => ({ name: 'exec_command', arguments: { cmd } });
const codex: Agent = {
  client: 'Codex',
  folder: '@openai/codex',
  edited: 'Success. Updated',
  read: (path) => codexRun(`cat ${path}`),
  // A model without the patch tool is told to write its patches as a command.
  edit: (path, old, fresh) =>
    codexRun(
      `apply_patch <<'PATCH'\n*** Begin Patch\n*** Update File: ${path}\n@@\n-${old}\n+${fresh}\n*** End Patch\nPATCH\n`,
    ),
  run: codexRun,
  ask: (place, prompt) => runCodex(place, ['-s', 'workspace-write', prompt]),
};

const AGENTS: readonly Agent[] = [claudeCode('claude-code-older'), claudeCode('claude-code-newer'), codex];

describe.each(AGENTS)('$folder', (agent) => {
  it.for(ORGS)(
    'reads, mends and runs a program on $model of an org of $org',
    {
      timeout: TURN_LIMIT_MS,
    },
    async ({ model, surface, state }, context) => {
      const { client, folder } = agent;
      judge(context, { client, version: versionOf(folder), model, surface, feature: 'edit and run' });
      const stage = await openStage({ org: state });
      const home = await mkdtemp(join(tmpdir(), 'forcegate-task-'));
      try {
        await playTask(agent, { stage, home, model }, surface);
      } finally {
        await stage.close();
        await rm(home, { recursive: true, force: true });
      }
    },
  );
});

async function playTask(agent: Agent, place: Place, surface: OrgCase['surface']): Promise<void> {
  const { stage, home } = place;
  const [asked, mark] = [randomUUID(), randomUUID()];
  const [left, right] = [randomInt(1e9, 2e9), randomInt(1e8, 2e8)];
  const path = join(home, 'total.sh');
  const wrong = `echo "total: $((${left} - ${right}))"`;
  const mended = `echo "total: $((${left} + ${right}))"`;
  await writeFile(path, `# ${mark}\n${wrong}\n`);
  const steps = [
    { contains: asked, call: agent.read(path) },
    { contains: mark, call: agent.edit(path, wrong, mended) },
    { contains: agent.edited, call: agent.run(`sh ${path}`) },
  ];
  const total = `total: ${left + right}`;
  await stage.script(
    ...steps.map(({ contains, call }, index) => ({
      match: { contains },
      reply: { text: `Step ${index}.`, toolCalls: [call] },
    })),
    { match: { contains: total }, reply: { text: `Mended: ${asked}` } },
  );
  expect(await agent.ask(place, `please mend total.sh ${asked}`)).toBe(`Mended: ${asked}`);
  expect(await readFile(path, 'utf8')).toBe(`# ${mark}\n${mended}\n`);
  expect(await stage.unconsumed()).toEqual([]);
  // An org that lacks the better surfaces says so once.
  const served = (await stage.journal()).filter(({ status }) => status !== 404);
  expect(served.map((entry) => [entry.surface, entry.status, entry.outcome])).toEqual(
    Array.from({ length: 4 }, () => [surface, 200, 'complete']),
  );
}
