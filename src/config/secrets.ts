// Secrets: given in place or in a file of their own, as mounted by container platforms.

import { resolve } from 'node:path';

import type { FileSystem } from '../core/platform/index.ts';
import { describeReadFault } from './file.ts';
import type { Problems } from './problems.ts';

const SECRET_CHARACTERS_MAX = 16_384;

export type TextFile = { readonly path: string; readonly text: string };

/** A file that a key names. A fault is told as the key's. */
export async function readNamedFile(
  key: string,
  named: string,
  files: FileSystem,
  problems: Problems,
): Promise<TextFile | undefined> {
  const path = resolve(problems.directory(key), named);
  try {
    const text = await files.readText(path);
    if (text !== undefined) return { path, text };
    problems.add(key, `names ${path}, which does not exist.`, 'Create the file or correct the path.');
  } catch (thrown) {
    const { fault, fix } = describeReadFault(thrown);
    problems.add(key, `names ${path}, which ${fault}`, fix);
  }
  return undefined;
}

/**
 * The secret behind a key and its `_file` twin; undefined when neither is given or there is a fault. White space around it is
 * an accident of editors and `echo`, so it is taken off.
 */
export async function readSecret(
  key: string,
  given: { readonly value: string | undefined; readonly file: string | undefined },
  files: FileSystem,
  problems: Problems,
): Promise<string | undefined> {
  const fileKey = `${key}_file`;
  if (given.value !== undefined && given.file !== undefined) {
    problems.add(key, `is given twice, also by ${problems.label(fileKey)}.`, 'Keep one of the two.');
    return undefined;
  }
  let text = given.value;
  let owner = key;
  if (given.file !== undefined) {
    owner = fileKey;
    const found = await readNamedFile(fileKey, given.file, files, problems);
    if (found === undefined) return undefined;
    text = found.text.startsWith('\uFEFF') ? found.text.slice(1) : found.text;
  }
  if (text === undefined) return undefined;
  const secret = text.trim();
  if (secret === '') {
    problems.add(owner, 'is empty.', 'Put the secret there.');
    return undefined;
  }
  if (secret.length > SECRET_CHARACTERS_MAX || !/^[\x21-\x7e]+$/u.test(secret)) {
    problems.add(
      owner,
      'holds characters that no key has (spaces, lines, or not ASCII).',
      'Copy the secret again.',
    );
    return undefined;
  }
  return secret;
}
