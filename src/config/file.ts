// Finds and reads the configuration file. A file that is named must exist; a file that exists must be readable JSON.

import { join, resolve } from 'node:path';

import type { FileSystem } from '../core/platform/index.ts';
import { ConfigError } from './config-error.ts';
import { findJsonFault } from './json-fault.ts';
import { knownKeys } from './keys.ts';
import { canonicalKey } from './legacy-names.ts';

const FILE_NAME = 'config.json';
const FILE_CHARACTERS_MAX = 4_194_304;

export type RawConfig = Record<string, unknown>;
export type ConfigFileFound = { readonly path: string; readonly raw: RawConfig };

export type FileQuestion = {
  /** From `--config`. */
  readonly path: string | undefined;
  /** From `FORCEGATE_CONFIG`. */
  readonly variable: string | undefined;
  readonly cwd: string;
  readonly files: FileSystem;
};

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : undefined;
}

/** Why a file could not be read, in words. */
export function describeReadFault(thrown: unknown): { fault: string; fix: string } {
  const code = codeOf(thrown);
  if (code === 'EACCES' || code === 'EPERM')
    return { fault: 'may not be read by this user.', fix: 'Change its owner or its permissions.' };
  if (code === 'EISDIR') return { fault: 'is a directory.', fix: 'Name the file inside it.' };
  return { fault: `cannot be read (${code ?? 'unknown fault'}).`, fix: 'Check the path and the disk.' };
}

async function readText(path: string, files: FileSystem): Promise<string | undefined> {
  try {
    return await files.readText(path);
  } catch (thrown) {
    const { fault, fix } = describeReadFault(thrown);
    throw new ConfigError([{ key: path, fault, fix }], path);
  }
}

/** @throws ConfigError */
export function parseConfigText(path: string, text: string): RawConfig {
  const refuse = (fault: string, fix: string): never => {
    throw new ConfigError([{ key: path, fault, fix }], path);
  };
  if (text.length > FILE_CHARACTERS_MAX)
    refuse('is too large to be a configuration.', 'Name the right file.');
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  let parsed: unknown;
  try {
    parsed = JSON.parse(plain);
  } catch {
    const found = findJsonFault(plain);
    if (found === undefined) return refuse('is not JSON.', 'Check it with a JSON validator.');
    return refuse(`is not JSON: line ${found.line}, column ${found.column}.`, found.reason);
  }
  if (isRecord(parsed)) return parsed;
  return refuse('must hold one JSON object.', 'Put all keys between { and }.');
}

/** A `config.json` one level up may well belong to another program: then it has no key of ours. */
function isForeign(raw: RawConfig): boolean {
  const ours = new Set(knownKeys().map((key) => key.path.split('.')[0] ?? ''));
  const names = Object.keys(raw);
  return names.length > 0 && !names.some((name) => ours.has(canonicalKey(name) ?? name));
}

export async function findConfigFile(question: FileQuestion): Promise<ConfigFileFound | undefined> {
  const { cwd, files } = question;
  const named = question.path ?? question.variable;
  if (named !== undefined) {
    const path = resolve(cwd, named);
    const text = await readText(path, files);
    if (text !== undefined) return { path, raw: parseConfigText(path, text) };
    const by = question.path === undefined ? 'FORCEGATE_CONFIG' : '--config';
    throw new ConfigError(
      [{ key: by, fault: `names ${path}, which does not exist.`, fix: 'Correct the path.' }],
      path,
    );
  }
  const here = join(cwd, FILE_NAME);
  const hereText = await readText(here, files);
  if (hereText !== undefined) return { path: here, raw: parseConfigText(here, hereText) };
  const above = resolve(cwd, '..', FILE_NAME);
  const aboveText = await readText(above, files);
  if (aboveText === undefined) return undefined;
  const raw = parseConfigText(above, aboveText);
  return isForeign(raw) ? undefined : { path: above, raw };
}
