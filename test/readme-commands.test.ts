// The README's list of commands is that of the command line: none missing, none that is not there.

import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { createFakeWorld } from './fakes/command-world.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

async function commandsIn(...args: string[]): Promise<readonly string[]> {
  const fake = createFakeWorld();
  await fake.run(...args, '--help');
  const list = fake.out().split('Commands:\n')[1] ?? '';
  return [...list.matchAll(/^ {2}([a-z-]+) /gmu)].flatMap(([, name = '']) => (name === 'help' ? [] : [name]));
}

describe("the README's list of commands", () => {
  it('names every command there is, and no other', async () => {
    const section = /## Commands\n([^]*?)\n## /u.exec(readme)?.[1] ?? '';
    const first = [...section.matchAll(/^\| (.*?) \|/gmu)].map(([, cell = '']) => cell).join(' ');
    const named = [...first.matchAll(/`([a-z0-9-]+)/gu)].map(([, name]) => name);
    const known = await commandsIn();
    const inner = [...(await commandsIn('config')), ...(await commandsIn('token'))];
    for (const name of known) expect(named, name).toContain(name);
    for (const name of inner) expect(first, name).toContain(name);
    const tools = /`connect claude-code`(.*?)\|/u.exec(section)?.[1]?.match(/[a-z0-9-]+/gu) ?? [];
    for (const name of named) expect([...known, ...inner, ...tools], String(name)).toContain(name);
  });
});
