// The terminal as an argument: where a person reads, what stops the program, how it ends. Tests have one of their own.

import { styleText } from 'node:util';

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export type Terminal = {
  /** Results: what a script reads. */
  out(text: string): void;
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

export function createSystemTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  return {
    out: (text) => void stdout.write(`${text}\n`),
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
