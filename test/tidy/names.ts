// File names are kebab-case and say what is inside; exported names are whole words.

import { ALLOWED_NAMES, FORBIDDEN_NAME_WORDS, FORBIDDEN_PATH_WORDS } from './name-table.ts';
import {
  nodeField,
  nodesField,
  textField,
  walk,
  type SourceFile,
  type SyntaxNode,
  type Violation,
} from './source.ts';

const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/u;

/** `toHTTPName_two` → `to`, `http`, `name`, `two`. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/gu, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/gu, '$1 $2')
    .split(/[^A-Za-z0-9]+/u)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

export function checkFileName(path: string): readonly Violation[] {
  const violations: Violation[] = [];
  for (const piece of path.split('/')) {
    if (!KEBAB.test(piece)) violations.push({ path, line: 1, message: `\`${piece}\` is not kebab-case` });
    const word = piece.split(/[-.]/u).find((one) => FORBIDDEN_PATH_WORDS.includes(one));
    if (word !== undefined) {
      violations.push({
        path,
        line: 1,
        message: `\`${word}\` in \`${piece}\` says nothing: name it after its one idea`,
      });
    }
  }
  return violations;
}

function declaredNames(declaration: SyntaxNode): readonly (string | undefined)[] {
  if (declaration.type !== 'VariableDeclaration') return [textField(nodeField(declaration, 'id'), 'name')];
  return nodesField(declaration, 'declarations').map((one) => textField(nodeField(one, 'id'), 'name'));
}

type ExportedName = { readonly name: string; readonly line: number };

export function exportedNames(file: SourceFile): readonly ExportedName[] {
  const found: ExportedName[] = [];
  walk(file.program, (node) => {
    if (node.type !== 'ExportNamedDeclaration' && node.type !== 'ExportDefaultDeclaration') return;
    const line = file.lineAt(node.start);
    const declaration = nodeField(node, 'declaration');
    const names = [
      ...(declaration === undefined ? [] : declaredNames(declaration)),
      // A name passed on from elsewhere is judged where it is declared, unless it is renamed here.
      ...nodesField(node, 'specifiers').map((one) => {
        const exported = textField(nodeField(one, 'exported'), 'name');
        return exported === textField(nodeField(one, 'local'), 'name') ? undefined : exported;
      }),
    ];
    for (const name of names) if (name !== undefined) found.push({ name, line });
  });
  return found;
}

export function checkNames(file: SourceFile): readonly Violation[] {
  const violations = [...checkFileName(file.path)];
  for (const { name, line } of exportedNames(file)) {
    if (Object.hasOwn(ALLOWED_NAMES, name)) continue;
    // `baseUrl` is a term of its own.
    const words = wordsOf(name.replaceAll(/base(?=Url|Path)|BASE_(?=URL|PATH)/giu, ''));
    const word = words.find((one) => Object.hasOwn(FORBIDDEN_NAME_WORDS, one));
    if (word === undefined) continue;
    const message = `exported name \`${name}\` holds \`${word}\`; write ${FORBIDDEN_NAME_WORDS[word]}`;
    violations.push({ path: file.path, line, message });
  }
  return violations;
}
