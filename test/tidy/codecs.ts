// Codec folders share one cast of files, so that who knows one knows all; and codecs are synchronous: no promise, no
// `async`, no `await`.

import { CODEC_FOLDERS } from './package-table.ts';
import { fits, fitsAny } from './paths.ts';
import { field, isFunction, isTest, textField, walk, type SourceFile, type Violation } from './source.ts';

type Cast = {
  /** `*` is the codec's folder. */
  readonly folder: string;
  readonly files: readonly string[];
};

const CASTS: readonly Cast[] = [
  { folder: 'src/dialects/*/', files: ['index', 'request', 'response', 'stream', 'errors'] },
  { folder: 'src/salesforce/surfaces/*/', files: ['index', 'request', 'response', 'stream', 'errors'] },
  // A protocol holds what its dialect and its surface share: which of the cast that is, differs.
  { folder: 'src/protocols/*/', files: ['index', 'request', 'response'] },
];

type CastExemption = {
  readonly folder: string;
  readonly without: readonly string[];
  readonly reason: string;
};

const CAST_EXEMPTIONS: readonly CastExemption[] = [
  {
    folder: 'src/salesforce/surfaces/chat-generations/',
    without: ['stream'],
    reason: 'the classic chat surface answers whole; its `openStream` tells the whole reply as events',
  },
  {
    folder: 'src/salesforce/surfaces/embeddings/',
    without: ['stream'],
    reason: 'vectors are never streamed',
  },
  { folder: 'src/dialects/openai-embeddings/', without: ['stream'], reason: 'vectors are never streamed' },
  {
    folder: 'src/salesforce/surfaces/generations/',
    without: ['index', 'request', 'response', 'stream', 'errors'],
    reason: 'no surface: what two of them share',
  },
];

function codecFolders(paths: readonly string[], cast: Cast): readonly string[] {
  const depth = cast.folder.split('/').length - 1;
  const folders = paths
    .filter((path) => fits(path, cast.folder))
    .map((path) => `${path.split('/').slice(0, depth).join('/')}/`);
  return [...new Set(folders)];
}

export function checkCasts(paths: readonly string[]): readonly Violation[] {
  const present = new Set(paths);
  return CASTS.flatMap((cast) =>
    codecFolders(paths, cast).flatMap((folder) => {
      const without = CAST_EXEMPTIONS.find((one) => one.folder === folder)?.without ?? [];
      return cast.files
        .filter((name) => !without.includes(name) && !present.has(`${folder}${name}.ts`))
        .map((name) => ({
          path: folder,
          line: 1,
          message: `the codec lacks ${name}.ts; every codec folder has ${cast.files.join(', ')}`,
        }));
    }),
  );
}

/** Exemptions for files that have come to exist after all. */
export function staleCastExemptions(paths: readonly string[]): readonly Violation[] {
  const present = new Set(paths);
  return CAST_EXEMPTIONS.flatMap((exemption) =>
    exemption.without
      .filter((name) => name !== 'index' && present.has(`${exemption.folder}${name}.ts`))
      .map((name) => ({
        path: 'test/tidy/codecs.ts',
        line: 1,
        message: `${exemption.folder}${name}.ts exists: take it out of the exemption`,
      })),
  );
}

export function checkSynchrony(file: SourceFile): readonly Violation[] {
  if (!fitsAny(file.path, CODEC_FOLDERS) || isTest(file.path)) return [];
  const violations: Violation[] = [];
  walk(file.program, (node) => {
    const asynchronous = isFunction(node) && field(node, 'async') === true;
    const awaits = node.type === 'AwaitExpression' || field(node, 'await') === true;
    const promises = node.type === 'Identifier' && textField(node, 'name') === 'Promise';
    if (!asynchronous && !awaits && !promises) return;
    violations.push({
      path: file.path,
      line: file.lineAt(node.start),
      message: 'a codec is synchronous: no `async`, `await` or `Promise`; push events to a sink instead',
    });
  });
  return violations;
}
