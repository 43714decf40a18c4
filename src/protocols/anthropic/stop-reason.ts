// Why a message ended, in the format's words and back.

import type { FinishReason } from '../../core/neutral/index.ts';

export type StopReason = 'end_turn' | 'max_tokens' | 'stop_sequence' | 'tool_use' | 'refusal';

export type Stop = { readonly stop_reason: StopReason; readonly stop_sequence: string | null };

const REASONS: ReadonlyMap<string, FinishReason> = new Map<string, FinishReason>([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['pause_turn', 'stop'],
  ['tool_use', 'tool-calls'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['refusal', 'refusal'],
]);

const WORDS = {
  stop: 'end_turn',
  'tool-calls': 'end_turn',
  length: 'max_tokens',
  'content-filter': 'refusal',
  refusal: 'refusal',
} as const satisfies Record<FinishReason, StopReason>;

export function decodeStopReason(raw: string | undefined): FinishReason {
  return (raw === undefined ? undefined : REASONS.get(raw)) ?? 'stop';
}

/**
 * `tool_use` exactly where tools were called and nothing cut the reply short: clients run tools on this word alone, and
 * wait for ever when it comes without a call.
 */
export function encodeStop(
  reason: FinishReason,
  stopSequence: string | undefined,
  hasToolCalls: boolean,
): Stop {
  const word = WORDS[reason];
  if (word !== 'end_turn') return { stop_reason: word, stop_sequence: null };
  if (hasToolCalls) return { stop_reason: 'tool_use', stop_sequence: null };
  if (stopSequence === undefined) return { stop_reason: 'end_turn', stop_sequence: null };
  return { stop_reason: 'stop_sequence', stop_sequence: stopSequence };
}
