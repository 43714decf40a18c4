// What a test may not do: sleep, be the only one, or be skipped without a word. Scenes in real time (`*.accept.ts`) may
// wait, since waiting is their subject.

import {
  dottedName,
  isFunction,
  isTest,
  nodeField,
  nodesField,
  textField,
  walk,
  type SourceFile,
  type SyntaxNode,
  type Violation,
} from './source.ts';

const RUNNERS = new Set(['it', 'test', 'describe', 'suite']);
const TIMER_NAMES = new Set(['setTimeout', 'setInterval']);

function calleeName(node: SyntaxNode): string | undefined {
  if (node.type !== 'CallExpression') return undefined;
  const callee = nodeField(node, 'callee');
  return callee === undefined ? undefined : dottedName(callee);
}

/** `new Promise((resolve) => setTimeout(resolve, ...))` in any spelling: a timer set directly in an executor. */
function isSleep(node: SyntaxNode, ancestors: readonly SyntaxNode[]): boolean {
  if (!TIMER_NAMES.has(calleeName(node) ?? '')) return false;
  const enclosing = ancestors.findIndex(isFunction);
  const holder = ancestors[enclosing + 1];
  if (enclosing === -1 || holder?.type !== 'NewExpression') return false;
  return textField(nodeField(holder, 'callee'), 'name') === 'Promise';
}

function modifierOf(node: SyntaxNode): string | undefined {
  if (node.type !== 'MemberExpression') return undefined;
  const [runner, ...modifiers] = (dottedName(node) ?? '').split('.');
  return RUNNERS.has(runner ?? '') ? modifiers.at(-1) : undefined;
}

/** A comment on the same line or on the one above says why. */
function isExplained(file: SourceFile, line: number): boolean {
  return file.comments.some((comment) => {
    const endsAt = file.lineAt(comment.end - 1);
    return endsAt === line || endsAt === line - 1;
  });
}

const SLEEPING_MODULES = new Set(['timers/promises', 'node:timers/promises']);

export function checkTestHabits(file: SourceFile): readonly Violation[] {
  if (!isTest(file.path) || file.path.endsWith('.accept.ts')) return [];
  const violations: Violation[] = [];
  const report = (line: number, message: string): void => {
    violations.push({ path: file.path, line, message });
  };
  for (const site of file.imports) {
    if (
      SLEEPING_MODULES.has(site.specifier) &&
      site.names.some((name) => name === 'setTimeout' || name === '*')
    ) {
      report(site.line, 'a test does not sleep; use test/simulated-time.ts, or wait for an event');
    }
  }
  walk(file.program, (node, ancestors) => {
    const line = file.lineAt(node.start);
    if (isSleep(node, ancestors)) {
      report(line, 'a test does not sleep; use test/simulated-time.ts, or wait for an event');
    }
    const modifier = modifierOf(node);
    if (modifier === 'only') report(line, '`.only` silences every other test; remove it');
    if ((modifier === 'skip' || modifier === 'todo') && !isExplained(file, line)) {
      report(line, `\`.${modifier}\` needs its reason in a comment on the line above`);
    }
    const title = nodesField(node, 'arguments')[0];
    const called = calleeName(node);
    if ((called === 'it' || called === 'test') && /^should\b/u.test(textField(title, 'value') ?? '')) {
      report(line, 'a test name is a sentence in the present tense: say what it does, not what it should do');
    }
  });
  return violations;
}
