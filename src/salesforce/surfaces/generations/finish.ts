// Why a choice ended, in our words. Stop reasons come in every vendor's spelling and from several places (reference 8.9),
// and a Claude stream has none at all (reference 3.6): then one is concluded from what was seen.

import type { FinishReason } from '../../../core/neutral/index.ts';
import type { SurfaceContext } from '../port.ts';

const WORDS: ReadonlyMap<string, FinishReason> = new Map(
  Object.entries({
    stop: 'stop',
    end_turn: 'stop',
    stop_sequence: 'stop',
    length: 'length',
    max_tokens: 'length',
    max_output_tokens: 'length',
    model_context_window_exceeded: 'length',
    tool_calls: 'tool-calls',
    tool_use: 'tool-calls',
    function_call: 'tool-calls',
    content_filter: 'content-filter',
    content_filtered: 'content-filter',
    guardrail_intervened: 'content-filter',
    safety: 'content-filter',
    recitation: 'content-filter',
    blocklist: 'content-filter',
    prohibited_content: 'content-filter',
    spii: 'content-filter',
    refusal: 'refusal',
  } satisfies Record<string, FinishReason>),
);

/** The smaller of what the caller allows and what the model can say: the limit that is sent is held to both. */
export function outputTokensMaxOf({ maxOutputTokens, model }: SurfaceContext): number | undefined {
  const { outputTokensMax } = model;
  if (maxOutputTokens === undefined || outputTokensMax === undefined)
    return maxOutputTokens ?? outputTokensMax;
  return Math.min(maxOutputTokens, outputTokensMax);
}

export type FinishEvidence = {
  /** The vendor's own word; undefined where none came. */
  readonly raw: string | undefined;
  readonly toolSeen: boolean;
  readonly refused: boolean;
  readonly outputTokens: number | undefined;
  readonly outputTokensMax: number | undefined;
};

export function concludeFinish(evidence: FinishEvidence): FinishReason {
  const told = evidence.raw === undefined ? undefined : WORDS.get(evidence.raw.toLowerCase());
  // A call that was forced by name ends with `stop` at OpenAI; for the client it is a turn of tool calls all the same.
  if (told === 'stop' && evidence.toolSeen) return 'tool-calls';
  if (told === 'stop' && evidence.refused) return 'refusal';
  if (told !== undefined) return told;
  if (evidence.toolSeen) return 'tool-calls';
  if (evidence.refused) return 'refusal';
  const { outputTokens, outputTokensMax } = evidence;
  const full = outputTokens !== undefined && outputTokensMax !== undefined && outputTokens >= outputTokensMax;
  return full ? 'length' : 'stop';
}
