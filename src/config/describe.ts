// What is set, and where it comes from, for a person to read: every key with its value in force, and what two files set
// differently. No secret is ever shown, only that there is one and whether it changed.

import { applyEnvironment, configPathFrom } from './environment.ts';
import { findConfigFile, isRecord, type RawConfig } from './file.ts';
import { knownKeys, memberKeys } from './keys.ts';
import type { LoadConfigInput } from './load.ts';
import { modernizeKeys } from './legacy-names.ts';
import { Problems } from './problems.ts';
import { validateFile } from './validate.ts';

export type ConfigEntry = {
  /** For example `timeouts.idle_seconds`. */
  readonly key: string;
  /** As JSON, secrets masked; undefined where nothing is set. */
  readonly value: unknown;
  readonly from: 'default' | 'file' | 'environment';
};

export type ConfigChange = {
  readonly key: string;
  /** Secrets masked; undefined where the key is absent. */
  readonly before: unknown;
  readonly after: unknown;
};

const MASK = '[secret]';

/** Faults are left out: `loadConfig` tells them. @throws ConfigError when the file cannot be read. */
export async function describeConfig(input: LoadConfigInput): Promise<readonly ConfigEntry[]> {
  const { cwd, env, files } = input;
  const found = await findConfigFile({ path: input.path, variable: configPathFrom(env), cwd, files });
  const problems = new Problems(cwd, found?.path);
  const inFile = modernizeKeys(found?.raw ?? {}, problems);
  const raw = structuredClone(inFile);
  applyEnvironment(raw, env, problems);
  const inForce = validateFile(raw, problems);
  return knownKeys().map(({ path, secret }) => {
    const set = valueAt(raw, path);
    const before = valueAt(inFile, path);
    const changed = JSON.stringify(set) !== JSON.stringify(before);
    const from = changed ? 'environment' : set === undefined ? 'default' : 'file';
    return { key: path, value: masked(path, valueAt(inForce, path), secret), from };
  });
}

/** The keys that differ between two texts of `config.json`. @throws SyntaxError when one is not JSON. */
export function compareConfigs(before: string, after: string): readonly ConfigChange[] {
  const [old, young] = [flatten(parse(before)), flatten(parse(after))];
  // A misspelt secret is one all the same: only what is known to be none is shown.
  const open = new Set(knownKeys().flatMap(({ path, secret }) => (secret ? [] : [path])));
  return [...new Set([...old.keys(), ...young.keys()])].toSorted().flatMap((key) => {
    const [was, is] = [old.get(key), young.get(key)];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    const hide = (value: unknown): unknown => masked(key, value, !open.has(key));
    return [{ key, before: hide(was), after: hide(is) }];
  });
}

function parse(text: string): RawConfig {
  const value: unknown = JSON.parse(text.replace(/^\uFEFF/u, ''));
  return isRecord(value) ? modernizeKeys(value, new Problems('.', undefined)) : {};
}

/** Down to the keys of the schema; what the schema does not know is told by its first name. */
function flatten(raw: RawConfig): Map<string, unknown> {
  const values = new Map<string, unknown>();
  const known = knownKeys().map(({ path }) => path);
  for (const [name, value] of Object.entries(raw)) {
    const inner = known.filter((path) => path.startsWith(`${name}.`));
    if (inner.length === 0) values.set(name, value);
    for (const path of inner) {
      const found = valueAt(raw, path);
      if (found !== undefined) values.set(path, found);
    }
  }
  return values;
}

function valueAt(raw: unknown, path: string): unknown {
  let at = raw;
  for (const name of path.split('.')) at = isRecord(at) ? at[name] : undefined;
  return at;
}

function masked(path: string, value: unknown, secret: boolean): unknown {
  if (value === undefined || value === null) return value;
  if (secret) return MASK;
  const members = memberKeys(path);
  if (members.length === 0) return value;
  const shownOf = (entry: unknown): unknown => maskedEntry(path, entry, members);
  if (Array.isArray(value)) return value.map(shownOf);
  if (!isRecord(value)) return MASK;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, shownOf(entry)]));
}

/** Of a list or a map: only members that the schema knows are shown, and never a client's key. */
function maskedEntry(path: string, entry: unknown, members: readonly string[]): unknown {
  const holdsKeys = path === 'client_keys';
  if (!isRecord(entry)) return holdsKeys ? MASK : entry;
  return Object.fromEntries(
    Object.entries(entry).map(([name, value]) => {
      const isShown = members.includes(name) && !(holdsKeys && name === 'key');
      return [name, isShown ? value : MASK];
    }),
  );
}
