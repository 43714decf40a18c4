// One parsed source file, and the small questions the rules ask of it: which line, which nodes, which imports, which
// names it declares itself. The rest of the tidy test knows nothing of the parser.

import { parseSync, visitorKeys, type Comment } from 'oxc-parser';

/** A syntax node, seen only through what every node has; fields are read with `field` and `children`. */
export type SyntaxNode = {
  readonly type: string;
  readonly start: number;
  readonly end: number;
};

export type ImportSite = {
  readonly specifier: string;
  readonly line: number;
  /** Erased when the file runs. */
  readonly typeOnly: boolean;
  /** Names taken from the module, `*` for all of them. */
  readonly names: readonly string[];
};

export type SourceFile = {
  /** From the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly lineCount: number;
  readonly program: SyntaxNode;
  readonly comments: readonly Comment[];
  readonly imports: readonly ImportSite[];
  /** Every name the file binds itself, in whatever scope. */
  readonly declared: ReadonlySet<string>;
  lineAt(offset: number): number;
};

export type Violation = {
  readonly path: string;
  /** 1 for what concerns the file as a whole. */
  readonly line: number;
  readonly message: string;
};

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

export function field(node: SyntaxNode, name: string): unknown {
  return (node as unknown as Readonly<Record<string, unknown>>)[name];
}

export function nodeField(node: SyntaxNode, name: string): SyntaxNode | undefined {
  const value = field(node, name);
  return isNode(value) ? value : undefined;
}

export function nodesField(node: SyntaxNode, name: string): readonly SyntaxNode[] {
  const value = field(node, name);
  return Array.isArray(value) ? value.filter(isNode) : [];
}

export function textField(node: SyntaxNode | undefined, name: string): string | undefined {
  const value = node === undefined ? undefined : field(node, name);
  return typeof value === 'string' ? value : undefined;
}

export function children(node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (const key of visitorKeys[node.type] ?? []) {
    const value = field(node, key);
    if (Array.isArray(value)) found.push(...value.filter(isNode));
    else if (isNode(value)) found.push(value);
  }
  return found;
}

/** Every node below `root` and itself, parents before children, with the nodes it lies in, nearest first. */
export function walk(
  root: SyntaxNode,
  visit: (node: SyntaxNode, ancestors: readonly SyntaxNode[]) => void,
  ancestors: readonly SyntaxNode[] = [],
): void {
  visit(root, ancestors);
  const within = [root, ...ancestors];
  for (const child of children(root)) walk(child, visit, within);
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

export function isFunction(node: SyntaxNode): boolean {
  return FUNCTIONS.has(node.type);
}

/** `a.b.c` as text, where it is made of plain names; undefined otherwise. */
export function dottedName(node: SyntaxNode): string | undefined {
  if (node.type === 'Identifier') return textField(node, 'name');
  if (node.type !== 'MemberExpression' || field(node, 'computed') === true) return undefined;
  const object = nodeField(node, 'object');
  const left = object === undefined ? undefined : dottedName(object);
  const right = textField(nodeField(node, 'property'), 'name');
  return left === undefined || right === undefined ? undefined : `${left}.${right}`;
}

function bindingNames(pattern: SyntaxNode): readonly string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [textField(pattern, 'name') ?? ''];
    case 'AssignmentPattern': {
      const left = nodeField(pattern, 'left');
      return left === undefined ? [] : bindingNames(left);
    }
    case 'Property': {
      const value = nodeField(pattern, 'value');
      return value === undefined ? [] : bindingNames(value);
    }
    default:
      return children(pattern).flatMap(bindingNames);
  }
}

const DECLARATIONS = new Set(['VariableDeclarator', 'FunctionDeclaration', 'ClassDeclaration']);

function declaredBy(node: SyntaxNode): readonly string[] {
  const names: string[] = [];
  if (DECLARATIONS.has(node.type)) {
    const id = nodeField(node, 'id');
    if (id !== undefined) names.push(...bindingNames(id));
  }
  if (isFunction(node)) names.push(...nodesField(node, 'params').flatMap(bindingNames));
  if (node.type.startsWith('Import') && node.type.endsWith('Specifier')) {
    names.push(textField(nodeField(node, 'local'), 'name') ?? '');
  }
  return names;
}

const IMPORTING = new Set([
  'ImportDeclaration',
  'ExportAllDeclaration',
  'ExportNamedDeclaration',
  'ImportExpression',
  'TSImportType',
]);

function importedNames(node: SyntaxNode): readonly string[] {
  if (node.type !== 'ImportDeclaration' && node.type !== 'ExportNamedDeclaration') return ['*'];
  return nodesField(node, 'specifiers').map((specifier) => {
    const imported = nodeField(specifier, 'imported') ?? nodeField(specifier, 'local');
    return specifier.type === 'ImportNamespaceSpecifier' ? '*' : (textField(imported, 'name') ?? '*');
  });
}

/** `import type`, `export type ... from`, `import('x').T`, or every name of the braces marked `type`. */
function isTypeOnly(node: SyntaxNode): boolean {
  if (node.type === 'TSImportType') return true;
  if (field(node, 'importKind') === 'type' || field(node, 'exportKind') === 'type') return true;
  const kinds = nodesField(node, 'specifiers').map(
    (specifier) => field(specifier, 'importKind') ?? field(specifier, 'exportKind'),
  );
  return kinds.length > 0 && kinds.every((kind) => kind === 'type');
}

/** @throws Error naming the file when it cannot be parsed. */
export function parseSource(path: string, text: string): SourceFile {
  const parsed = parseSync(path, text);
  const fault = parsed.errors[0];
  if (fault !== undefined) throw new Error(`${path} cannot be parsed: ${fault.message}`);
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  const lineAt = (offset: number): number => lineStarts.findLastIndex((start) => start <= offset) + 1;
  const program = parsed.program as unknown as SyntaxNode;
  const imports: ImportSite[] = [];
  const declared = new Set<string>();
  walk(program, (node) => {
    for (const name of declaredBy(node)) declared.add(name);
    if (!IMPORTING.has(node.type)) return;
    const specifier = textField(nodeField(node, 'source'), 'value');
    if (specifier === undefined) return;
    imports.push({
      specifier,
      line: lineAt(node.start),
      typeOnly: isTypeOnly(node),
      names: importedNames(node),
    });
  });
  const lineCount = text.endsWith('\n') ? lineStarts.length - 1 : lineStarts.length;
  return { path, text, lineCount, program, comments: parsed.comments, imports, declared, lineAt };
}

/** Tests, and what stands beside them for their sake alone (`test-*.ts`). */
export function isTest(path: string): boolean {
  return path.startsWith('test/') || /(?:\.(?:test|accept)\.ts|\/test-[^/]+\.ts)$/u.test(path);
}
