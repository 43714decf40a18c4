// The one error of configuration. It collects every problem, so that a person repairs the file once and not once per
// start. No problem ever quotes a value that could be a secret.

import type { ConfigWarning } from './types.ts';

export type ConfigProblem = {
  /** Dotted path of the key, or the environment variable it came from; the path of a file where the file is at fault. */
  readonly key: string;
  readonly fault: string;
  readonly fix: string;
};

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];
  /** Path of the file the problems are in, where there was one. */
  readonly source: string | undefined;
  readonly warnings: readonly ConfigWarning[];

  constructor(
    problems: readonly ConfigProblem[],
    source: string | undefined,
    warnings: readonly ConfigWarning[] = [],
  ) {
    super(problems.map(({ key, fault, fix }) => `${key}: ${fault} ${fix}`).join('\n'));
    this.problems = problems;
    this.source = source;
    this.warnings = warnings;
  }
}
