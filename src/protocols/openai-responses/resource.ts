// The response object: every field of it, whatever the request said, so that no client meets one that is missing.

import type { FinishReason, JsonObject, Usage } from '../../core/neutral/index.ts';
import { encodeUsage } from './usage-encode.ts';

export type ResourceParts = {
  readonly id: string;
  readonly model: string;
  readonly createdS: number;
};

export type ResourceState = {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  readonly output: readonly JsonObject[];
  readonly usage: Usage | undefined;
  readonly cut: string | undefined;
  readonly error: JsonObject | undefined;
  readonly completedS: number | undefined;
};

export const UNDER_WAY: ResourceState = {
  status: 'in_progress',
  output: [],
  usage: undefined,
  cut: undefined,
  error: undefined,
  completedS: undefined,
};

/** All but the settings of the request, which are the same in every state of it (see echo.ts). */
export function encodeResource(parts: ResourceParts, state: ResourceState): JsonObject {
  return {
    id: parts.id,
    object: 'response',
    created_at: parts.createdS,
    completed_at: state.completedS ?? null,
    status: state.status,
    error: state.error ?? null,
    incomplete_details: state.cut === undefined ? null : { reason: state.cut },
    model: parts.model,
    output: state.output,
    usage: state.usage === undefined ? null : encodeUsage(state.usage),
  };
}

const CUTS = {
  stop: undefined,
  'tool-calls': undefined,
  length: 'max_output_tokens',
  'content-filter': 'content_filter',
  // The format's only word for an answer that was withheld once it had begun.
  refusal: 'content_filter',
} as const satisfies Record<FinishReason, string | undefined>;

/** Why the answer is not whole; undefined where it is. */
export function cutOf(finish: FinishReason): string | undefined {
  return CUTS[finish];
}
