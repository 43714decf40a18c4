// Token counts out of every provider's blob. The keys differ by provider and by mode (reference 8.8, Appendix A), so
// all of them are tried. Unknown stays unknown.

import type { JsonObject, Usage } from '../../../core/neutral/index.ts';
import { numberOf, objectOf } from './fields.ts';

/**
 * @param cacheIsApart Whether the input count leaves out the tokens of the cache, as Anthropic counts. Appendix A:
 *   unverified on these surfaces, assumed for Claude.
 */
export function readUsage(blob: JsonObject | undefined, cacheIsApart: boolean): Usage | undefined {
  if (blob === undefined) return undefined;
  const inputDetails = objectOf(blob['prompt_tokens_details'] ?? blob['input_tokens_details']);
  const outputDetails = objectOf(blob['completion_tokens_details'] ?? blob['output_tokens_details']);
  const cacheApartRead = readCacheRead(blob);
  const cacheWriteTokens = readCacheWrite(blob);
  const total = numberOf(blob['total_tokens'] ?? blob['totalTokens'] ?? blob['totalTokenCount']);
  const statedInput = readInput(blob);
  const statedOutput = readOutput(blob);
  const cached = cacheIsApart ? (cacheApartRead ?? 0) + (cacheWriteTokens ?? 0) : 0;
  const inputTokens = statedInput ?? rest(total, statedOutput);
  const usage: Usage = {
    inputTokens: inputTokens === undefined ? undefined : inputTokens + cached,
    outputTokens: statedOutput ?? rest(total, statedInput),
    cacheReadTokens: cacheApartRead ?? numberOf(inputDetails?.['cached_tokens']),
    cacheWriteTokens,
    reasoningTokens: numberOf(outputDetails?.['reasoning_tokens']),
    countedOutputTokens: undefined,
    estimated: false,
  };
  return hasCounts(usage) ? usage : undefined;
}

function readInput(blob: JsonObject): number | undefined {
  return numberOf(
    blob['prompt_tokens'] ?? blob['input_tokens'] ?? blob['inputTokens'] ?? blob['inputTokenCount'],
  );
}

function readOutput(blob: JsonObject): number | undefined {
  return numberOf(
    blob['completion_tokens'] ??
      blob['output_tokens'] ??
      blob['outputTokens'] ??
      blob['outputTokenCount'] ??
      // The streaming-only model of reference 3.6 says it so.
      blob['generated_tokens'],
  );
}

function readCacheRead(blob: JsonObject): number | undefined {
  return numberOf(
    blob['cache_read_input_tokens'] ?? blob['cacheReadInputTokens'] ?? blob['cacheReadInputTokenCount'],
  );
}

function readCacheWrite(blob: JsonObject): number | undefined {
  return numberOf(
    blob['cache_creation_input_tokens'] ?? blob['cacheWriteInputTokens'] ?? blob['cacheWriteInputTokenCount'],
  );
}

function rest(total: number | undefined, part: number | undefined): number | undefined {
  return total === undefined || part === undefined || part > total ? undefined : total - part;
}

function hasCounts(usage: Usage): boolean {
  return (
    usage.inputTokens !== undefined ||
    usage.outputTokens !== undefined ||
    usage.cacheReadTokens !== undefined ||
    usage.cacheWriteTokens !== undefined ||
    usage.reasoningTokens !== undefined
  );
}
