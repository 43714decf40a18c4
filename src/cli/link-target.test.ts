// Where a path leads to in the end.

import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { linkTarget } from './link-target.ts';

let directory: string;
const at = (...names: string[]): string => join(directory, ...names);

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'forcegate-links-')));
});
afterEach(() => rm(directory, { recursive: true }));

describe('a path', () => {
  it('that is no link, or nothing yet, leads to itself', async () => {
    await writeFile(at('file'), '');
    for (const name of ['file', 'nothing', 'no/where']) expect(await linkTarget(at(name))).toBe(at(name));
  });

  it('leads through several links, to what is there or is not yet', async () => {
    await mkdir(at('deep'));
    await symlink(at('deep', 'second'), at('first'));
    await symlink('../file', at('deep', 'second'));
    expect(await linkTarget(at('first'))).toBe(at('file'));
    await writeFile(at('file'), '');
    expect(await linkTarget(at('first'))).toBe(at('file'));
  });

  it('through a directory that is a link is meant from where it really is', async () => {
    await mkdir(at('real', 'inner'), { recursive: true });
    await symlink('real/inner', at('short'));
    await symlink('../file', at('real', 'inner', 'link'));
    expect(await linkTarget(at('short', 'link'))).toBe(at('real', 'file'));
  });

  it('that leads round in a circle is named', async () => {
    await symlink(at('b'), at('a'));
    await symlink(at('a'), at('b'));
    await expect(linkTarget(at('a'))).rejects.toThrow('leads nowhere');
  });
});
