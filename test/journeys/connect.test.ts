// `forcegate connect` against a gateway that runs: what it prints for each tool, what it merges, what its test proves.

import { chmod, mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { loadConfig } from '../../src/config/index.ts';
import { systemFileSystem } from '../../src/core/platform/index.ts';
import { createGateway, systemDependencies, type Gateway } from '../../src/main.ts';
import { openCommandPlace, type CommandPlace } from './command-place.ts';

const KEY = 'a-client-key-of-some-length';

let place: CommandPlace;
let gateway: Gateway;
let url: string;

beforeAll(async () => {
  place = await openCommandPlace({
    file: () => ({ port: 0, client_keys: [KEY] }),
    env: (_org, directory) => ({ HOME: directory }),
  });
  const loaded = await loadConfig({ cwd: place.directory, env: {}, files: systemFileSystem });
  if (!loaded.configured) throw new Error('the place has a configuration');
  gateway = createGateway(loaded.config, { ...systemDependencies(), log: { write: () => undefined } });
  ({ url } = await gateway.open());
});

afterAll(async () => {
  await gateway.close();
  await place.close();
});

const connect = (...args: string[]): ReturnType<CommandPlace['run']> =>
  place.run(['connect', ...args, '--url', url]);

const modes = async (directory: string): Promise<readonly number[]> =>
  Promise.all(
    (await readdir(directory)).map(async (name) => (await stat(join(directory, name))).mode & 0o777),
  );

describe('connect', () => {
  it.each(['claude-code', 'codex', 'n8n', 'open-webui', 'langchain', 'openai', 'vscode'])(
    'prints what %s has to be told, and nothing else to standard output',
    async (tool) => {
      const { code, out } = await connect(tool, '--key', KEY);
      expect(code).toBe(0);
      expect(out).toContain(url);
      if (out.startsWith('[') || out.startsWith('{')) expect(JSON.parse(out)).toBeTypeOf('object');
    },
  );

  it('says where a key is missing, and writes none that does not work', async () => {
    const printed = await connect('openai');
    expect(printed.out).toContain('OPENAI_API_KEY=YOUR-CLIENT-KEY');
    expect(printed.said).toContain('give it with --key');
    expect((await connect('claude-code', '--write')).said).toContain('asks for a key');
    expect((await connect('openai', '--key', 'wrong')).said).toContain('does not accept this key');
    expect(await readdir(place.directory)).not.toContain('.claude');
  });

  it("merges into Claude Code's settings, keeps the rest and the old file, and proves it by a call", async () => {
    const directory = join(place.directory, '.claude');
    await mkdir(directory);
    const before = '{"permissions": {"allow": ["Bash"]}, "env": {"MINE": "1"}}';
    await writeFile(join(directory, 'settings.json'), before, { mode: 0o600 });
    const run = await connect('claude-code', '--key', KEY, '--write', '--test');
    expect(run).toMatchObject({ code: 0, out: '' });
    expect(run.said).toContain('It works: claude-sonnet-4-6 answered /v1/messages.');
    expect(JSON.parse(await readFile(join(directory, 'settings.json'), 'utf8'))).toEqual({
      permissions: { allow: ['Bash'] },
      env: {
        MINE: '1',
        ANTHROPIC_BASE_URL: url,
        ANTHROPIC_AUTH_TOKEN: KEY,
        ANTHROPIC_MODEL: 'claude-sonnet-4-6',
      },
    });
    const backups = (await readdir(directory)).filter((name) => name.endsWith('.backup'));
    expect(backups).toHaveLength(1);
    expect(await readFile(join(directory, backups[0] ?? ''), 'utf8')).toBe(before);
    expect((await connect('claude-code', '--key', KEY, '--write')).said).toContain('already says so');
    expect(await readdir(directory)).toHaveLength(2);
  });

  it("keeps a key from other users' eyes in a file that they could read, and in the old one beside it", async () => {
    const directory = join(place.directory, '.claude');
    await rm(directory, { recursive: true });
    await mkdir(directory);
    const path = join(directory, 'settings.json');
    await writeFile(path, '{"env": {"ANTHROPIC_AUTH_TOKEN": "an-older-key"}}');
    await chmod(path, 0o644);
    await connect('claude-code', '--key', KEY, '--write');
    expect(await modes(directory)).toEqual([0o600, 0o600]);
    await chmod(path, 0o664);
    const again = await connect('claude-code', '--key', KEY, '--write');
    expect(again.said).not.toContain('already says so');
    expect(await modes(directory)).toEqual([0o600, 0o600]);
  });

  it('leaves the permissions of a file that gets no key as they are', async () => {
    const directory = join(place.directory, '.codex');
    await mkdir(directory);
    const path = join(directory, 'config.toml');
    await writeFile(path, 'theme = "dark"\n');
    await chmod(path, 0o644);
    await connect('codex', '--key', KEY, '--write');
    expect(await modes(directory)).toEqual([0o644, 0o644]);
    await rm(directory, { recursive: true });
  });

  it('writes where a link leads to, and keeps the link and the old file beside it', async () => {
    const directory = join(place.directory, '.claude');
    const dotfiles = join(place.directory, 'dotfiles');
    await rm(directory, { recursive: true });
    await mkdir(directory);
    await mkdir(dotfiles);
    const link = join(directory, 'settings.json');
    await symlink('../dotfiles/claude.json', link);
    // At first the link leads to nothing yet, then to the file that was written.
    for (const args of [[], ['--model', 'claude-sonnet-4-5']]) {
      const { code } = await connect('claude-code', '--key', KEY, '--write', ...args);
      expect(code).toBe(0);
    }
    expect(await readlink(link)).toBe('../dotfiles/claude.json');
    const written = await readFile(join(dotfiles, 'claude.json'), 'utf8');
    expect(written).toContain(KEY);
    expect(written).toContain('claude-sonnet-4-5');
    expect(await readdir(dotfiles)).toEqual(['claude.json']);
    expect(await readdir(directory)).toHaveLength(2);
    await rm(link);
    await symlink('settings.json', link);
    expect((await connect('claude-code', '--key', KEY, '--write')).said).toContain('leads nowhere');
    await rm(link);
  });

  it('makes the file of Codex without the key in it', async () => {
    const run = await connect('codex', '--key', KEY, '--write', '--test');
    expect(run.said).toContain('It works: gpt-5.4 answered /v1/responses.');
    expect(run.code).toBe(0);
    const written = await readFile(join(place.directory, '.codex', 'config.toml'), 'utf8');
    expect(written).toContain(`base_url = "${url}/v1"`);
    expect(written).toContain('env_key = "FORCEGATE_KEY"');
    expect(written).not.toContain(KEY);
  });

  it('leaves a file alone that it cannot merge, and tools alone that have none', async () => {
    const path = join(place.directory, '.claude', 'settings.json');
    await writeFile(path, '{ // mine\n}');
    expect((await connect('claude-code', '--key', KEY, '--write')).said).toContain('is left as it is');
    expect(await readFile(path, 'utf8')).toBe('{ // mine\n}');
    expect((await connect('n8n', '--key', KEY, '--write')).code).toBe(1);
  });

  it('names a model that is not there, and a gateway that does not answer', async () => {
    expect((await connect('openai', '--key', KEY, '--model', 'no-such')).said).toContain(
      'has no model no-such',
    );
    const { code, said } = await place.run(['connect', 'openai', '--url', 'http://127.0.0.1:1']);
    expect(code).toBe(1);
    expect(said).toContain('Nobody answers');
  });
});
