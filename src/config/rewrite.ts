// What a command that writes the file anew takes over of the old one, and which variables stand beside it. Keys keep their
// values; old spellings become today's. Reads texts only.

import { ConfigError } from './config-error.ts';
import { settingsOf, type Environment } from './environment.ts';
import { parseConfigText, type RawConfig } from './file.ts';
import { canonicalKey, modernizeKeys } from './legacy-names.ts';
import { Problems } from './problems.ts';

/** The old file's keys, without those that are to be replaced, however these are spelt. @throws ConfigError */
export function keysToKeep(path: string, text: string, replaced: readonly string[]): RawConfig {
  const entries = Object.entries(parseConfigText(path, text)).filter(
    ([name]) => !replaced.includes(canonicalKey(name) ?? name),
  );
  const problems = new Problems('.', path);
  const kept = modernizeKeys(Object.fromEntries(entries), problems);
  if (problems.list.length > 0) throw new ConfigError(problems.list, path);
  return kept;
}

export type VariableInForce = { readonly key: string; readonly variable: string };

/** The variables that set keys, and which; faults are left out, for `loadConfig` tells them. */
export function variablesInForce(environment: Environment): readonly VariableInForce[] {
  return settingsOf(environment, new Problems('.', undefined)).map(({ path, variable }) => ({
    key: path,
    variable,
  }));
}
