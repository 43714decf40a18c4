// Token counts. The format's `input_tokens` leaves out what was read from or written to the cache; the neutral count
// includes both.

import type { JsonValue, Usage } from '../../core/neutral/index.ts';
import { countOf, objectOf } from '../../core/wire/index.ts';

export type MessageUsage = {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly output_tokens: number;
};

/**
 * The format has no word for an unknown count. Clients decide by the input's count when to shorten a conversation, and
 * fail on zero, so an unknown one is told as the estimate; an unknown output is written 0. Whoever writes it says so
 * beside it.
 */
export function encodeUsage(usage: Usage, estimateInput: () => number): MessageUsage {
  const read = usage.cacheReadTokens ?? 0;
  const written = usage.cacheWriteTokens ?? 0;
  const input = usage.inputTokens ?? estimateInput();
  return {
    input_tokens: Math.max(0, input - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    output_tokens: usage.outputTokens ?? 0,
  };
}

/** Counts as they arrive: a stream tells the input first and the output last, each report in the format's own terms. */
export class UsageCounts {
  #input: number | undefined;
  #cacheWrite: number | undefined;
  #cacheRead: number | undefined;
  #output: number | undefined;
  #thinking: number | undefined;

  /** Takes one `usage` object. False where it said nothing. */
  add(value: JsonValue | undefined): boolean {
    const usage = objectOf(value);
    const input = countOf(usage['input_tokens']);
    const cacheWrite = countOf(usage['cache_creation_input_tokens']);
    const cacheRead = countOf(usage['cache_read_input_tokens']);
    const output = countOf(usage['output_tokens']);
    this.#input = input ?? this.#input;
    this.#cacheWrite = cacheWrite ?? this.#cacheWrite;
    this.#cacheRead = cacheRead ?? this.#cacheRead;
    this.#output = output ?? this.#output;
    this.#thinking = countOf(objectOf(usage['output_tokens_details'])['thinking_tokens']) ?? this.#thinking;
    return [input, cacheWrite, cacheRead, output].some((count) => count !== undefined);
  }

  usage(): Usage {
    return {
      inputTokens:
        this.#input === undefined
          ? undefined
          : this.#input + (this.#cacheRead ?? 0) + (this.#cacheWrite ?? 0),
      outputTokens: this.#output,
      cacheReadTokens: this.#cacheRead,
      cacheWriteTokens: this.#cacheWrite,
      reasoningTokens: this.#thinking,
      countedOutputTokens: undefined,
      estimated: false,
    };
  }
}
