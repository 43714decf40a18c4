// Tokens of one call. Unknown is not zero: every count is a number or undefined, never left out.

export type Usage = {
  /** All input tokens, those read from and written to a cache included. */
  readonly inputTokens: number | undefined;
  /** All output tokens, reasoning included. */
  readonly outputTokens: number | undefined;
  /** The part of `inputTokens` that was read from the vendor's cache. */
  readonly cacheReadTokens: number | undefined;
  /** The part of `inputTokens` that was written to the vendor's cache. */
  readonly cacheWriteTokens: number | undefined;
  /** The part of `outputTokens` spent on reasoning. */
  readonly reasoningTokens: number | undefined;
  /**
   * What Salesforce counted, where the caller is told fewer `outputTokens` because the gateway cut the reply to what was asked
   * for. Undefined where nothing was cut, and in the operator's books, which hold Salesforce's count itself.
   */
  readonly countedOutputTokens: number | undefined;
  /** True where a count is our own estimate: Salesforce never told, or what it told was of more than the caller got. */
  readonly estimated: boolean;
};

export const UNKNOWN_USAGE: Usage = {
  inputTokens: undefined,
  outputTokens: undefined,
  cacheReadTokens: undefined,
  cacheWriteTokens: undefined,
  reasoningTokens: undefined,
  countedOutputTokens: undefined,
  estimated: false,
};

/** The later report wins, field by field: streams report usage in pieces. */
export function mergeUsage(earlier: Usage, later: Usage): Usage {
  return {
    inputTokens: later.inputTokens ?? earlier.inputTokens,
    outputTokens: later.outputTokens ?? earlier.outputTokens,
    cacheReadTokens: later.cacheReadTokens ?? earlier.cacheReadTokens,
    cacheWriteTokens: later.cacheWriteTokens ?? earlier.cacheWriteTokens,
    reasoningTokens: later.reasoningTokens ?? earlier.reasoningTokens,
    countedOutputTokens: later.countedOutputTokens ?? earlier.countedOutputTokens,
    estimated: earlier.estimated || later.estimated,
  };
}
