// The predecessor's names. Its README showed upper-case, variable-like keys inside the file, and names that no code of it
// ever read; all of them are understood here, with a warning.

import type { RawConfig } from './file.ts';
import { knownKeys } from './keys.ts';
import type { Problems } from './problems.ts';

/** The predecessor's environment variables, and the key each one sets. `*_FILE` twins are ours. */
export const LEGACY_VARIABLES: Readonly<Record<string, string>> = {
  SALESFORCE_CONSUMER_KEY: 'consumer_key',
  SALESFORCE_CONSUMER_KEY_FILE: 'consumer_key_file',
  SALESFORCE_CONSUMER_SECRET: 'consumer_secret',
  SALESFORCE_CONSUMER_SECRET_FILE: 'consumer_secret_file',
  SALESFORCE_INSTANCE_URL: 'instance_url',
  SALESFORCE_MODELS_TOKEN_FILE: 'token_file',
  SALESFORCE_API_VERSION: 'api_version',
  SALESFORCE_USERNAME: 'username',
  SALESFORCE_PRIVATE_KEY_FILE: 'private_key_file',
  HOST: 'host',
  PORT: 'port',
};

/** The key that an upper-case spelling means; undefined for a name that is not one. */
export function canonicalKey(name: string): string | undefined {
  if (name !== name.toUpperCase() || name === name.toLowerCase()) return undefined;
  const legacy = LEGACY_VARIABLES[name];
  if (legacy !== undefined) return legacy;
  const lower = name.toLowerCase();
  return knownKeys().some((key) => key.path.split('.')[0] === lower) ? lower : undefined;
}

/** The file's keys in today's spelling. */
export function modernizeKeys(raw: RawConfig, problems: Problems): RawConfig {
  const modern: RawConfig = {};
  const renamed = Object.entries(raw).filter(([name]) => canonicalKey(name) !== undefined);
  for (const [name, value] of Object.entries(raw)) {
    if (canonicalKey(name) === undefined) modern[name] = value;
  }
  for (const [name, value] of renamed) {
    const key = canonicalKey(name) ?? name;
    problems.warn('deprecated', `${name} is an old spelling; write "${key}" instead.`);
    if (modern[key] === undefined) modern[key] = value;
    else if (modern[key] !== value)
      problems.add(key, `is given twice, also as ${name}, with different values.`, `Remove ${name}.`);
  }
  return modern;
}
