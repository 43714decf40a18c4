// The repository as the tidy test sees it: what git keeps or would keep, read once.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseSource, type SourceFile } from './source.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SOURCE = /^(?:src|simulator|test|bench|scripts)\/.*\.ts$|^vitest\.config\.ts$/u;
/** Samples of bytes are not text of ours. */
const SAMPLES = /^test\/corpus\//u;
const BINARY = /\.(?:png|jpe?g|gif|webp|pdf|ico|bin|gz)$/u;

type Repository = {
  /** Committed, or new and not ignored; without what was deleted. */
  readonly paths: readonly string[];
  readonly sources: readonly SourceFile[];
  readonly texts: readonly string[];
  exists(path: string): boolean;
  read(path: string): string;
  readIfThere(path: string): string | undefined;
};

export function openRepository(): Repository {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  const exists = (path: string): boolean => existsSync(join(ROOT, path));
  const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
  const paths = [...new Set(listed.split('\0'))].filter((path) => path !== '' && exists(path)).toSorted();
  return {
    paths,
    sources: paths
      .filter((path) => SOURCE.test(path) && !SAMPLES.test(path))
      .map((path) => parseSource(path, read(path))),
    texts: paths.filter((path) => !SAMPLES.test(path) && !BINARY.test(path)),
    exists,
    read,
    readIfThere: (path) => (exists(path) ? read(path) : undefined),
  };
}
