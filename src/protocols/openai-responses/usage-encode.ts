// Token counts in this format's words. It has none for an unknown count, and its clients fail on a missing one, so unknown is
// written 0 here. Whoever writes it must say so beside it.

import type { JsonObject, Usage } from '../../core/neutral/index.ts';

export function encodeUsage(usage: Usage): JsonObject {
  const input = usage.inputTokens ?? 0;
  const output = usage.outputTokens ?? 0;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cacheReadTokens ?? 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: input + output,
  };
}
