// Counts what the fuzz reached, so that it cannot quietly stop fuzzing: decoders by route and by what they said, operations,
// error codes, and how many different refusals there were.

import { GatewayError } from '../../src/core/errors/index.ts';
import type { Dialect } from '../../src/dialects/port.ts';

/** A message without what differs by request: names in quotes, places and numbers. */
function plain(message: string): string {
  return message
    .replaceAll(/"(?:[^"\\]|\\.)*"/gu, '""')
    .replaceAll(/\d+/gu, 'n')
    .slice(0, 160);
}

export class Tally {
  readonly #counts = new Map<string, number>();
  readonly #refusals = new Map<string, Set<string>>();

  add(...words: readonly string[]): void {
    const name = words.join(' | ');
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  count(...words: readonly string[]): number {
    return this.#counts.get(words.join(' | ')) ?? 0;
  }

  /** Names under the given one, with their counts, the most frequent first. */
  under(...words: readonly string[]): (readonly [name: string, count: number])[] {
    const prefix = `${words.join(' | ')} | `;
    return [...this.#counts]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, count]) => [name.slice(prefix.length), count] as const)
      .toSorted(([, left], [, right]) => right - left);
  }

  /** How many kinds of refusal a dialect's decoder has given. */
  refusalsOf(dialect: string): number {
    return this.#refusals.get(dialect)?.size ?? 0;
  }

  #refused(dialect: string, error: GatewayError): void {
    const known = this.#refusals.get(dialect) ?? new Set();
    this.#refusals.set(dialect, known.add(`${error.code} ${plain(error.message)}`));
  }

  /** The dialect, with its decoder watched. */
  watch(dialect: Dialect): Dialect {
    return {
      ...dialect,
      decode: (request) => {
        const route = `${request.method === 'HEAD' ? 'GET' : request.method} ${request.route}`;
        try {
          const operation = dialect.decode(request);
          this.add('decoded', dialect.id, route);
          this.add('operation', operation.type);
          return operation;
        } catch (thrown) {
          this.add('refused', dialect.id, route);
          if (thrown instanceof GatewayError) this.#refused(dialect.id, thrown);
          throw thrown;
        }
      },
    };
  }
}
