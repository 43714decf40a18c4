// The file that log lines go to: order, limits, and what is told when it cannot be written.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { RotatingFile } from './rotating-file.ts';

const FULL_DISK = '/dev/full';
const directories: string[] = [];

afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
});

async function place(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'forcegate-log-'));
  directories.push(directory);
  return directory;
}

const told = (file: RotatingFile, event: 'drain' | 'error'): Promise<unknown> =>
  new Promise((resolve) => {
    file.on(event, resolve);
  });

async function writeEach(file: RotatingFile, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    const drained = told(file, 'drain');
    file.write(text);
    await drained;
  }
}

describe('a rotating file', () => {
  it('makes its directory, appends in order, and is for its owner only', async () => {
    const path = join(await place(), 'logs', 'api.log');
    const file = new RotatingFile({ path, fileBytesMax: 100, oldFilesMax: 2 });
    const drained = told(file, 'drain');
    file.write('one\n');
    file.write('two\n');
    await drained;
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('begins a new file when one is full and keeps so many full ones', async () => {
    const directory = await place();
    const path = join(directory, 'api.log');
    const file = new RotatingFile({ path, fileBytesMax: 8, oldFilesMax: 2 });
    await writeEach(file, ['aaaa\n', 'bbbb\n', 'cccc\n', 'dd\n', 'eeee\n']);
    expect((await readdir(directory)).toSorted()).toEqual(['api.log', 'api.log.1', 'api.log.2']);
    expect(await readFile(path, 'utf8')).toBe('eeee\n');
    expect(await readFile(`${path}.1`, 'utf8')).toBe('cccc\ndd\n');
    expect(await readFile(`${path}.2`, 'utf8')).toBe('bbbb\n');
  });

  it('counts what was in the file before', async () => {
    const path = join(await place(), 'api.log');
    await writeFile(path, 'before\n');
    await writeEach(new RotatingFile({ path, fileBytesMax: 8, oldFilesMax: 1 }), ['after\n']);
    expect(await readFile(path, 'utf8')).toBe('after\n');
    expect(await readFile(`${path}.1`, 'utf8')).toBe('before\n');
  });

  it('tells when it cannot be written, and goes on', async () => {
    const blocked = join(await place(), 'a-file');
    await writeFile(blocked, '');
    const path = join(blocked, 'api.log');
    const file = new RotatingFile({ path, fileBytesMax: 8, oldFilesMax: 1 });
    const failed = told(file, 'error');
    const dropped: unknown[] = [];
    file.on('drop', (text) => dropped.push(text));
    const drained = told(file, 'drain');
    file.write('lost\n');
    expect(await failed).toMatchObject({ code: 'ENOTDIR' });
    await drained;
    expect(dropped).toEqual(['lost\n']);
  });

  it.skipIf(!existsSync(FULL_DISK))('tells as dropped what a full disk does not take', async () => {
    const path = join(await place(), 'api.log');
    await symlink(FULL_DISK, path);
    const file = new RotatingFile({ path, fileBytesMax: 100, oldFilesMax: 0 });
    const dropped: unknown[] = [];
    file.on('drop', (text) => dropped.push(text));
    await writeEach(file, ['one\n', 'two\n']);
    expect(dropped).toEqual(['one\n', 'two\n']);
  });

  it('has everything once and in order, however far the writing was when all is written now', async () => {
    const directory = await place();
    const big = `${'x'.repeat(1024 * 1024)}\n`;
    // From before the first step of a batch until after the last of the next.
    for (let turns = 0; turns < 40; turns += 1) {
      const path = join(directory, `${turns}.log`);
      const file = new RotatingFile({ path, fileBytesMax: 1e9, oldFilesMax: 1 });
      const drained = told(file, 'drain');
      file.write(`first\n${big}`);
      file.write('second\n');
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      file.write('third\n');
      file.writeNow('last\n');
      const atOnce = await readFile(path, 'utf8');
      await drained;
      // Compared as they are short, for a failure that can be read.
      const seen = [atOnce, await readFile(path, 'utf8')].map((text) => text.replaceAll(/x+/gu, 'x'));
      expect(seen).toEqual(Array(2).fill('first\nx\nsecond\nthird\nlast\n'));
      expect(atOnce.length).toBe(big.length + 'first\nsecond\nthird\nlast\n'.length);
    }
  });

  it.skipIf(process.platform === 'win32')('writes to a pipe, which has no places', async () => {
    const path = join(await place(), 'pipe');
    execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', path]);
    const reading = readFile(path, 'utf8');
    await writeEach(new RotatingFile({ path, fileBytesMax: 8, oldFilesMax: 1 }), ['one\n']);
    expect(await reading).toBe('one\n');
  });

  it('goes on after all was written now', async () => {
    const path = join(await place(), 'api.log');
    const file = new RotatingFile({ path, fileBytesMax: 100, oldFilesMax: 1 });
    file.write('one\n');
    file.writeNow('two\n');
    await told(file, 'drain');
    await writeEach(file, ['three\n']);
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\nthree\n');
  });

  it('drops what would wait beyond its limit', async () => {
    const path = join(await place(), 'api.log');
    const file = new RotatingFile({ path, fileBytesMax: 1e9, oldFilesMax: 1 });
    const dropped: unknown[] = [];
    file.on('drop', (text) => dropped.push(text));
    const drained = told(file, 'drain');
    const half = 'x'.repeat(9 * 1024 * 1024);
    file.write('first\n');
    file.write(half);
    file.write(half);
    expect(dropped).toEqual([half]);
    await drained;
  });
});
