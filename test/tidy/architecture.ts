// ARCHITECTURE.md stays true: every path it names exists, and every dependency is named there with a reason.

import type { Violation } from './source.ts';

const PAGE = 'ARCHITECTURE.md';
const CODE_SPAN = /`([^`\n]+)`/gu;
const FILE_ENDING = /\.(?:ts|js|json|md|ya?ml|sh)$/u;

/** A code span that means a place in the repository: it ends in `/` or in a file's ending and starts with neither `/` nor `.`. */
function looksLikePath(text: string): boolean {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_./-]*$/u.test(text)) return false;
  return text.endsWith('/') || (FILE_ENDING.test(text) && text.includes('/'));
}

function spans(page: string): readonly { text: string; line: number }[] {
  return page
    .split('\n')
    .flatMap((content, index) =>
      [...content.matchAll(CODE_SPAN)].map((match) => ({ text: match[1] ?? '', line: index + 1 })),
    );
}

export function checkPaths(page: string, exists: (path: string) => boolean): readonly Violation[] {
  return spans(page)
    .filter(({ text }) => looksLikePath(text) && !exists(text))
    .map(({ text, line }) => ({ path: PAGE, line, message: `\`${text}\` does not exist` }));
}

type Manifest = {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
};

/** Words of reason that a dependency's line must have besides names of packages. */
const REASON_WORDS_MIN = 1;

function reasonWords(line: string): number {
  return (line.replaceAll(CODE_SPAN, '').match(/[A-Za-z]{2,}/gu) ?? []).length;
}

export function checkDependencies(page: string, manifest: Manifest): readonly Violation[] {
  const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  const lines = page.split('\n');
  return names
    .filter(
      (name) => !lines.some((line) => line.includes(`\`${name}\``) && reasonWords(line) >= REASON_WORDS_MIN),
    )
    .map((name) => ({
      path: PAGE,
      line: 1,
      message: `the dependency \`${name}\` is not named with a reason`,
    }));
}
