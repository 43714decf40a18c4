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

const TABLE = /^\s*\[{1,2}\s*[\w"'.\s-]+\]{1,2}\s*(?:#.*)?$/u;

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
  const firstTable = lines.findIndex((line) => TABLE.test(line));
  const head = firstTable === -1 ? lines : lines.slice(0, firstTable);
  const tables = firstTable === -1 ? [] : withoutTable(lines.slice(firstTable), table.name);
  const kept = head.filter((line) => !Object.keys(top).some((key) => isKey(line, key)));
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

function withoutTable(lines: readonly string[], name: string): readonly string[] {
  const header = new RegExp(`^\\s*\\[\\s*${name.replaceAll('.', '\\s*\\.\\s*')}\\s*\\]`, 'u');
  let inside = false;
  return lines.filter((line) => {
    if (TABLE.test(line)) inside = header.test(line);
    return !inside;
  });
}

function dropBlankEnds(lines: readonly string[]): readonly string[] {
  const isFilled = (line: string): boolean => line.trim() !== '';
  const first = lines.findIndex(isFilled);
  return first === -1 ? [] : lines.slice(first, lines.findLastIndex(isFilled) + 1);
}
