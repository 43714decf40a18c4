// Words and counts of a reply in OpenAI's terms: finish reasons and usage.

import type { FinishReason, Usage } from '../../core/neutral/index.ts';

type ChatFinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

const FINISH_REASONS = {
  stop: 'stop',
  'tool-calls': 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  refusal: 'content_filter',
} as const satisfies Record<FinishReason, ChatFinishReason>;

/**
 * `tool_calls` exactly where tool calls were made and nothing cut the reply short: clients run tools on this word alone,
 * and wait for ever when it comes without a call. A refusal is told as `content_filter`, the format's only word for an
 * answer withheld.
 */
export function encodeFinishReason(reason: FinishReason, hasToolCalls: boolean): ChatFinishReason {
  const word = FINISH_REASONS[reason];
  return word === 'stop' && hasToolCalls ? 'tool_calls' : word;
}

export type ChatUsage = {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
  readonly completion_tokens_details: { readonly reasoning_tokens: number };
};

/**
 * The format has no word for an unknown count and its clients fail on a missing or null one, so unknown is written 0
 * here. Whoever writes it must say so beside it.
 */
export function encodeUsage(usage: Usage): ChatUsage {
  const prompt = usage.inputTokens ?? 0;
  const completion = usage.outputTokens ?? 0;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: usage.cacheReadTokens ?? 0 },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
  };
}
