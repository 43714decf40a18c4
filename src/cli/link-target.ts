// Where a path leads to in the end: people keep the files of their tools in a repository, and links where the tools look.
// A file put in the place of a link would cut that tie.

import { readlink, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { CommandFault } from './faults.ts';

/** As many as Linux follows. */
const LINKS_MAX = 40;

/** The file itself need not be there yet. @throws CommandFault for links that lead round in a circle. */
export async function linkTarget(path: string): Promise<string> {
  let at = path;
  for (let links = 0; links < LINKS_MAX; links += 1) {
    const link = await readLink(at);
    if (link === undefined) return at;
    // What the link says is meant from where it really is.
    at = resolve(await realpath(dirname(at)), link);
  }
  throw new CommandFault(`${path} is a link that leads nowhere.`, 'Mend or remove it, and try again.');
}

/** Undefined where there is no link. */
async function readLink(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    // EINVAL: a file; UNKNOWN: the same on Windows.
    if (code === 'ENOENT' || code === 'EINVAL' || code === 'UNKNOWN') return undefined;
    throw thrown;
  }
}
