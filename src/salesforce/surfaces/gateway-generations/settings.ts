// Sampling, limits, formats and reasoning as the gateway takes them (reference 3.4), each held to its range there; what
// is sent with another value than the caller's is told as adjusted.

import type {
  Call,
  JsonObject,
  JsonValue,
  Loss,
  Need,
  OutputFormat,
  ReasoningEffort,
  Sampling,
} from '../../../core/neutral/index.ts';
import type { Carriage } from '../generations/index.ts';
import type { SurfaceContext } from '../port.ts';

export type Adjust = (loss: Loss) => void;

type Settings = Record<string, number | readonly string[] | JsonObject>;

/** Always sent, if empty: "required in some environments". */
export function encodeSettings(
  call: Call,
  context: SurfaceContext,
  carriage: Carriage,
  adjust: Adjust,
): Settings {
  const settings: Settings = {};
  const sampling = samplingFor(call, context, carriage, adjust);
  const limit = call.maxOutputTokens;
  if (limit !== undefined) {
    // Clients ask for what the vendor allows; Salesforce's own cap is lower for some models (reference 4).
    settings['max_tokens'] = clamp(
      'output-limit',
      limit,
      1,
      context.model.outputTokensMax ?? Infinity,
      adjust,
    );
  }
  const { temperature, frequencyPenalty, presencePenalty } = sampling;
  if (temperature !== undefined && carriage.carries('temperature')) {
    settings['temperature'] = clamp('temperature', temperature, 0, 1, adjust);
  }
  if (call.stop.length > 0) settings['stop_sequences'] = call.stop;
  if (frequencyPenalty !== undefined && carriage.carries('frequency-penalty')) {
    settings['frequency_penalty'] = clamp('frequency-penalty', frequencyPenalty, 0, 1, adjust);
  }
  if (presencePenalty !== undefined && carriage.carries('presence-penalty')) {
    settings['presence_penalty'] = clamp('presence-penalty', presencePenalty, 0, 1, adjust);
  }
  const parameters = encodeParameters(call, sampling, carriage);
  if (parameters !== undefined) settings['parameters'] = parameters;
  return settings;
}

/** What the model turned out to refuse is left out and told. */
function samplingFor(call: Call, context: SurfaceContext, carriage: Carriage, adjust: Adjust): Sampling {
  const { sampling } = call;
  if (!context.adaptations.has('drop-sampling')) return sampling;
  const note = 'the model refused it';
  if (sampling.temperature !== undefined) adjust({ need: 'temperature', how: 'dropped', note });
  if (sampling.topP !== undefined) adjust({ need: 'top-p', how: 'dropped', note });
  // Where the table denies it, it has been told already.
  if (sampling.topK !== undefined && carriage.carries('top-k'))
    adjust({ need: 'top-k', how: 'dropped', note });
  return { ...sampling, temperature: undefined, topP: undefined, topK: undefined };
}

/** What goes to the provider verbatim; undefined where nothing does. */
function encodeParameters(call: Call, sampling: Sampling, carriage: Carriage): JsonObject | undefined {
  const { topP, topK, seed } = sampling;
  const parameters: Record<string, JsonValue> = {};
  if (topP !== undefined && carriage.carries('top-p')) parameters['top_p'] = topP;
  if (topK !== undefined && carriage.carries('top-k')) parameters['top_k'] = topK;
  if (seed !== undefined && carriage.carries('seed')) parameters['seed'] = seed;
  if (call.format.type !== 'text') parameters['response_format'] = encodeFormat(call.format);
  return Object.keys(parameters).length === 0 ? undefined : parameters;
}

function encodeFormat(format: Exclude<OutputFormat, { type: 'text' }>): JsonObject {
  if (format.type === 'json-object') return { type: 'json_object' };
  return {
    type: 'json_schema',
    json_schema: {
      name: format.name,
      ...(format.description !== undefined && { description: format.description }),
      ...(format.strict !== undefined && { strict: format.strict }),
      schema: format.schema,
    },
  };
}

type UpstreamEffort = 'minimal' | 'low' | 'medium' | 'high';

const EFFORTS: Readonly<Record<Exclude<ReasoningEffort, 'none'>, UpstreamEffort>> = {
  minimal: 'minimal',
  low: 'low',
  medium: 'medium',
  high: 'high',
  // Reference 3.4: `high` is the top here.
  xhigh: 'high',
  max: 'high',
};

/** Undefined where the caller asked for no reasoning: the surface has no word for "none". */
export function encodeReasoning(call: Call, context: SurfaceContext, adjust: Adjust): JsonObject | undefined {
  const { reasoning } = call;
  if (reasoning === undefined || reasoning.effort === 'none') return undefined;
  if (context.adaptations.has('strip-reasoning')) {
    adjust({ need: 'reasoning', how: 'dropped', note: 'the model refused it' });
    return undefined;
  }
  if (reasoning.budgetTokens !== undefined) return { reasoning_budget: { tokens: reasoning.budgetTokens } };
  if (reasoning.effort === undefined) return undefined;
  const effort = EFFORTS[reasoning.effort];
  if (effort !== reasoning.effort) adjust(adjusted('reasoning', reasoning.effort, effort));
  return { reasoning_budget: { effort } };
}

function clamp(need: Need, value: number, min: number, max: number, adjust: Adjust): number {
  const sent = Math.min(Math.max(value, min), max);
  if (sent !== value) adjust(adjusted(need, value, sent));
  return sent;
}

function adjusted(need: Need, asked: number | string, sent: number | string): Loss {
  return { need, how: 'adjusted', note: `${asked} sent as ${sent}` };
}
