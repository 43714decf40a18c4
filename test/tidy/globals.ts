// Time, chance, environment and network are arguments: the globals that give them are banned in `src/`, each with the
// replacement named. `core/platform` is where they become ports; `cli` is where the process itself is handled.

import { fitsAny } from './paths.ts';
import {
  dottedName,
  field,
  isTest,
  nodeField,
  nodesField,
  walk,
  type SourceFile,
  type SyntaxNode,
  type Violation,
} from './source.ts';

const EXEMPT = ['src/core/platform/', 'src/cli/'];

const CLOCK = 'the Clock of core/platform (nowMs for dates, monotonicMs for durations)';
const TIMERS = 'the Timers of core/platform';
const RANDOM = 'the Random of core/platform';
const LOG = "telemetry's port";
const NETWORK = 'a send function from salesforce/transport';

/** Dotted names; a last `*` stands for any member. */
const BANNED: Readonly<Record<string, string>> = {
  'Date.now': CLOCK,
  'performance.*': CLOCK,
  'process.hrtime': CLOCK,
  'process.hrtime.bigint': CLOCK,
  'process.uptime': CLOCK,
  'Math.random': RANDOM,
  'crypto.randomUUID': RANDOM,
  'crypto.getRandomValues': RANDOM,
  setTimeout: TIMERS,
  setInterval: TIMERS,
  setImmediate: TIMERS,
  'AbortSignal.timeout': `${TIMERS} with a CancelSource`,
  'process.env': 'the environment handed to src/config/ as an argument',
  'process.exit': 'a thrown error or a return value; only src/cli/ ends the process',
  'console.*': LOG,
  fetch: NETWORK,
  XMLHttpRequest: NETWORK,
  WebSocket: NETWORK,
};

const ROOTS = new Set(Object.keys(BANNED).map((name) => name.split('.')[0] ?? name));

function replacementFor(name: string): string | undefined {
  const plain = name.startsWith('globalThis.') ? name.slice('globalThis.'.length) : name;
  return BANNED[plain] ?? BANNED[`${plain.split('.')[0]}.*`];
}

/** Names that are not references: keys, members, labels, declarations of types. */
function isReference(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (parent === undefined) return true;
  switch (parent.type) {
    case 'MemberExpression':
      return nodeField(parent, 'object') === node;
    case 'Property':
    case 'PropertyDefinition':
    case 'MethodDefinition':
      return nodeField(parent, 'value') === node || field(parent, 'computed') === true;
    default:
      return !parent.type.startsWith('TS');
  }
}

function bannedName(node: SyntaxNode, parent: SyntaxNode | undefined, file: SourceFile): string | undefined {
  const name = dottedName(node);
  if (name === undefined) return undefined;
  if (node.type === 'Identifier' && !isReference(node, parent)) return undefined;
  const root = name.split('.')[0] ?? name;
  if (root !== 'globalThis' && (!ROOTS.has(root) || file.declared.has(root))) return undefined;
  // A lone `performance` is no fault; its members are.
  if (node.type === 'Identifier' && BANNED[name] === undefined) return undefined;
  return replacementFor(name) === undefined ? undefined : name;
}

/** `const { env } = process`. */
function destructured(node: SyntaxNode): readonly string[] {
  if (node.type !== 'VariableDeclarator') return [];
  const init = nodeField(node, 'init');
  const pattern = nodeField(node, 'id');
  if (init?.type !== 'Identifier' || pattern?.type !== 'ObjectPattern') return [];
  const root = dottedName(init) ?? '';
  return nodesField(pattern, 'properties').map((property) => {
    const key = nodeField(property, 'key');
    return `${root}.${key === undefined ? '*' : dottedName(key)}`;
  });
}

function isDateWithoutArgument(node: SyntaxNode): boolean {
  const callee = nodeField(node, 'callee');
  if (callee === undefined || dottedName(callee) !== 'Date') return false;
  if (node.type === 'CallExpression') return true;
  return node.type === 'NewExpression' && nodesField(node, 'arguments').length === 0;
}

export function checkGlobals(file: SourceFile): readonly Violation[] {
  if (!file.path.startsWith('src/') || fitsAny(file.path, EXEMPT) || isTest(file.path)) return [];
  const violations: Violation[] = [];
  const report = (node: SyntaxNode, name: string, instead: string): void => {
    const message = `${name} is banned here; use ${instead}, as an argument`;
    violations.push({ path: file.path, line: file.lineAt(node.start), message });
  };
  walk(file.program, (node, ancestors) => {
    const name = bannedName(node, ancestors[0], file);
    if (name !== undefined) report(node, name, replacementFor(name) ?? '');
    if (isDateWithoutArgument(node)) report(node, 'the present by `Date`', CLOCK);
    for (const taken of destructured(node)) {
      const instead = replacementFor(taken);
      if (instead !== undefined) report(node, taken, instead);
    }
  });
  return violations;
}
