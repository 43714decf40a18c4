// Loads the configuration: finds the file, lays environment and flags over it, checks everything and throws one error
// with all that is wrong. Reads files and changes nothing.

import type { FileSystem } from '../core/platform/index.ts';
import { ConfigError } from './config-error.ts';
import {
  applyEnvironment,
  configPathFrom,
  isConfiguredByEnvironment,
  type Environment,
} from './environment.ts';
import { findConfigFile, isRecord, type ConfigFileFound, type RawConfig } from './file.ts';
import { knownKeys } from './keys.ts';
import { modernizeKeys } from './legacy-names.ts';
import { Problems, warnOfDeprecatedKeys } from './problems.ts';
import { resolveLogin, resolveParts } from './resolve.ts';
import type { InboundTlsConfig, LoadedConfig, UnconfiguredConfig } from './types.ts';
import { validateFile } from './validate.ts';

const READABLE_BY_ALL = 0o004;

export type LoadConfigInput = {
  /** From `--config`. */
  readonly path?: string | undefined;
  readonly cwd: string;
  readonly env: Environment;
  readonly files: FileSystem;
  /** From the command line; wins over file and environment. */
  readonly flags?: { readonly host?: string | undefined; readonly port?: number | undefined } | undefined;
  /** Permissions mean nothing on `win32`. */
  readonly platform?: NodeJS.Platform | undefined;
};

function applyFlags(raw: RawConfig, flags: LoadConfigInput['flags'], problems: Problems): void {
  for (const [name, value] of Object.entries(flags ?? {})) {
    if (value === undefined) continue;
    raw[name] = value;
    problems.setOrigin(name, { type: 'flag', flag: `--${name}` });
  }
}

function isSet(raw: RawConfig, path: string): boolean {
  let at: unknown = raw;
  for (const name of path.split('.')) at = isRecord(at) ? at[name] : undefined;
  return at !== undefined;
}

/** Whether the file itself holds a secret: one that only names secret files may be read by all. */
function holdsSecret(raw: RawConfig): boolean {
  const clients = Array.isArray(raw['client_keys']) ? (raw['client_keys'] as readonly unknown[]) : [];
  return (
    knownKeys().some(({ path, secret }) => secret && isSet(raw, path)) ||
    clients.some((entry) => typeof entry === 'string' || (isRecord(entry) && entry['key'] !== undefined))
  );
}

async function warnOfPermissions(
  found: ConfigFileFound,
  raw: RawConfig,
  input: LoadConfigInput,
  problems: Problems,
): Promise<void> {
  if ((input.platform ?? process.platform) === 'win32' || !holdsSecret(raw)) return;
  const mode = await input.files.mode(found.path).catch(() => undefined);
  if (mode !== undefined && (mode & READABLE_BY_ALL) !== 0)
    problems.warn(
      'permissions',
      `${found.path} holds secrets and every user of this machine can read it. Run: chmod 600 ${found.path}`,
    );
}

async function warnOfKeyPermissions(
  tls: InboundTlsConfig | undefined,
  { files, platform }: LoadConfigInput,
  problems: Problems,
): Promise<void> {
  if (tls === undefined || (platform ?? process.platform) === 'win32') return;
  const mode = await files.mode(tls.keyFile).catch(() => undefined);
  if (mode !== undefined && (mode & READABLE_BY_ALL) !== 0)
    problems.warn(
      'permissions',
      `${tls.keyFile} is a private key and every user of this machine can read it. Run: chmod 600 ${tls.keyFile}`,
    );
}

// What of the environment the demo listens to: where it listens and how much it says. An org's variables, and a file, are
// for the real thing.
const DEMO_VARIABLES = ['HOST', 'PORT', 'FORCEGATE_HOST', 'FORCEGATE_PORT', 'FORCEGATE_LOG__LEVEL'];

/**
 * What the demo stands on when it was asked for by name, whatever is configured.
 * @throws ConfigError
 */
export async function loadDemoSettings(input: Omit<LoadConfigInput, 'path'>): Promise<UnconfiguredConfig> {
  const problems = new Problems(input.cwd, undefined);
  const raw: RawConfig = {};
  const env = Object.fromEntries(DEMO_VARIABLES.map((name) => [name, input.env[name]]));
  applyEnvironment(raw, env, problems);
  applyFlags(raw, input.flags, problems);
  const parts = await resolveParts(validateFile(raw, problems), {}, input.files, problems);
  if (problems.list.length > 0) throw new ConfigError(problems.list, undefined, problems.warnings);
  return parts;
}

/** @throws ConfigError with every problem at once. */
export async function loadConfig(input: LoadConfigInput): Promise<LoadedConfig> {
  const { cwd, env, files } = input;
  const found = await findConfigFile({ path: input.path, variable: configPathFrom(env), cwd, files });
  const problems = new Problems(cwd, found?.path);
  const raw = modernizeKeys(found?.raw ?? {}, problems);
  if (found !== undefined) await warnOfPermissions(found, raw, input, problems);
  applyEnvironment(raw, env, problems);
  applyFlags(raw, input.flags, problems);
  warnOfDeprecatedKeys(raw, problems);
  const file = validateFile(raw, problems);
  const parts = await resolveParts(file, env, files, problems);
  await warnOfKeyPermissions(parts.inboundTls, input, problems);
  const configured = found !== undefined || isConfiguredByEnvironment(env);
  const login = configured ? await resolveLogin(file, files, problems) : undefined;
  const { list, warnings } = problems;
  if (list.length > 0) throw new ConfigError(list, found?.path, warnings);
  if (login === undefined) return { configured: false, config: parts, source: undefined, warnings };
  return { configured: true, config: { login, ...parts }, source: found?.path, warnings };
}
