// The terminal as an argument: where a person reads, what stops the program, how it ends. Tests have one of their own.

import { styleText } from 'node:util';

import { TypedLines } from './typed-lines.ts';

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export type Terminal = {
  /** Results: what a script reads. */
  out(text: string): void;
  /** A piece of a result that is still coming. */
  write(text: string): void;
  /** One line typed by a person; undefined at the end of the input. `hidden` shows nothing of it. */
  ask(prompt: string, options?: { readonly hidden?: boolean }): Promise<string | undefined>;
  /** Everything said to a person; standard output stays free for results and log lines. */
  say(text: string): void;
  /** Whether `say` may use colour. */
  readonly colour: boolean;
  /** Calls `handle` for each signal that asks to stop, until the returned function is called. */
  onStopSignal(handle: (signal: StopSignal) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
};

const SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** `close` lets go of the input, which would keep the process alive. */
export function createSystemTerminal(): Terminal & { close(): void } {
  const { stdin, stdout, stderr, env } = process;
  const typed = new TypedLines(stdin, stderr);
  // Whoever reads the results may have seen enough, as `head` does.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    out: (text) => void stdout.write(`${text}\n`),
    write: (text) => void stdout.write(text),
    ask: (prompt, options) => typed.ask(prompt, options?.hidden === true),
    close: () => typed.close(),
    say: (text) => void stderr.write(`${text}\n`),
    // https://no-color.org: any value that is not empty.
    colour: stderr.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    onStopSignal(handle) {
      for (const signal of SIGNALS) process.on(signal, handle);
      return () => {
        for (const signal of SIGNALS) process.off(signal, handle);
      };
    },
    exit: (code) => process.exit(code),
  };
}

export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow';

export function paint(terminal: Terminal, style: Style, text: string): string {
  return terminal.colour ? styleText(style, text, { validateStream: false }) : text;
}
