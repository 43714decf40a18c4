// Merges a tool's own configuration file: what is ours is set, everything else stays as it stands. Pure, text in and text
// out; what cannot be merged safely is refused, never guessed.

export type MergeFault = { readonly fault: string };

/** Sets members of the object under `key`, for example the environment in Claude Code's settings. */
export function mergeJsonObject(
  text: string | undefined,
  key: string,
  members: Readonly<Record<string, string>>,
): string | MergeFault {
  let whole: unknown;
  try {
    whole = text === undefined || text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    return { fault: 'is not JSON' };
  }
  if (!isObject(whole)) return { fault: 'is not a JSON object' };
  const inner = whole[key] ?? {};
  if (!isObject(inner)) return { fault: `has a "${key}" that is no object` };
  const indent = /\n([\t ]+)"/u.exec(text ?? '')?.[1] ?? '  ';
  return `${JSON.stringify({ ...whole, [key]: { ...inner, ...members } }, undefined, indent)}\n`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const KEY = String.raw`(?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+)`;
const HEADER = new RegExp(
  String.raw`^\s*\[{1,2}\s*(?<path>${KEY}(?:\s*\.\s*${KEY})*)\s*\]{1,2}\s*(?:#.*)?$`,
  'u',
);
/** What brackets are not to be counted in. */
const TEXT_OR_COMMENT = /"(?:[^"\\]|\\.)*"|'[^']*'|#.*$/gu;

type Members = Readonly<Record<string, string>>;
type Table = { readonly name: string; readonly members: Members };

/** A TOML file of keys at the top and one table. Values are texts. */
export function formatToml(top: Members, table: Table): string {
  return joinParts([formatMembers(top), formatTable(table)]);
}

/** Sets keys at the top and one whole table of a TOML file. */
export function mergeToml(text: string | undefined, top: Members, table: Table): string | MergeFault {
  const old = text ?? '';
  // Their lines may look like anything, tables among them.
  if (old.includes('"""') || old.includes("'''")) return { fault: 'has texts of several lines' };
  const lines = old === '' ? [] : old.replace(/\n$/u, '').split('\n');
  const read = readLines(lines);
  if ('fault' in read) return read;
  const firstTable = read.findIndex(({ header }) => header !== undefined);
  const head = firstTable === -1 ? read : read.slice(0, firstTable);
  const tables = firstTable === -1 ? [] : withoutTable(read.slice(firstTable), table.name);
  const kept = head.flatMap(({ text: line, isOutside }) =>
    isOutside && Object.keys(top).some((key) => isKey(line, key)) ? [] : [line],
  );
  return joinParts([
    [...formatMembers(top), ...dropBlankEnds(kept)],
    dropBlankEnds(tables),
    formatTable(table),
  ]);
}

function joinParts(parts: readonly (readonly string[])[]): string {
  const filled = parts.filter((part) => part.length > 0);
  return `${filled.map((part) => part.join('\n')).join('\n\n')}\n`;
}

const formatTable = ({ name, members }: Table): readonly string[] => [`[${name}]`, ...formatMembers(members)];

const isKey = (line: string, key: string): boolean => new RegExp(`^\\s*"?${key}"?\\s*=`, 'u').test(line);

const formatMembers = (members: Members): readonly string[] =>
  // A JSON text is a TOML text too.
  Object.entries(members).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);

type Line = {
  readonly text: string;
  /** The table that begins here, its names in order. */
  readonly header: string | undefined;
  /** Not within an array of several lines. */
  readonly isOutside: boolean;
};

/** Which lines begin a table. One that looks like it and is not understood could hide the end of ours. */
function readLines(lines: readonly string[]): readonly Line[] | MergeFault {
  const read: Line[] = [];
  let depth = 0;
  for (const [index, text] of lines.entries()) {
    const isOutside = depth === 0;
    const path = isOutside ? HEADER.exec(text)?.groups?.['path'] : undefined;
    if (isOutside && path === undefined && text.trimStart().startsWith('['))
      return { fault: `has a table on line ${index + 1} that is not understood` };
    read.push({ text, header: path === undefined ? undefined : namesOf(path), isOutside });
    for (const [bracket] of text.replaceAll(TEXT_OR_COMMENT, '').matchAll(/[[\]{}]/gu))
      depth += bracket === '[' || bracket === '{' ? 1 : -1;
    if (depth < 0) return { fault: `has a bracket too many on line ${index + 1}` };
  }
  return depth === 0 ? read : { fault: 'has a bracket that never closes' };
}

/** `a . "b"` and `a.b` are one table. */
const namesOf = (path: string): string =>
  [...path.matchAll(new RegExp(KEY, 'gu'))].map(([key]) => key.replace(/^(["'])(.*)\1$/u, '$2')).join('\n');

function withoutTable(lines: readonly Line[], name: string): readonly string[] {
  const ours = namesOf(name);
  let inside = false;
  return lines.flatMap(({ text, header }) => {
    if (header !== undefined) inside = header === ours;
    return inside ? [] : [text];
  });
}

function dropBlankEnds(lines: readonly string[]): readonly string[] {
  const isFilled = (line: string): boolean => line.trim() !== '';
  const first = lines.findIndex(isFilled);
  return first === -1 ? [] : lines.slice(first, lines.findLastIndex(isFilled) + 1);
}
