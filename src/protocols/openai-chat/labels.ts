// What a caller said that no upstream carries: tags, cache keys, hints, fields we do not know. They become
// the call's labels, so that dropping them is told. Fields that ask for something a label cannot stand for are refused.

import type { JsonValue } from '../../core/neutral/index.ts';
import { Labels, type JsonReader, type LabelRule } from '../../core/wire/index.ts';

/** Fields that other parts of this folder decode. */
const DECODED: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'tools',
  'functions',
  'tool_choice',
  'function_call',
  'parallel_tool_calls',
  'response_format',
  'max_completion_tokens',
  'max_tokens',
  'stop',
  'temperature',
  'top_p',
  'top_k',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'reasoning_effort',
  'stream',
  'stream_options',
  'n',
]);

/** Known fields that are refused, or are a label of a known type. Each gives its label, or undefined for a no-op. */
const RULES: ReadonlyMap<string, LabelRule> = new Map<string, LabelRule>([
  ['logprobs', refuseLogprobs],
  ['top_logprobs', refuseTopLogprobs],
  ['audio', refuseAudio],
  ['modalities', refuseModalities],
  ['logit_bias', refuseLogitBias],
  ['web_search_options', refuseWebSearch],
  ['store', (field) => (field.optionalBoolean() === true ? true : undefined)],
  ['service_tier', decodeServiceTier],
  ['metadata', decodeMetadata],
  ['user', (field) => field.optionalString()],
  ['prompt_cache_key', (field) => field.optionalString()],
  ['safety_identifier', (field) => field.optionalString()],
  ['verbosity', (field) => field.optionalOneOf(['low', 'medium', 'high'])],
  ['prediction', (field) => field.optionalObject()],
]);

function refuseLogprobs(field: JsonReader): undefined {
  if (field.optionalBoolean() === true) {
    throw field.fault('is not supported: no model here gives log probabilities.', 'unsupported');
  }
}

function refuseTopLogprobs(field: JsonReader): undefined {
  if (field.expectInteger({ min: 0, max: 20 }) > 0) {
    throw field.fault('is not supported: no model here gives log probabilities.', 'unsupported');
  }
}

function refuseAudio(field: JsonReader): undefined {
  throw field.fault('is not supported: replies are text.', 'unsupported');
}

function refuseModalities(field: JsonReader): undefined {
  for (const modality of field.expectArray()) {
    if (modality.expectString() !== 'text') {
      throw modality.fault('is not supported: replies are text.', 'unsupported');
    }
  }
}

function refuseLogitBias(field: JsonReader): undefined {
  if (Object.keys(field.expectObject()).length > 0) {
    throw field.fault('is not supported: no model here has such a setting.', 'unsupported');
  }
}

function refuseWebSearch(field: JsonReader): undefined {
  throw field.fault('is not supported: there is no web search here.', 'unsupported');
}

function decodeServiceTier(field: JsonReader): JsonValue | undefined {
  const tier = field.expectString();
  return tier === 'auto' || tier === 'default' ? undefined : tier;
}

function decodeMetadata(field: JsonReader): JsonValue | undefined {
  const metadata = field.expectObject();
  return Object.keys(metadata).length === 0 ? undefined : metadata;
}

export function createLabels(): Labels {
  return new Labels(DECODED, RULES);
}
