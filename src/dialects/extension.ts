// The `salesforce` object of a reply, documented for clients: what no format has a field for. It stands on a whole reply and
// on the last events of a stream that carry data. Clients that do not know it skip it.

import type { Choice, JsonObject, JsonValue, Reply, Safety, Usage } from '../core/neutral/index.ts';

type ChoiceSafety = { readonly choice: number; readonly safety: Safety };

export type ExtensionParts = {
  /** What the Trust Layer found, choice by choice. Advisory: nothing was blocked for it. */
  readonly safeties: readonly ChoiceSafety[];
  /** The model that really answered, in its maker's words. */
  readonly servedModel: string | undefined;
  /** Undefined where the reply shows no usage. */
  readonly usage: Usage | undefined;
};

/**
 * How a format writes a count of input that nobody told, and so what is said of it: `estimated` where it writes our estimate,
 * `unknown` where it writes 0.
 */
type UnknownInput = 'estimated' | 'unknown';

/** `estimated`: a count is ours. `unknown`: a 0 in the usage means that nobody told the count. */
function describeUsage(usage: Usage | undefined, unknownInput: UnknownInput): UnknownInput | undefined {
  if (usage === undefined) return undefined;
  if (usage.outputTokens === undefined) return 'unknown';
  if (usage.inputTokens === undefined) return unknownInput;
  return usage.estimated ? 'estimated' : undefined;
}

/** `toxicity_detected` and the score, 0 to 1 and higher is safer, are null where they were not told. */
function encodeSafety({ choice, safety }: ChoiceSafety): JsonObject {
  return {
    choice,
    toxicity_detected: safety.toxicityDetected ?? null,
    safety_score: safety.safetyScore ?? null,
    // By category, 0 to 1, higher is more of it.
    scores: Object.fromEntries(safety.scores.map(({ category, score }) => [category, score])),
  };
}

export function safetiesOf(choices: readonly Choice[]): readonly ChoiceSafety[] {
  return choices.flatMap(({ safety }, choice) => (safety === undefined ? [] : [{ choice, safety }]));
}

/** The object itself; undefined where there is nothing to say. */
export function encodeExtension(
  { safeties, servedModel, usage }: ExtensionParts,
  unknownInput: UnknownInput,
): JsonObject | undefined {
  const described = describeUsage(usage, unknownInput);
  const counted = usage?.countedOutputTokens;
  const isSilent = described === undefined && counted === undefined;
  if (safeties.length === 0 && servedModel === undefined && isSilent) return undefined;
  const extension: Record<string, JsonValue> = {};
  if (safeties.length > 0) extension['safety'] = safeties.map(encodeSafety);
  if (servedModel !== undefined) extension['served_model'] = servedModel;
  if (described !== undefined) extension['usage'] = described;
  // Salesforce's own count, where the gateway cut the reply and the usage tells what the caller got.
  if (counted !== undefined) extension['counted_output_tokens'] = counted;
  return extension;
}

/** Of a whole reply in a format of one choice. */
export function extensionOfReply(reply: Reply, unknownInput: UnknownInput): JsonObject {
  const { choices, servedModel, usage } = reply;
  return extensionField({ safety: choices[0]?.safety, servedModel, usage }, unknownInput);
}

/** What is told of a reply in a format of one choice. */
type OnlyChoice = {
  readonly safety: Safety | undefined;
  readonly servedModel: string | undefined;
  readonly usage: Usage;
};

/** The field, to be spread into the reply or event; none where there is nothing to say. */
export function extensionField(
  { safety, servedModel, usage }: OnlyChoice,
  unknownInput: UnknownInput,
): JsonObject {
  const safeties = safety === undefined ? [] : [{ choice: 0, safety }];
  const salesforce = encodeExtension({ safeties, servedModel, usage }, unknownInput);
  return salesforce === undefined ? {} : { salesforce };
}
