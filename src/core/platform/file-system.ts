// The few things the gateway does with files, as a port: tests count reads and plant faults.

import { randomUUID } from 'node:crypto';
import { access, constants, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export type FileSystem = {
  /** The whole file as UTF-8, or undefined when there is none. Other faults are thrown. */
  readText(path: string): Promise<string | undefined>;
  /** Replaces the file in one step (a reader sees the old or the new content), with the given mode. */
  writeAtomic(path: string, text: string, mode: number): Promise<void>;
  /**
   * Removes the drafts that `writeAtomic` of this path left behind because its process was killed, as far as they were last
   * changed before that time (milliseconds since 1970): a younger one may be another process's. Gives their number.
   */
  removeDrafts(path: string, beforeMs: number): Promise<number>;
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

const DRAFT_MARK = /^\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

async function removeDrafts(path: string, beforeMs: number): Promise<number> {
  const directory = dirname(path);
  const name = basename(path);
  let removed = 0;
  for (const found of await readdir(directory, { withFileTypes: true })) {
    if (!found.isFile() || !found.name.startsWith(name)) continue;
    if (!DRAFT_MARK.test(found.name.slice(name.length))) continue;
    const draft = join(directory, found.name);
    const changed = await missingAsUndefined(stat(draft));
    if (changed === undefined || changed.mtimeMs >= beforeMs) continue;
    // Another process may be tidying up too.
    await missingAsUndefined(unlink(draft));
    removed += 1;
  }
  return removed;
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
  removeDrafts,
  mode: async (path) => {
    const found = await missingAsUndefined(stat(path));
    return found === undefined ? undefined : found.mode & 0o777;
  },
  isWritable,
};
