// The run file (`forcegate.pid`): says which process serves a configuration, and keeps a second one from doing so. It comes
// into being whole and by one winner; one left behind by a crash is known by the birth of the process it names, and is
// taken over. It holds a key for the operator's routes, so it is for its owner's eyes only.

import { randomUUID } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { CommandFault } from './faults.ts';
import { UNKNOWN_BIRTH, type Processes } from './processes.ts';

const CONFIG_FILE_NAME = 'config.json';
const RUN_FILE_STEM = 'forcegate';
const RUN_FILE_END = '.pid';

/**
 * Beside the configuration: `forcegate.pid` for `config.json`, `forcegate.tls.pid` for `tls.json`. A name without `.json` is
 * set off by another sign, so that no two files of a directory share one.
 */
export function runFileOf(configFile: string): string {
  const name = basename(configFile);
  const mark =
    name === CONFIG_FILE_NAME ? '' : name.endsWith('.json') ? `.${basename(name, '.json')}` : `-${name}`;
  return join(dirname(configFile), `${RUN_FILE_STEM}${mark}${RUN_FILE_END}`);
}

/** Of a directory without a configuration. */
export const runFileIn = (directory: string): string => runFileOf(join(directory, CONFIG_FILE_NAME));

/** The log, and the words of a crash: named as the run file is, since two processes must not write one file. */
export function logFileOf(runFile: string, kind: 'api' | 'daemon'): string {
  const mark = basename(runFile, RUN_FILE_END).slice(RUN_FILE_STEM.length);
  return join(dirname(runFile), 'logs', `${kind}${mark}.log`);
}

export type RunRecord = {
  readonly pid: number;
  /** See `Processes.birthOf`. */
  readonly birth: string;
  /** Tells this run from every other. */
  readonly run: string;
  /** Undefined until it listens. */
  readonly url: string | undefined;
  /** Opens the operator's routes; undefined where they are open to this machine. */
  readonly key: string | undefined;
  readonly startedAtMs: number;
  /** How long it may take to stop. */
  readonly drainMs: number;
  readonly logFile: string | undefined;
  /** With which it was started, and where, so that it can be started anew. */
  readonly args: readonly string[];
  readonly cwd: string;
};

/** Without `proved` there is a process of that number, and nobody can say whether it is the one: it is not signalled. */
export type Running = { readonly type: 'running'; readonly record: RunRecord; readonly proved: boolean };

export type RunState =
  | { readonly type: 'none' }
  /** Left behind by a process that did not end properly. `text` is what the file held. */
  | { readonly type: 'stale'; readonly text: string; readonly pid: number | undefined }
  | Running;

const MODE_OWNER_ONLY = 0o600;
/** Each try is lost to another start only. */
const TRIES_MAX = 5;

export async function readRun(path: string, processes: Processes): Promise<RunState> {
  const text = await readIfThere(path);
  if (text === undefined) return { type: 'none' };
  const record = parseRecord(text);
  if (record === undefined) return { type: 'stale', text, pid: undefined };
  const known = await recognize(record, processes);
  if (known === 'gone') return { type: 'stale', text, pid: record.pid };
  return { type: 'running', record, proved: known === 'proved' };
}

/** Whether the process that the record names still lives; `unproved` where one does that may be another by now. */
export async function recognize(
  { pid, birth }: Pick<RunRecord, 'pid' | 'birth'>,
  processes: Processes,
): Promise<'proved' | 'unproved' | 'gone'> {
  const now = await processes.birthOf(pid);
  if (now === undefined) return 'gone';
  if (now === UNKNOWN_BIRTH || birth === UNKNOWN_BIRTH) return 'unproved';
  return now === birth ? 'proved' : 'gone';
}

/** @param path of the run file */
export function unprovedRun({ pid }: RunRecord, path: string): CommandFault {
  return new CommandFault(
    `The system does not say whether process ${pid} is Forcegate or another program by now, so it is left alone.`,
    `Look with "ps -p ${pid}": end it yourself if it is Forcegate, remove ${path} if it is not.`,
  );
}

/** Takes the file for this run. Answers with who has it where that is another one. */
export async function takeRun(
  path: string,
  record: RunRecord,
  processes: Processes,
): Promise<Running | undefined> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    if (await create(path, formatRecord(record))) return undefined;
    const state = await readRun(path, processes);
    if (state.type === 'running') return state;
    if (state.type === 'stale') await removeStale(path, state.text);
  }
  throw new Error(`${path} could not be taken in ${TRIES_MAX} tries.`);
}

/** Says more of a run whose file is held. False when the file is another's by now. */
export async function updateRun(path: string, record: RunRecord): Promise<boolean> {
  if (!(await isOurs(path, record))) return false;
  const draft = await writeDraft(path, formatRecord(record));
  await rename(draft, path);
  return true;
}

export async function leaveRun(path: string, record: RunRecord): Promise<void> {
  if (await isOurs(path, record)) await unlink(path).catch(ignoreMissing);
}

/**
 * Removes what was read before, and nothing else: it is moved aside in one step and looked at again, since another start
 * may have put its own file there meanwhile.
 */
export async function removeStale(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomUUID()}.stale`;
  try {
    await rename(path, aside);
  } catch (thrown) {
    ignoreMissing(thrown);
    return;
  }
  if ((await readIfThere(aside)) !== text) await link(aside, path).catch(ignoreExisting);
  await unlink(aside).catch(ignoreMissing);
}

async function isOurs(path: string, { run }: RunRecord): Promise<boolean> {
  const text = await readIfThere(path);
  return text !== undefined && parseRecord(text)?.run === run;
}

/** By a link, so that nobody ever reads half of it. */
async function create(path: string, text: string): Promise<boolean> {
  const draft = await writeDraft(path, text);
  try {
    await link(draft, path);
    return true;
  } catch (thrown) {
    ignoreExisting(thrown);
    return false;
  } finally {
    await unlink(draft).catch(ignoreMissing);
  }
}

async function writeDraft(path: string, text: string): Promise<string> {
  const draft = `${path}.${randomUUID()}.tmp`;
  await writeFile(draft, text, { flag: 'wx', mode: MODE_OWNER_ONLY });
  return draft;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    ignoreMissing(thrown);
    return undefined;
  }
}

const formatRecord = (record: RunRecord): string => `${JSON.stringify(record, undefined, 2)}\n`;

function parseRecord(text: string): RunRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, birth, run, url, key, startedAtMs, drainMs, logFile, args, cwd } = value as Record<
    string,
    unknown
  >;
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid < 2) return undefined;
  if (typeof birth !== 'string' || typeof run !== 'string') return undefined;
  return {
    pid,
    birth,
    run,
    url: typeof url === 'string' ? url : undefined,
    key: typeof key === 'string' ? key : undefined,
    startedAtMs: typeof startedAtMs === 'number' ? startedAtMs : 0,
    drainMs: typeof drainMs === 'number' ? drainMs : 0,
    logFile: typeof logFile === 'string' ? logFile : undefined,
    args: Array.isArray(args) ? args.filter((arg) => typeof arg === 'string') : [],
    cwd: typeof cwd === 'string' ? cwd : '.',
  };
}

function ignoreMissing(thrown: unknown): void {
  ignoreCode(thrown, 'ENOENT');
}

function ignoreExisting(thrown: unknown): void {
  ignoreCode(thrown, 'EEXIST');
}

function ignoreCode(thrown: unknown, code: string): void {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === code) return;
  throw thrown;
}
