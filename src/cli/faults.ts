// What a person is told when a command fails, and the exit code that goes with it. Faults that are to be expected have
// a message and a fix; only a fault of the program itself shows its stack.

import { ConfigError, type ConfigWarning } from '../config/index.ts';
import { GatewayError } from '../core/errors/index.ts';
import { EXIT_ATTENTION, EXIT_UNUSABLE } from './exit-codes.ts';
import { paint, type Terminal } from './terminal.ts';

export type Place = { readonly host: string; readonly port: number };

/** A command cannot do what it was asked, for a reason that is nobody's bug. */
export class CommandFault extends Error {
  override readonly name = 'CommandFault';
  readonly fix: string;
  readonly exitCode: number;

  constructor(message: string, fix: string, exitCode = EXIT_ATTENTION) {
    super(message);
    this.fix = fix;
    this.exitCode = exitCode;
  }
}

const CAUSES_MAX = 8;

/** The system's code of a fault, also of one wrapped in others. */
export function systemCodeOf(thrown: unknown): string | undefined {
  let at = thrown;
  for (let depth = 0; depth < CAUSES_MAX && at instanceof Error; depth += 1) {
    if ('code' in at && typeof at.code === 'string' && /^E[A-Z0-9_]+$/u.test(at.code)) return at.code;
    at = at.cause;
  }
  return undefined;
}

function listenFault(code: string | undefined, { host, port }: Place): [string, string] | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return [
        `Port ${port} on ${host} is taken.`,
        `Stop what listens there, or choose another port: --port ${port === 65_535 ? 8000 : port + 1} (or PORT, or "port" in config.json).`,
      ];
    case 'EACCES':
      return [
        `This user may not listen on port ${port}.`,
        'Choose a port above 1023, for example --port 8000.',
      ];
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return [
        `${host} is not an address of this machine.`,
        'Choose one that is, for example --host 127.0.0.1.',
      ];
    default:
      return undefined;
  }
}

export function sayWarnings(terminal: Terminal, warnings: readonly ConfigWarning[]): void {
  for (const { message } of warnings) terminal.say(`${paint(terminal, 'yellow', 'Warning:')} ${message}`);
}

function sayProblems(terminal: Terminal, error: ConfigError): void {
  sayWarnings(terminal, error.warnings);
  const where = error.source === undefined ? '' : ` (${error.source})`;
  terminal.say(paint(terminal, 'red', `The configuration cannot be used${where}:`));
  for (const { key, fault, fix } of error.problems) {
    terminal.say(`  ${paint(terminal, 'bold', key)} ${fault}`);
    terminal.say(`    ${fix}`);
  }
}

/** A person at a terminal has a command where a client has a path. */
export const inCommandWords = (message: string): string =>
  message.replace('GET /v1/models lists', '"forcegate models" lists');

/** Tells the fault and gives the exit code. `place` is where the program tried to listen, if it did. */
export function reportFault(terminal: Terminal, thrown: unknown, place?: Place): number {
  if (thrown instanceof ConfigError) {
    sayProblems(terminal, thrown);
    return EXIT_UNUSABLE;
  }
  if (thrown instanceof CommandFault) {
    terminal.say(paint(terminal, 'red', thrown.message));
    terminal.say(`  ${thrown.fix}`);
    return thrown.exitCode;
  }
  const listening = place === undefined ? undefined : listenFault(systemCodeOf(thrown), place);
  if (listening !== undefined) {
    const [fault, fix] = listening;
    terminal.say(paint(terminal, 'red', fault));
    terminal.say(`  ${fix}`);
  } else if (thrown instanceof GatewayError && thrown.code !== 'internal') {
    terminal.say(paint(terminal, 'red', thrown.message));
  } else {
    terminal.say(paint(terminal, 'red', 'Forcegate failed by a fault of its own. Please report this:'));
    terminal.say(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  }
  return EXIT_ATTENTION;
}
