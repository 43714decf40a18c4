// Token counts out of every provider's blob. The keys differ by provider and by mode (reference 8.8, Appendix A), so
// all of them are tried. Unknown stays unknown.

import type { JsonObject, Usage } from '../../../core/neutral/index.ts';
import { pickNumber, pickObject } from './fields.ts';

const INPUT = ['prompt_tokens', 'input_tokens', 'inputTokens', 'inputTokenCount'];
const OUTPUT = [
  'completion_tokens',
  'output_tokens',
  'outputTokens',
  'outputTokenCount',
  // The streaming-only model of reference 3.6 says it so.
  'generated_tokens',
];
const TOTAL = ['total_tokens', 'totalTokens', 'totalTokenCount'];
const CACHE_READ = ['cache_read_input_tokens', 'cacheReadInputTokens', 'cacheReadInputTokenCount'];
const CACHE_WRITE = ['cache_creation_input_tokens', 'cacheWriteInputTokens', 'cacheWriteInputTokenCount'];

/**
 * @param cacheIsApart Whether the input count leaves out the tokens of the cache, as Anthropic counts. Appendix A:
 *   unverified on these surfaces, assumed for Claude.
 */
export function readUsage(blob: JsonObject | undefined, cacheIsApart: boolean): Usage | undefined {
  if (blob === undefined) return undefined;
  const inputDetails = pickObject(blob, 'prompt_tokens_details', 'input_tokens_details');
  const outputDetails = pickObject(blob, 'completion_tokens_details', 'output_tokens_details');
  const cacheApartRead = pickNumber(blob, ...CACHE_READ);
  const cacheWriteTokens = pickNumber(blob, ...CACHE_WRITE);
  const total = pickNumber(blob, ...TOTAL);
  const statedInput = pickNumber(blob, ...INPUT);
  const statedOutput = pickNumber(blob, ...OUTPUT);
  const cached = cacheIsApart ? (cacheApartRead ?? 0) + (cacheWriteTokens ?? 0) : 0;
  const inputTokens = statedInput ?? rest(total, statedOutput);
  const usage: Usage = {
    inputTokens: inputTokens === undefined ? undefined : inputTokens + cached,
    outputTokens: statedOutput ?? rest(total, statedInput),
    cacheReadTokens: cacheApartRead ?? pickNumber(inputDetails, 'cached_tokens'),
    cacheWriteTokens,
    reasoningTokens: pickNumber(outputDetails, 'reasoning_tokens'),
    estimated: false,
  };
  return hasCounts(usage) ? usage : undefined;
}

function rest(total: number | undefined, part: number | undefined): number | undefined {
  return total === undefined || part === undefined || part > total ? undefined : total - part;
}

function hasCounts(usage: Usage): boolean {
  return Object.values(usage).some((count) => typeof count === 'number');
}
