// Paths and patterns: `src/a/` fits what lies in the folder, `src/a.ts` fits the file, `*` fits one name between slashes.
// The same patterns are used by every table of the tidy test.

import { posix } from 'node:path';

function toPattern(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.+?^${}()|[\]\\]/gu, String.raw`\$&`).replaceAll('*', '[^/]+');
  return new RegExp(`^${escaped}${pattern.endsWith('/') ? '' : '$'}`, 'u');
}

export function fits(path: string, pattern: string): boolean {
  return toPattern(pattern).test(path);
}

export function fitsAny(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => fits(path, pattern));
}

/** The part of the path that the pattern covers: `src/dialects/openai-chat/` for the pattern with `*` in its place. */
export function coveredBy(path: string, pattern: string): string {
  return toPattern(pattern).exec(path)?.[0] ?? '';
}

/** Where a relative import leads, from the repository's root. */
export function resolveImport(fromPath: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(fromPath), specifier));
}
