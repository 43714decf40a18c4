// Collects what is wrong while the configuration is put together, and knows for each key where its value came from, so
// that a fault in a variable is told as the variable's and not as the file's.

import { dirname } from 'node:path';

import type { ConfigProblem } from './config-error.ts';
import { knownKeys } from './keys.ts';
import type { ConfigWarning } from './types.ts';

export type Origin =
  | { readonly type: 'environment'; readonly variable: string }
  | { readonly type: 'flag'; readonly flag: string };

export class Problems {
  readonly #problems: ConfigProblem[] = [];
  readonly #warnings: ConfigWarning[] = [];
  readonly #faulty = new Set<string>();
  readonly #origins = new Map<string, Origin>();
  readonly #fileDirectory: string;
  readonly #workingDirectory: string;

  constructor(workingDirectory: string, source: string | undefined) {
    this.#workingDirectory = workingDirectory;
    this.#fileDirectory = source === undefined ? workingDirectory : dirname(source);
  }

  get list(): readonly ConfigProblem[] {
    return this.#problems;
  }

  get warnings(): readonly ConfigWarning[] {
    return this.#warnings;
  }

  setOrigin(path: string, origin: Origin): void {
    this.#origins.set(path, origin);
  }

  /** An entry of a list comes from where the list comes from. */
  #originOf(path: string): Origin | undefined {
    return this.#origins.get(path.replace(/\[.*$/u, ''));
  }

  /** What a person would look for: the variable, the flag, or the key in the file. */
  label(path: string): string {
    const origin = this.#originOf(path);
    if (origin === undefined) return path;
    return origin.type === 'environment' ? origin.variable : origin.flag;
  }

  /** A relative path in the file is meant from the file, one in a variable from where the program was started. */
  directory(path: string): string {
    return this.#originOf(path) !== undefined ? this.#workingDirectory : this.#fileDirectory;
  }

  add(path: string, fault: string, fix: string): void {
    this.#faulty.add(path);
    this.#problems.push({ key: this.label(path), fault, fix });
  }

  warn(about: ConfigWarning['about'], message: string): void {
    this.#warnings.push({ about, message });
  }

  /** Whether a fault of this key was already told, so that its absence is not told as another one. */
  isFaulty(path: string): boolean {
    return this.#faulty.has(path);
  }

  /** The same for a list: a fault of any entry counts. */
  isListFaulty(path: string): boolean {
    return this.isFaulty(path) || [...this.#faulty].some((faulty) => faulty.startsWith(`${path}[`));
  }

  /** The same for a record: a fault of any of its keys counts. */
  isEntryFaulty(path: string): boolean {
    return this.isFaulty(path) || [...this.#faulty].some((faulty) => faulty.startsWith(`${path}.`));
  }

  /** How a key is set where it is set now: `Set PORT to 8000.` or `Write "port": 8000.` */
  howToSet(path: string, example: unknown): string {
    const origin = this.#originOf(path);
    const shown = typeof example === 'string' ? example : JSON.stringify(example);
    if (origin?.type === 'environment') return `Set ${origin.variable} to, for example, ${shown}.`;
    if (origin?.type === 'flag') return `Give, for example, ${origin.flag} ${shown}.`;
    const name = path.slice(path.lastIndexOf('.') + 1);
    return `Write for example "${name}": ${JSON.stringify(example)}.`;
  }
}

/** Marks keys that do nothing any more. */
export function warnOfDeprecatedKeys(raw: Readonly<Record<string, unknown>>, problems: Problems): void {
  for (const { path, node } of knownKeys()) {
    if (node.deprecated !== true || raw[path] === undefined) continue;
    problems.warn('deprecated', `${problems.label(path)} has no effect and may be removed.`);
  }
}
