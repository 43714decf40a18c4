// A test about the source itself: what may import what, what things are called, how long they are, where words may
// stand. The rules are data in test/tidy/; here each is held, and each is proved able to fail.

import { describe, expect, it } from 'vitest';

import { checkDependencies, checkPaths } from './tidy/architecture.ts';
import { checkCasts, staleCastExemptions } from './tidy/codecs.ts';
import { ALLOWED_NAMES } from './tidy/name-table.ts';
import { checkFileName, exportedNames } from './tidy/names.ts';
import { SOURCE_RULES } from './tidy/proofs.ts';
import { openRepository } from './tidy/repository.ts';
import { checkRepositoryText } from './tidy/repository-text.ts';
import { checkSizes, staleSizeExemptions } from './tidy/sizes.ts';
import { parseSource, type Violation } from './tidy/source.ts';
import { staleAllowances } from './tidy/vendor-words.ts';

const repository = openRepository();

/** Fails with every violation on a line of its own, as an editor can jump to. */
function expectTidy(violations: readonly Violation[]): void {
  const lines = violations.map(({ path, line, message }) => `${path}:${line}  ${message}`);
  if (lines.length > 0) expect.fail(`${lines.length} untidy:\n${lines.join('\n')}`);
}

function messages(violations: readonly Violation[]): string {
  return violations.map(({ message }) => message).join('\n');
}

describe.each(SOURCE_RULES)('the source: $promise', ({ check, broken, kept }) => {
  it('holds in the whole repository', () => {
    expectTidy(repository.sources.flatMap((file) => check(file)));
  });

  it.each(broken)('tells $path: $told', ({ path, text, told }) => {
    expect(messages(check(parseSource(path, text)))).toContain(told);
  });

  it.each(kept)('lets $path be: sample %$', ({ path, text }) => {
    expect(messages(check(parseSource(path, text)))).toBe('');
  });
});

describe('the folders', () => {
  it('give every codec the same cast of files', () => {
    expectTidy([...checkCasts(repository.paths), ...staleCastExemptions(repository.paths)]);
  });

  it('show a codec that lacks a file of the cast, and an exemption that is no longer needed', () => {
    expect(messages(checkCasts(['src/dialects/toy/index.ts']))).toContain('lacks request.ts');
    const stale = staleCastExemptions(['src/salesforce/surfaces/embeddings/stream.ts']);
    expect(messages(stale)).toContain('take it out of the exemption');
  });

  it('are named in kebab-case, files that are no source among them', () => {
    const scripts = repository.paths.filter((path) => /^(?:bin|src|simulator|scripts|bench)\//u.test(path));
    expectTidy(scripts.flatMap(checkFileName));
  });
});

describe('the exemptions', () => {
  it('are all still needed', () => {
    const exported = new Set(repository.sources.flatMap(exportedNames).map(({ name }) => name));
    const unused = Object.keys(ALLOWED_NAMES).filter((name) => !exported.has(name));
    expect(unused).toEqual([]);
    expectTidy([...staleAllowances(repository.sources), ...staleSizeExemptions(repository.sources)]);
  });

  it('cover what they name and are told when nothing needs them', () => {
    const long = parseSource('src/a.ts', `function long() {\n${'  step();\n'.repeat(80)}}`);
    const exemption = { path: 'src/a.ts', functionName: 'long', reason: 'a table' };
    expect(checkSizes(long, [])).toHaveLength(1);
    expect(checkSizes(long, [exemption])).toEqual([]);
    expect(staleSizeExemptions([long], [exemption])).toEqual([]);
    expect(messages(staleSizeExemptions([], [exemption]))).toContain('no longer needed');
    expect(messages(staleAllowances([]))).toContain('no longer needed');
  });
});

describe('ARCHITECTURE.md', () => {
  const page = repository.readIfThere('ARCHITECTURE.md') ?? '';

  it('names only paths that exist', () => {
    expectTidy(checkPaths(page, (path) => repository.exists(path)));
    expect(messages(checkPaths('see `src/nowhere.ts`, `a.b` and `/v1/`', () => false))).toBe(
      '`src/nowhere.ts` does not exist',
    );
  });

  it('gives a reason for every dependency', () => {
    const manifest: unknown = JSON.parse(repository.read('package.json'));
    expectTidy(checkDependencies(page, manifest as Parameters<typeof checkDependencies>[1]));
    const toy = { dependencies: { one: '1', two: '1', three: '1' } };
    const told = messages(checkDependencies('| `one` | reads the toy |\n| `two` | |', toy));
    expect(told).not.toContain('`one`');
    expect(told).toContain('`two` is not named with a reason');
    expect(told).toContain('`three`');
  });
});

describe('the text of the repository', () => {
  it('names no machine and no registry', () => {
    expectTidy(repository.texts.flatMap((path) => checkRepositoryText(path, repository.read(path))));
  });

  // Put together at run time, so that this file does not accuse itself.
  it.each([
    ['a.md', ['cd ', 'work', 'main'].join('/')],
    ['a.ts', ["open('", 'home', 'me', 'key'].join('/')],
    ['package-lock.json', ['"resolved": "https:', '', 'packages.example', 'a.tgz'].join('/')],
    ['a.yml', ['url: https:', '', 'registry.example.com', ''].join('/')],
    ['.npmrc', 'registry=somewhere'],
  ])('is untidy in %s with `%s`', (path, text) => {
    expect(checkRepositoryText(path, text)).toHaveLength(1);
  });

  it('may speak of a route that looks like a path', () => {
    expect(
      checkRepositoryText('a.md', 'GET https://example.com/home/page, src/work/ and registry.find(a)'),
    ).toEqual([]);
  });
});
