// The `salesforce` object of a reply: what the format has no field for. It stands on a whole message, and on the
// `message_delta` of a stream. Clients that do not know it skip it. Its form is that of the other dialects.

import type { JsonObject, Safety, Usage } from '../../core/neutral/index.ts';

export type ExtensionParts = {
  readonly safety: Safety | undefined;
  /** The model that really answered, in its maker's words. */
  readonly servedModel: string | undefined;
  readonly usage: Usage;
};

/** `estimated`: a count is ours. `unknown`: a 0 in the usage means that nobody told the count. */
function describeUsage(usage: Usage): 'estimated' | 'unknown' | undefined {
  if (usage.outputTokens === undefined) return 'unknown';
  return usage.estimated || usage.inputTokens === undefined ? 'estimated' : undefined;
}

function encodeSafety(safety: Safety): JsonObject {
  return {
    choice: 0,
    toxicity_detected: safety.toxicityDetected ?? null,
    safety_score: safety.safetyScore ?? null,
    scores: Object.fromEntries(safety.scores.map(({ category, score }) => [category, score])),
  };
}

/** Fields to be spread into the message or event; none where there is nothing to say. */
export function encodeExtension(parts: ExtensionParts): JsonObject {
  const usage = describeUsage(parts.usage);
  const salesforce = {
    ...(parts.safety === undefined ? {} : { safety: [encodeSafety(parts.safety)] }),
    ...(parts.servedModel === undefined ? {} : { served_model: parts.servedModel }),
    ...(usage === undefined ? {} : { usage }),
  };
  return Object.keys(salesforce).length === 0 ? {} : { salesforce };
}
