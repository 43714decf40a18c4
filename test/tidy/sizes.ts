// Small pieces: functions and files stay within the limits of size-table.ts.

import {
  CLOSURE_LINES_MAX,
  FILE_LINES_MAX,
  FUNCTION_LINES_MAX,
  SIZE_EXEMPTIONS,
  TEST_FILE_LINES_MAX,
  type SizeExemption,
} from './size-table.ts';
import {
  children,
  dottedName,
  isFunction,
  isTest,
  nodeField,
  textField,
  walk,
  type SourceFile,
  type SyntaxNode,
  type Violation,
} from './source.ts';

function nameOf(node: SyntaxNode, parent: SyntaxNode | undefined): string {
  const own = textField(nodeField(node, 'id'), 'name');
  if (own !== undefined) return own;
  const holder = parent === undefined ? undefined : (nodeField(parent, 'id') ?? nodeField(parent, 'key'));
  return (holder === undefined ? undefined : dottedName(holder)) ?? '(anonymous)';
}

/** Lines of the functions nearest inside `node`, each counted whole, not twice. */
function linesOfInnerFunctions(file: SourceFile, node: SyntaxNode): number {
  let lines = 0;
  for (const child of children(node)) {
    // A function that ends on the line it began takes no line of its own.
    if (isFunction(child)) lines += file.lineAt(child.end) - file.lineAt(child.start);
    else lines += linesOfInnerFunctions(file, child);
  }
  return lines;
}

type Measure = { readonly name: string; readonly line: number; readonly own: number; readonly whole: number };

function measureFunctions(file: SourceFile): readonly Measure[] {
  const measures: Measure[] = [];
  walk(file.program, (node, ancestors) => {
    if (!isFunction(node)) return;
    const line = file.lineAt(node.start);
    const whole = file.lineAt(node.end) - line + 1;
    measures.push({
      name: nameOf(node, ancestors[0]),
      line,
      own: whole - linesOfInnerFunctions(file, node),
      whole,
    });
  });
  return measures;
}

type Excess = Violation & { readonly functionName: string | undefined };

function excesses(file: SourceFile): readonly Excess[] {
  const found: Excess[] = [];
  const fileMax = isTest(file.path) ? TEST_FILE_LINES_MAX : FILE_LINES_MAX;
  if (file.lineCount > fileMax) {
    const message = `${file.lineCount} lines; a file has at most ${fileMax}: split it by ideas`;
    found.push({ path: file.path, line: 1, message, functionName: undefined });
  }
  for (const { name, line, own, whole } of measureFunctions(file)) {
    const at = { path: file.path, line, functionName: name };
    if (own > FUNCTION_LINES_MAX) {
      const message = `${name} has ${own} lines of its own; at most ${FUNCTION_LINES_MAX}: name its steps`;
      found.push({ ...at, message });
    } else if (whole > CLOSURE_LINES_MAX && !isTest(file.path)) {
      const message = `${name} holds ${whole} lines with what is inside it; at most ${CLOSURE_LINES_MAX}: move parts out`;
      found.push({ ...at, message });
    }
  }
  return found;
}

function covers(exemption: SizeExemption, excess: Excess): boolean {
  return exemption.path === excess.path && exemption.functionName === excess.functionName;
}

export function checkSizes(
  file: SourceFile,
  exemptions: readonly SizeExemption[] = SIZE_EXEMPTIONS,
): readonly Violation[] {
  return excesses(file).filter((excess) => !exemptions.some((exemption) => covers(exemption, excess)));
}

export function staleSizeExemptions(
  files: readonly SourceFile[],
  exemptions: readonly SizeExemption[] = SIZE_EXEMPTIONS,
): readonly Violation[] {
  const all = files.flatMap(excesses);
  return exemptions
    .filter((exemption) => !all.some((excess) => covers(exemption, excess)))
    .map(({ path, functionName }) => ({
      path: 'test/tidy/size-table.ts',
      line: 1,
      message: `the exemption of ${functionName ?? 'the file'} in ${path} is no longer needed; remove it`,
    }));
}
