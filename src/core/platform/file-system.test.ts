// The system's files, on a real disk: replaced in one step, and drafts that a killed process left behind.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemFileSystem } from './file-system.ts';

const DRAFT = '.0b51cf1e-8f4b-4d3e-9b1c-7a4a3a3f1c2d.tmp';
const YOUNG = '.1b51cf1e-8f4b-4d3e-9b1c-7a4a3a3f1c2d.tmp';
const OLD_MS = 1_000_000;

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'forcegate-files-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const write = (name: string, changedMs: number): void => {
  const path = join(directory, name);
  writeFileSync(path, name);
  utimesSync(path, changedMs / 1000, changedMs / 1000);
};

describe('a file that is replaced', () => {
  it('has the new content and mode, and no draft beside it', async () => {
    const path = join(directory, 'token.json');
    for (const text of ['one', 'two']) await systemFileSystem.writeAtomic(path, text, 0o600);
    expect(await systemFileSystem.readText(path)).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['token.json']);
  });

  it('leaves no draft where it cannot be replaced', async () => {
    const path = join(directory, 'token.json');
    mkdirSync(path);
    await expect(systemFileSystem.writeAtomic(path, 'one', 0o600)).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(directory)).toEqual(['token.json']);
  });
});

describe('drafts', () => {
  it('of the file are removed where they are old, and nothing else is', async () => {
    const others = [
      'token.json',
      `token.json${YOUNG}`,
      `other.json${DRAFT}`,
      'token.json.tmp',
      'token.json.backup.tmp',
      `token.json${DRAFT}.txt`,
      `a.token.json${DRAFT}`,
    ];
    for (const name of others) write(name, name.includes(YOUNG) ? OLD_MS + 1 : OLD_MS - 1);
    write(`token.json${DRAFT}`, OLD_MS - 1);
    mkdirSync(join(directory, `token.json${DRAFT.replace('0b', '2b')}`));
    const path = join(directory, 'token.json');
    expect(await systemFileSystem.removeDrafts(path, OLD_MS)).toBe(1);
    expect(readdirSync(directory).toSorted()).toEqual(
      [...others, `token.json${DRAFT.replace('0b', '2b')}`].toSorted(),
    );
    expect(await systemFileSystem.removeDrafts(path, OLD_MS)).toBe(0);
  });

  it('of a write that was cut off have the name by which they are found', async () => {
    const path = join(directory, 'token.json');
    // The name of a draft is its own; the directory in its place keeps the draft from becoming the file.
    mkdirSync(path);
    const listed: string[] = [];
    const writing = systemFileSystem.writeAtomic(path, 'one', 0o600).catch(() => undefined);
    while (listed.length === 0) {
      listed.push(...readdirSync(directory).filter((name) => name !== 'token.json'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    write(listed[0] ?? '', OLD_MS);
    expect(await systemFileSystem.removeDrafts(path, OLD_MS + 1)).toBe(1);
  });
});
