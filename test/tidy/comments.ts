// Every file opens by saying what it is; nothing is left for later in a comment; no type is given up.

import { isTest, walk, type SourceFile, type Violation } from './source.ts';

const OPENING_LINES_MAX = 6;
const LEFT_FOR_LATER = /\b(?:TODO|FIXME|XXX|HACK)\b/u;
const SILENCER = /@ts-(?:ignore|nocheck|expect-error)|(?:oxlint|eslint)-disable/u;
const SILENCER_WITH_REASON = /(?:@ts-expect-error|(?:oxlint|eslint)-disable\S*[^\n]*--)\s+\S+/u;

/** Lines of the comment that opens the file; 0 without one. A hash-bang line may stand before it. */
function openingLines(file: SourceFile): number {
  const lines = file.text.split('\n');
  const first = lines[0]?.startsWith('#!') === true ? 1 : 0;
  const opening = file.comments.filter((comment) => file.lineAt(comment.start) >= first + 1);
  let next = first + 1;
  for (const comment of opening) {
    if (file.lineAt(comment.start) !== next) break;
    next = file.lineAt(comment.end) + 1;
  }
  return next - first - 1;
}

export function checkComments(file: SourceFile): readonly Violation[] {
  const violations: Violation[] = [];
  const report = (line: number, message: string): void => {
    violations.push({ path: file.path, line, message });
  };
  const opening = openingLines(file);
  if (opening === 0) report(1, 'the file does not open with a comment: what it is, what it promises');
  if (opening > OPENING_LINES_MAX) {
    report(
      1,
      `the opening comment has ${opening} lines; at most ${OPENING_LINES_MAX}: the rest belongs where it applies`,
    );
  }
  for (const comment of file.comments) {
    const line = file.lineAt(comment.start);
    const later = LEFT_FOR_LATER.exec(comment.value)?.[0];
    if (later !== undefined) report(line, `\`${later}\` in a comment: do it now, or open an issue`);
    if (SILENCER.test(comment.value) && !SILENCER_WITH_REASON.test(comment.value)) {
      report(
        line,
        'a silenced check says why: `@ts-expect-error <reason>` or `oxlint-disable-next-line <rule> -- <reason>`',
      );
    }
  }
  return violations;
}

export function checkTypes(file: SourceFile): readonly Violation[] {
  const violations: Violation[] = [];
  walk(file.program, (node) => {
    const isAny = node.type === 'TSAnyKeyword';
    const isAssertion = node.type === 'TSNonNullExpression' && !isTest(file.path);
    if (!isAny && !isAssertion) return;
    violations.push({
      path: file.path,
      line: file.lineAt(node.start),
      message: isAny
        ? '`any` switches the checker off; use `unknown` and look'
        : '`!` claims what nobody checked; handle undefined',
    });
  });
  return violations;
}
