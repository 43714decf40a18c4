// Holds vendor words to the folders that own them: identifiers and string literals, not comments and not the paths of
// imports.

import { wordsOf } from './names.ts';
import { fits } from './paths.ts';
import {
  field,
  isTest,
  textField,
  walk,
  type SourceFile,
  type SyntaxNode,
  type Violation,
} from './source.ts';
import { ALLOWANCES, WORDS_OF_SENTENCES, ZONES } from './vendor-table.ts';

const IMPORT_OR_EXPORT = new Set([
  'ImportDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]);

/** The text a node shows to a reader of the product, if it is an identifier or a literal. */
function spokenText(node: SyntaxNode, parent: SyntaxNode | undefined): string | undefined {
  if (node.type === 'Identifier' || node.type === 'PrivateIdentifier') return textField(node, 'name');
  if (node.type === 'Literal') {
    const isPath = parent !== undefined && field(parent, 'source') === node;
    return isPath || (parent !== undefined && IMPORT_OR_EXPORT.has(parent.type))
      ? undefined
      : textField(node, 'value');
  }
  if (node.type !== 'TemplateElement') return undefined;
  const value = field(node, 'value');
  return typeof value === 'object' && value !== null && 'raw' in value && typeof value.raw === 'string'
    ? value.raw
    : undefined;
}

/**
 * Long words are looked for anywhere, however they are capitalised or joined (`OpenAI`, `sfdc_ai`); short ones only as
 * whole words, since `nova` hides in `innovation`. Letters followed by figures are two words: `gpt4` says `gpt`.
 */
function vendorWordsIn(text: string, banned: readonly string[]): readonly string[] {
  const joined = text.toLowerCase().replaceAll(/[-_]/gu, '');
  const words = new Set(wordsOf(text.replaceAll(/([A-Za-z])(?=\d)/gu, '$1 ')));
  return banned.filter((word) => (word.length > 4 ? joined.includes(word) : words.has(word)));
}

function isAllowed(path: string, word: string, text: string): boolean {
  if (text.includes(' ') && WORDS_OF_SENTENCES.includes(word)) return true;
  return ALLOWANCES.some((allowance) => fits(path, allowance.path) && allowance.words.includes(word));
}

function vendorWords(file: SourceFile): readonly { word: string; text: string; line: number }[] {
  const zone = ZONES.find((one) => fits(file.path, one.folder));
  if (zone === undefined || isTest(file.path)) return [];
  const found: { word: string; text: string; line: number }[] = [];
  walk(file.program, (node, ancestors) => {
    const text = spokenText(node, ancestors[0]);
    if (text === undefined) return;
    for (const word of vendorWordsIn(text, zone.banned)) {
      found.push({ word, text, line: file.lineAt(node.start) });
    }
  });
  return found;
}

export function checkVendorWords(file: SourceFile): readonly Violation[] {
  return vendorWords(file)
    .filter(({ word, text }) => !isAllowed(file.path, word, text))
    .map(({ word, text, line }) => ({
      path: file.path,
      line,
      message: `\`${text.length > 60 ? `${text.slice(0, 60)}...` : text}\` says \`${word}\`, a vendor's word outside its folders`,
    }));
}

/** Allowances that nothing needs any more. */
export function staleAllowances(files: readonly SourceFile[]): readonly Violation[] {
  return ALLOWANCES.flatMap((allowance) => {
    const covered = files.filter((file) => fits(file.path, allowance.path));
    const used = new Set(covered.flatMap(vendorWords).map(({ word }) => word));
    return allowance.words
      .filter((word) => !used.has(word))
      .map((word) => ({
        path: 'test/tidy/vendor-table.ts',
        line: 1,
        message: `the allowance of \`${word}\` in ${allowance.path} is no longer needed; remove it`,
      }));
  });
}
