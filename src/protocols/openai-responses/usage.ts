// Token counts of a response. Cached tokens are part of the input, reasoning tokens part of the output, as in the neutral
// counts. Unknown stays unknown.

import type { JsonValue, Usage } from '../../core/neutral/index.ts';
import { isJsonObject, countOf, objectOf } from '../../core/wire/index.ts';

/** Undefined where nothing was counted. */
export function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(value)) return undefined;
  const input = objectOf(value['input_tokens_details']);
  const usage: Usage = {
    inputTokens: countOf(value['input_tokens']),
    outputTokens: countOf(value['output_tokens']),
    cacheReadTokens: countOf(input['cached_tokens']),
    cacheWriteTokens: countOf(input['cache_write_tokens']),
    reasoningTokens: countOf(objectOf(value['output_tokens_details'])['reasoning_tokens']),
    countedOutputTokens: undefined,
    estimated: false,
  };
  return Object.values(usage).some((count) => typeof count === 'number') ? usage : undefined;
}
