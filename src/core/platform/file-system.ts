// The few things the gateway does with files, as a port: tests count reads and plant faults.

import { randomUUID } from 'node:crypto';
import { access, constants, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

export type FileSystem = {
  /** The whole file as UTF-8, or undefined when there is none. Other faults are thrown. */
  readText(path: string): Promise<string | undefined>;
  /** Replaces the file in one step (a reader sees the old or the new content), with the given mode. */
  writeAtomic(path: string, text: string, mode: number): Promise<void>;
  /** Permission bits of the file, or undefined when there is none. */
  mode(path: string): Promise<number | undefined>;
  /** Whether a file could be created or replaced there. */
  isWritable(path: string): Promise<boolean>;
};

function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
}

async function missingAsUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

async function writeAtomic(path: string, text: string, mode: number): Promise<void> {
  // In the same directory, so that the rename does not cross file systems; random, so that two processes that share
  // the file do not share the draft.
  const draft = `${path}.${randomUUID()}.tmp`;
  const file = await open(draft, 'wx', mode);
  try {
    await file.writeFile(text, 'utf8');
    await file.sync();
    await file.close();
    await rename(draft, path);
  } catch (thrown) {
    await file.close().catch(() => undefined);
    await unlink(draft).catch(() => undefined);
    throw thrown;
  }
}

async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK);
    return true;
  } catch (thrown) {
    if (!isMissing(thrown)) return false;
  }
  try {
    await access(dirname(path), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export const systemFileSystem: FileSystem = {
  readText: (path) => missingAsUndefined(readFile(path, 'utf8')),
  writeAtomic,
  mode: async (path) => {
    const found = await missingAsUndefined(stat(path));
    return found === undefined ? undefined : found.mode & 0o777;
  },
  isWritable,
};
