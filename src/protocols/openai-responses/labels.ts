// What a caller said that no upstream carries: tags, cache keys, hints, fields we do not know. They become the call's labels,
// so that dropping them is told. Fields that ask for something a label cannot stand for are refused by name.

import type { JsonValue } from '../../core/neutral/index.ts';
import { Labels, type JsonReader, type LabelRule } from '../../core/wire/index.ts';

/** Fields that other parts of this folder decode. */
const DECODED: ReadonlySet<string> = new Set([
  'model',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'reasoning',
  'include',
  'truncation',
  'max_output_tokens',
  'max_tool_calls',
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'stream',
  'stream_options',
  'store',
  'previous_response_id',
]);

/** Known fields that are refused, or are a label of a known type. Each gives its label, or undefined for a no-op. */
const RULES: ReadonlyMap<string, LabelRule> = new Map<string, LabelRule>([
  ['background', refuseBackground],
  ['conversation', refuse('there are no stored conversations; use previous_response_id.')],
  ['prompt', refuse('there are no stored prompts; send instructions and input.')],
  ['top_logprobs', refuseLogprobs],
  // Words of the neighbouring format, which would change what is said without anyone noticing.
  ['messages', refuse("this format takes 'input'.")],
  ['max_tokens', refuse("this format takes 'max_output_tokens'.")],
  ['max_completion_tokens', refuse("this format takes 'max_output_tokens'.")],
  ['response_format', refuse("this format takes 'text.format'.")],
  ['stop', refuse('this format has no stop sequences; /v1/chat/completions has.')],
  ['n', (field) => refuseSeveral(field)],
  ['service_tier', decodeServiceTier],
  ['metadata', labelUnlessEmpty],
  ['client_metadata', labelUnlessEmpty],
  ['user', (field) => field.optionalString()],
  ['prompt_cache_key', (field) => field.optionalString()],
  ['safety_identifier', (field) => field.optionalString()],
]);

function refuse(why: string): LabelRule {
  return (field) => {
    throw field.fault(`is not supported: ${why}`, 'unsupported');
  };
}

function refuseBackground(field: JsonReader): undefined {
  if (field.optionalBoolean() === true) {
    throw field.fault('is not supported: responses are made while the caller waits.', 'unsupported');
  }
}

function refuseLogprobs(field: JsonReader): undefined {
  if (field.expectInteger({ min: 0, max: 20 }) > 0) {
    throw field.fault('is not supported: no model here gives log probabilities.', 'unsupported');
  }
}

function refuseSeveral(field: JsonReader): undefined {
  if (field.expectInteger({ min: 1 }) > 1) {
    throw field.fault(
      'is not supported: this format has one answer; /v1/chat/completions has more.',
      'unsupported',
    );
  }
}

function decodeServiceTier(field: JsonReader): JsonValue | undefined {
  const tier = field.expectString();
  return tier === 'auto' || tier === 'default' ? undefined : tier;
}

function labelUnlessEmpty(field: JsonReader): JsonValue | undefined {
  const object = field.expectObject();
  return Object.keys(object).length === 0 ? undefined : object;
}

export function createLabels(): Labels {
  return new Labels(DECODED, RULES);
}
