// Holds the raw keys against the schema and says what is wrong in a person's words. Keys at fault are taken out and the
// rest is kept, so that faults of meaning are found in the same pass as faults of form.

import type { z } from 'zod';

import { isRecord, type RawConfig } from './file.ts';
import { knownKeys, memberKeys, type KnownKey } from './keys.ts';
import { nearestName } from './nearest-name.ts';
import type { Problems } from './problems.ts';
import { configFileSchema, type ConfigFile } from './schema.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

// Each pass takes out at least one key; a union can bring new faults to light once.
const PASSES_MAX = 8;

const EXPECTED: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'a fraction';
  return (
    { string: 'a text', boolean: 'true or false', object: 'an object' }[typeof value as string] ?? 'nothing'
  );
}

function valueAt(raw: unknown, path: Path): unknown {
  let at = raw;
  for (const part of path) {
    if (Array.isArray(at) && typeof part === 'number') at = at[part] as unknown;
    else if (isRecord(at)) at = at[String(part)];
    else return undefined;
  }
  return at;
}

function formatPath(path: Path): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}

const isTypeRefusal = (issue: Issue): boolean => issue.path.length === 0 && issue.code === 'invalid_type';

/** Of a union's branches, the one that the value was meant for: the one that does not refuse its very type. */
function flatten(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.find((branch) => !branch.some(isTypeRefusal));
  if (meant === undefined) return [issue];
  return meant.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }));
}

const expectedType = (issue: Issue): string =>
  issue.code === 'invalid_type' ? (EXPECTED[issue.expected] ?? issue.expected) : 'something else';

function faultOf(issue: Issue, raw: RawConfig): string {
  switch (issue.code) {
    case 'invalid_type': {
      const value = valueAt(raw, issue.path);
      if (value === undefined) return 'is missing.';
      return `must be ${expectedType(issue)}, not ${nameOf(value)}.`;
    }
    case 'invalid_union': {
      const types = issue.errors.flatMap((branch) => branch.filter(isTypeRefusal).map(expectedType));
      return `must be ${types.join(' or ')}, not ${nameOf(valueAt(raw, issue.path))}.`;
    }
    case 'invalid_value':
      return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}.`;
    case 'too_small':
      if (issue.origin === 'string') return 'is empty.';
      return `must be ${issue.inclusive === false ? 'above' : 'at least'} ${String(issue.minimum)}.`;
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be at most ${String(issue.maximum)}.`
        : `is too long: at most ${String(issue.maximum)} are allowed.`;
    default:
      return 'has a form that is not understood.';
  }
}

const byType: Readonly<Record<string, unknown>> = {
  number: 1,
  integer: 1,
  boolean: true,
  array: [],
  object: {},
};

function exampleOf(key: KnownKey | undefined): unknown {
  if (key === undefined) return undefined;
  const { node } = key;
  return node.examples?.[0] ?? node.default ?? node.enum?.[0] ?? byType[node.type ?? ''];
}

const keyOf = (path: Path): KnownKey | undefined => {
  const dotted = formatPath(path);
  return knownKeys().find((key) => key.path === dotted);
};

function fixOf(issue: Issue, problems: Problems): string {
  const key = keyOf(issue.path);
  const example = exampleOf(key);
  if (example !== undefined) return problems.howToSet(formatPath(issue.path), example);
  const description = key?.node.description;
  return description === undefined ? 'See config.schema.json.' : `Meant is: ${description}`;
}

function addUnknownKeys(path: Path, names: readonly string[], problems: Problems): void {
  const owner = formatPath(path);
  // Inside lists and maps the known names are those of a member, elsewhere all keys of the file.
  const members = memberKeys(String(path[0] ?? ''));
  const known = path.length > 1 && members.length > 0 ? members : knownKeys().map((key) => key.path);
  for (const name of names) {
    const full = owner === '' ? name : `${owner}.${name}`;
    const near = nearestName(full, known) ?? nearestName(name, known);
    const suggestion = near === undefined ? 'Remove it' : `Did you mean "${near}"? If not, remove it`;
    problems.add(full, 'is not a known key.', `${suggestion}.`);
  }
}

/** Takes out what lies at the path, or the nearest whole that can be taken out: a list is dropped as one. */
function without(raw: RawConfig, path: Path): RawConfig {
  const [first, ...rest] = path;
  if (first === undefined) return raw;
  const name = String(first);
  const { [name]: inner, ...others } = raw;
  if (rest.length === 0 || !isRecord(inner)) return others;
  return { ...others, [name]: without(inner, rest) };
}

function tell(issue: Issue, raw: RawConfig, problems: Problems): void {
  // What an earlier pass took out is missing now, and was told then.
  if (problems.isFaulty(formatPath(issue.path))) return;
  if (issue.code === 'unrecognized_keys') addUnknownKeys(issue.path, issue.keys, problems);
  else problems.add(formatPath(issue.path), faultOf(issue, raw), fixOf(issue, problems));
}

function takeOut(issue: Issue, raw: RawConfig): RawConfig {
  if (issue.code !== 'unrecognized_keys') {
    // A missing member makes its whole object unusable.
    const missing = valueAt(raw, issue.path) === undefined;
    return without(raw, missing ? issue.path.slice(0, -1) : issue.path);
  }
  let rest = raw;
  for (const name of issue.keys) rest = without(rest, [...issue.path, name]);
  return rest;
}

/** The file with its defaults. Faults are added to `problems`; what is at fault has its default or is absent. */
export function validateFile(raw: RawConfig, problems: Problems): ConfigFile {
  let rest = raw;
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const result = configFileSchema.safeParse(rest);
    if (result.success) return result.data;
    for (const issue of result.error.issues.flatMap(flatten)) {
      tell(issue, rest, problems);
    }
    for (const issue of result.error.issues.flatMap(flatten)) rest = takeOut(issue, rest);
  }
  return configFileSchema.parse({});
}
