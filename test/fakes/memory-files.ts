// A file system in memory for the tests of configuration and commands: paths with text and permission bits.

import type { FileSystem } from '../../src/core/platform/index.ts';

export type MemoryFile = { readonly text: string; readonly mode?: number };

export type MemoryFiles = FileSystem & { readonly written: readonly string[] };

/** A path with the text `!CODE` fails to be read with that code. */
export function createMemoryFiles(contents: Readonly<Record<string, string | MemoryFile>>): MemoryFiles {
  const entry = (path: string): MemoryFile | undefined => {
    const found = Object.hasOwn(contents, path) ? contents[path] : undefined;
    return typeof found === 'string' ? { text: found } : found;
  };
  const written: string[] = [];
  return {
    written,
    async readText(path) {
      const found = entry(path);
      if (found?.text.startsWith('!') === true)
        throw Object.assign(new Error('cannot read'), { code: found.text.slice(1) });
      return found?.text;
    },
    async writeAtomic(path) {
      written.push(path);
    },
    removeDrafts: () => Promise.resolve(0),
    async mode(path) {
      const found = entry(path);
      return found === undefined ? undefined : (found.mode ?? 0o600);
    },
    async isWritable(path) {
      return (entry(path)?.mode ?? 0o600) >= 0o200;
    },
  };
}
