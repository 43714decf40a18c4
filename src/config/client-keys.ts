// The keys of our own clients. Only their hashes go on from here.

import { createHash } from 'node:crypto';

import type { FileSystem } from '../core/platform/index.ts';
import type { Problems } from './problems.ts';
import type { ClientKeyEntry, ConfigFile } from './schema.ts';
import { readSecret } from './secrets.ts';
import type { ClientKey } from './types.ts';

const ADMIN_ID = 'admin';
const KEY_CHARACTERS_GOOD = 16;
const ID_HASH_DIGITS = 8;

const hash = (key: string): string => createHash('sha256').update(key, 'utf8').digest('hex');

function warnWhenShort(path: string, key: string, problems: Problems): void {
  if (key.length >= KEY_CHARACTERS_GOOD) return;
  problems.warn(
    'key',
    `${problems.label(path)} is shorter than ${KEY_CHARACTERS_GOOD} characters and can be guessed; make one with "openssl rand -hex 24".`,
  );
}

async function readEntry(
  entry: Exclude<ClientKeyEntry, string>,
  path: string,
  files: FileSystem,
  problems: Problems,
): Promise<string | undefined> {
  const given = [entry.key, entry.key_file, entry.key_sha256].filter((value) => value !== undefined);
  if (given.length !== 1) {
    problems.add(
      path,
      given.length === 0 ? 'holds no key.' : 'holds more than one of "key", "key_file" and "key_sha256".',
      'Give exactly one of "key", "key_file" and "key_sha256".',
    );
    return undefined;
  }
  if (entry.key_sha256 !== undefined) return entry.key_sha256.toLowerCase();
  const key = await readSecret(`${path}.key`, { value: entry.key, file: entry.key_file }, files, problems);
  if (key === undefined) return undefined;
  warnWhenShort(path, key, problems);
  return hash(key);
}

function refuseDoubles(keys: readonly ClientKey[], problems: Problems): void {
  const ids = new Set<string>();
  const hashes = new Map<string, string>();
  for (const { id, sha256 } of keys) {
    const twin = hashes.get(sha256);
    if (twin !== undefined)
      problems.add('client_keys', `holds one key twice, as ${twin} and ${id}.`, 'Remove one of the two.');
    else if (ids.has(id))
      problems.add('client_keys', `uses the id ${id} twice.`, 'Give each key an id of its own.');
    ids.add(id);
    hashes.set(sha256, id);
  }
}

/** All keys, the operator's included. */
export async function readClientKeys(
  file: ConfigFile,
  files: FileSystem,
  problems: Problems,
): Promise<readonly ClientKey[]> {
  const keys: ClientKey[] = [];
  for (const [index, written] of file.client_keys.entries()) {
    const entry = typeof written === 'string' ? { key: written } : written;
    const path = `client_keys[${index}]`;
    const sha256 = await readEntry(entry, path, files, problems);
    // The name of a nameless key comes from its hash and not from its place: what belongs to a key must not change hands
    // when the list is put in another order.
    if (sha256 !== undefined)
      keys.push({
        id: entry.id ?? `key-${sha256.slice(0, ID_HASH_DIGITS)}`,
        sha256,
        admin: entry.admin === true,
      });
  }
  const admin = await readSecret(
    'admin_key',
    { value: file.admin_key, file: file.admin_key_file },
    files,
    problems,
  );
  if (admin !== undefined) {
    warnWhenShort('admin_key', admin, problems);
    keys.push({ id: ADMIN_ID, sha256: hash(admin), admin: true });
  }
  refuseDoubles(keys, problems);
  return keys;
}
