// Renders the little of Helm's language that the chart uses, and refuses the rest, so that the chart stays so simple.

import { createHash } from 'node:crypto';

type Scope = { readonly dot: unknown; readonly variables: Readonly<Record<string, unknown>> };
type Item = { readonly type: 'text' | 'action'; readonly text: string };

export function renderTemplate(template: string, values: unknown): string {
  const items = split(template);
  const reader = { items, at: 0 };
  const text = renderUntil(reader, { dot: values, variables: {} }, true).text;
  if (reader.at < items.length) throw new Error('an end or else that closes nothing');
  return text;
}

/** As Helm: a dash takes the white space on its side. */
function split(template: string): readonly Item[] {
  const items: Item[] = [];
  let rest = template;
  let trim = false;
  while (rest !== '') {
    const match = /\{\{(?<left>-?)\s*(?<action>[^}]*?)\s*(?<right>-?)\}\}/u.exec(rest);
    let text = match === null ? rest : rest.slice(0, match.index);
    if (trim) text = text.trimStart();
    if (match?.groups?.['left'] === '-') text = text.trimEnd();
    items.push({ type: 'text', text });
    if (match === null) break;
    items.push({ type: 'action', text: match.groups?.['action'] ?? '' });
    trim = match.groups?.['right'] === '-';
    rest = rest.slice(match.index + match[0].length);
  }
  return items;
}

type Reader = { readonly items: readonly Item[]; at: number };

function renderUntil(reader: Reader, scope: Scope, live: boolean): { text: string; closed: string } {
  let text = '';
  while (reader.at < reader.items.length) {
    const item = reader.items[reader.at];
    if (item === undefined) break;
    if (item.type === 'action' && (item.text === 'end' || item.text === 'else')) {
      reader.at += 1;
      return { text, closed: item.text };
    }
    reader.at += 1;
    if (item.type === 'text') text += live ? item.text : '';
    else text += renderAction(item.text, reader, scope, live);
  }
  return { text, closed: '' };
}

function renderAction(action: string, reader: Reader, scope: Scope, live: boolean): string {
  const [word = ''] = action.split(' ', 1);
  if (word === 'if') return renderIf(action.slice('if '.length), reader, scope, live);
  if (word === 'range') return renderRange(action.slice('range '.length), reader, scope, live);
  return live ? String(evaluate(action, scope)) : '';
}

function renderIf(condition: string, reader: Reader, scope: Scope, live: boolean): string {
  const holds = live && isTrue(evaluate(condition, scope));
  const first = renderUntil(reader, scope, holds);
  if (first.closed !== 'else') return first.text;
  const second = renderUntil(reader, scope, live && !holds);
  return first.text + second.text;
}

function renderRange(head: string, reader: Reader, scope: Scope, live: boolean): string {
  const named = /^\$(?<key>\w+), \$(?<value>\w+) := (?<list>.+)$/u.exec(head)?.groups;
  const list = live ? evaluate(named?.['list'] ?? head, scope) : [];
  const begun = reader.at;
  let text = '';
  for (const [key, value] of Object.entries(list as object)) {
    reader.at = begun;
    const variables = named === undefined ? {} : { [named['key'] ?? '']: key, [named['value'] ?? '']: value };
    text += renderUntil(reader, { dot: named === undefined ? value : scope.dot, variables }, true).text;
  }
  reader.at = begun;
  renderUntil(reader, scope, false);
  return text;
}

/** Empty lists and maps count as false, as in Helm. */
function isTrue(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

const FUNCTIONS: Readonly<Record<string, (value: unknown) => unknown>> = {
  quote: (value) => JSON.stringify(String(value)),
  toJson: (value) => JSON.stringify(value),
  sha256sum: (value) => createHash('sha256').update(String(value)).digest('hex'),
};

function evaluate(expression: string, scope: Scope): unknown {
  const [first = '', ...stages] = expression.split(' | ');
  const words = first.split(' ');
  const functions = [...words.slice(0, -1).toReversed(), ...stages];
  let value = look(words.at(-1) ?? '', scope);
  for (const name of functions) {
    const run = FUNCTIONS[name];
    if (run === undefined) throw new Error(`the chart is to be simple, and uses ${name}`);
    value = run(value);
  }
  return value;
}

function look(path: string, { dot, variables }: Scope): unknown {
  if (path === '.') return dot;
  if (path.startsWith('$')) return variables[path.slice(1)];
  if (!/^(?:\.\w+)+$/u.test(path)) throw new Error(`the chart is to be simple, and says ${path}`);
  let at = dot;
  for (const name of path.slice(1).split('.')) {
    if (typeof at !== 'object' || at === null || !(name in at)) throw new Error(`no value for ${path}`);
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}
