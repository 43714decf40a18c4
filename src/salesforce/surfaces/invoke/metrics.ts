// What Bedrock adds to the last event of a stream: its own counts of the call (reference 3.7). They stand in where the
// stream itself told no usage, put in the format's own words, so that translation and passthrough take them alike.

import type { JsonObject, JsonValue, Usage } from '../../../core/neutral/index.ts';
import { isJsonObject } from '../../../core/wire/index.ts';

const METRICS = 'amazon-bedrock-invocationMetrics';

const FIELDS: readonly { readonly from: string; readonly to: string; readonly of: 'input' | 'output' }[] = [
  { from: 'inputTokenCount', to: 'input_tokens', of: 'input' },
  { from: 'cacheReadInputTokenCount', to: 'cache_read_input_tokens', of: 'input' },
  { from: 'cacheWriteInputTokenCount', to: 'cache_creation_input_tokens', of: 'input' },
  { from: 'outputTokenCount', to: 'output_tokens', of: 'output' },
];

/** An event with the counts that are unknown so far; undefined where there are none. */
export function usageFrameOf(frame: JsonValue, known: Usage): JsonObject | undefined {
  if (known.inputTokens !== undefined && known.outputTokens !== undefined) return undefined;
  const metrics = isJsonObject(frame) ? frame[METRICS] : undefined;
  if (!isJsonObject(metrics)) return undefined;
  const isUnknown = { input: known.inputTokens === undefined, output: known.outputTokens === undefined };
  const told = FIELDS.flatMap(({ from, to, of }) => {
    const count = isUnknown[of] ? metrics[from] : undefined;
    return count === undefined ? [] : [[to, count] as const];
  });
  return told.length === 0
    ? undefined
    : { type: 'message_delta', delta: {}, usage: Object.fromEntries(told) };
}
