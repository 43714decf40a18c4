// The `salesforce` object of a reply: what the format has no field for. It stands on a whole reply, and on the finish
// chunks of a stream, each with the safety of its own choice. Clients that do not know it skip it.

import type { Safety, Usage } from '../../core/neutral/index.ts';

type ChoiceSafety = { readonly choice: number; readonly safety: Safety };

export type Extension = {
  /** What the Trust Layer found, choice by choice. Advisory: nothing was blocked for it. */
  readonly safety:
    | readonly {
        readonly choice: number;
        readonly toxicity_detected: boolean | null;
        /** 0 to 1, higher is safer. */
        readonly safety_score: number | null;
        /** By category, 0 to 1, higher is more of it. */
        readonly scores: Readonly<Record<string, number>>;
      }[]
    | undefined;
  /** The model that really answered, in its maker's words. */
  readonly served_model: string | undefined;
  /** Absent where usage was counted upstream. `unknown` where a 0 in it means that nobody told the count. */
  readonly usage: 'estimated' | 'unknown' | undefined;
};

export type ExtensionParts = {
  readonly safeties: readonly ChoiceSafety[];
  readonly servedModel: string | undefined;
  /** Undefined where the reply shows no usage. */
  readonly usage: Usage | undefined;
};

function describeUsage(usage: Usage | undefined): 'estimated' | 'unknown' | undefined {
  if (usage === undefined) return undefined;
  if (usage.inputTokens === undefined || usage.outputTokens === undefined) return 'unknown';
  return usage.estimated ? 'estimated' : undefined;
}

/** Undefined where there is nothing to say; fields that are undefined are left out when printed. */
export function encodeExtension(parts: ExtensionParts): Extension | undefined {
  const usage = describeUsage(parts.usage);
  if (parts.safeties.length === 0 && parts.servedModel === undefined && usage === undefined) return undefined;
  return {
    safety:
      parts.safeties.length === 0
        ? undefined
        : parts.safeties.map(({ choice, safety }) => ({
            choice,
            toxicity_detected: safety.toxicityDetected ?? null,
            safety_score: safety.safetyScore ?? null,
            scores: Object.fromEntries(safety.scores.map(({ category, score }) => [category, score])),
          })),
    served_model: parts.servedModel,
    usage,
  };
}
