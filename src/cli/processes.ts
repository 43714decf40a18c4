// The processes of this machine, as an argument: which one a number means, starting the gateway beside us, asking one to
// end. A number alone proves nothing, since it is used again after a crash: a process is known by it and by when it began.

import { execFile, spawn } from 'node:child_process';
import { mkdirSync, openSync, closeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What a gateway in the background tells whoever started it, until it listens. */
export type DaemonMessage =
  | { readonly type: 'said'; readonly text: string }
  | { readonly type: 'listening'; readonly url: string };

export type Launched =
  | { readonly type: 'listening'; readonly pid: number; readonly url: string }
  | { readonly type: 'ended'; readonly code: number };

export type LaunchOptions = {
  readonly cwd: string;
  /** Where the words of a crash go. */
  readonly errorFile: string;
  /** How long it may take to listen, milliseconds; it is ended when it takes longer. */
  readonly limitMs: number;
  readonly onSaid: (text: string) => void;
};

export type Processes = {
  readonly platform: NodeJS.Platform;
  readonly ownPid: number;
  /**
   * When the process began, as the system words it: the same for as long as it lives. Undefined when there is none,
   * `UNKNOWN_BIRTH` where there is one and the system does not say which.
   */
  birthOf(pid: number): Promise<string | undefined>;
  /** False when there is no such process. @throws when it is another user's. */
  signal(pid: number, signal: 'SIGTERM' | 'SIGKILL'): boolean;
  /** Runs this program with other arguments, apart from this terminal. */
  launch(args: readonly string[], options: LaunchOptions): Promise<Launched>;
  /** In a process that was launched: tells the launcher, if it still listens. */
  tellLauncher(message: DaemonMessage): void;
};

const PS_MS = 5_000;
/** Says of a process that it is there where the system tells nothing more: it proves nothing, not even beside itself. */
export const UNKNOWN_BIRTH = 'unknown';
/** Field 22 of /proc/PID/stat, counted from behind the name, which may hold blanks and brackets. */
const START_FIELD_AFTER_NAME = 19;
const STATE_FIELD_AFTER_NAME = 0;

export const systemProcesses: Processes = {
  platform: process.platform,
  ownPid: process.pid,
  birthOf,
  signal(pid, signal) {
    try {
      return process.kill(pid, signal);
    } catch (thrown) {
      if (codeOf(thrown) === 'ESRCH') return false;
      throw thrown;
    }
  },
  launch,
  tellLauncher(message) {
    if (process.connected) process.send?.(message);
    // The launcher ends now; a channel that stays would hold both.
    if (message.type === 'listening' && process.connected) process.disconnect?.();
  },
};

async function birthOf(pid: number): Promise<string | undefined> {
  if (!isThere(pid)) return undefined;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat !== undefined) {
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only its parent has not looked yet.
    if (fields[STATE_FIELD_AFTER_NAME] === 'Z') return undefined;
    return fields[START_FIELD_AFTER_NAME] ?? UNKNOWN_BIRTH;
  }
  if (process.platform === 'linux' && !isThere(pid)) return undefined;
  return askPs(pid);
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    // Another user's process is one all the same.
    return codeOf(thrown) === 'EPERM';
  }
}

/** Where there is no /proc. Exported for its test, which runs where there is one. */
export function askPs(pid: number): Promise<string | undefined> {
  // It words the time in the caller's language and zone, which may be others at the next call.
  const options = { timeout: PS_MS, env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } };
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], options, (fault, out) => {
      const told = out.trim();
      if (fault !== null || told === '') resolve(isThere(pid) ? UNKNOWN_BIRTH : undefined);
      else if (told.startsWith('Z')) resolve(undefined);
      else resolve(told.replace(/^\S+\s+/u, ''));
    });
  });
}

function launch(args: readonly string[], options: LaunchOptions): Promise<Launched> {
  const script = process.argv[1] ?? '';
  mkdirSync(dirname(options.errorFile), { recursive: true, mode: 0o700 });
  const errors = openSync(options.errorFile, 'a', 0o600);
  const child = spawn(process.execPath, [script, ...args], {
    cwd: options.cwd,
    detached: true,
    stdio: ['ignore', 'ignore', errors, 'ipc'],
  });
  closeSync(errors);
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => child.kill('SIGKILL'), options.limitMs);
    const done = (launched: Launched): void => {
      clearTimeout(limit);
      if (child.connected) child.disconnect();
      child.unref();
      resolve(launched);
    };
    child.on('message', (message: unknown) => {
      if (!isDaemonMessage(message)) return;
      if (message.type === 'said') options.onSaid(message.text);
      else done({ type: 'listening', pid: child.pid ?? 0, url: message.url });
    });
    child.on('exit', (code) => done({ type: 'ended', code: code ?? 1 }));
    child.on('error', (thrown) => {
      clearTimeout(limit);
      reject(thrown);
    });
  });
}

function isDaemonMessage(message: unknown): message is DaemonMessage {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false;
  if (message.type === 'said') return 'text' in message && typeof message.text === 'string';
  return message.type === 'listening' && 'url' in message && typeof message.url === 'string';
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined;
}
