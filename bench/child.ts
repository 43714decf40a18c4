// Child processes of a bench: started with the same flags, asked one thing at a time, ended by their own handle.

import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const HERE = import.meta.dirname;
const ANSWER_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 5_000;

export type Child = {
  /** The next message, after sending `message` if there is one. */
  ask(message?: object | string): Promise<unknown>;
  hasEnded(): boolean;
  stop(): Promise<void>;
};

function nextMessage(child: ChildProcess, what: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const finish = (act: () => void): void => {
      clearTimeout(late);
      child.off('message', onMessage).off('exit', onExit);
      act();
    };
    const onMessage = (message: unknown): void => finish(() => resolve(message));
    const onExit = (code: number | null): void =>
      finish(() => reject(new Error(`${what} ended with code ${code} before it answered`)));
    const late = setTimeout(
      () => finish(() => reject(new Error(`${what} did not answer within ${ANSWER_WITHIN_MS} ms`))),
      ANSWER_WITHIN_MS,
    );
    child.once('message', onMessage).once('exit', onExit);
  });
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(late);
}

export type ChildOptions = {
  /** From the repository's root. */
  readonly program: string;
  readonly arguments?: readonly string[];
  /** For what will be asked for its processor time: Node's flags, the same for everything that is compared. */
  readonly measuredWith?: readonly string[];
};

/** Standard output goes to /dev/null: writing a log costs what it costs, keeping it is not measured. */
export function startChild(options: ChildOptions): Child {
  const reporter = join(HERE, 'processes', 'report-cpu.ts');
  const child = fork(join(HERE, '..', options.program), [...(options.arguments ?? [])], {
    cwd: join(HERE, '..'),
    execArgv: options.measuredWith === undefined ? [] : [...options.measuredWith, '--import', reporter],
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return {
    ask(message) {
      const answered = nextMessage(child, options.program);
      if (message !== undefined) child.send(message);
      return answered;
    },
    hasEnded: () => hasEnded(child),
    stop: () => stop(child),
  };
}

export function numberIn(message: unknown, key: string): number {
  const value: unknown =
    typeof message === 'object' && message !== null
      ? Object.entries(message).find(([name]) => name === key)?.[1]
      : undefined;
  if (typeof value !== 'number')
    throw new Error(`a child said ${JSON.stringify(message)}: no number \`${key}\``);
  return value;
}
