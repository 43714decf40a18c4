// The settings of a chat-completions call: limits, sampling, output format, reasoning. Ranges are the public format's.

import {
  REASONING_EFFORTS,
  type OutputFormat,
  type Reasoning,
  type Sampling,
} from '../../core/neutral/index.ts';
import type { JsonReader } from '../../core/wire/index.ts';

const STOP_SEQUENCES_MAX = 4;
const AT_LEAST_ONE = { min: 1 };
const TEMPERATURE = { min: 0, max: 2 };
const SHARE = { min: 0, max: 1 };
const PENALTY = { min: -2, max: 2 };
const NO_STOP: readonly string[] = [];
const PLAIN_TEXT: OutputFormat = { type: 'text' };
const FORMAT_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Both spellings are read, so that a wrong one is told; the newer one wins where they differ. */
export function decodeMaxOutputTokens(body: JsonReader): number | undefined {
  const newer = body.given('max_completion_tokens')?.expectInteger(AT_LEAST_ONE);
  const older = body.given('max_tokens')?.expectInteger(AT_LEAST_ONE);
  return newer ?? older;
}

export function decodeStop(field: JsonReader | undefined): readonly string[] {
  if (field === undefined) return NO_STOP;
  if (typeof field.value === 'string') return [field.expectNonEmptyString()];
  if (!Array.isArray(field.value)) throw field.fault('must be a string or an array of strings.');
  const items = field.expectArray();
  if (items.length > STOP_SEQUENCES_MAX) {
    throw field.fault(`must hold at most ${STOP_SEQUENCES_MAX} sequences.`);
  }
  return items.map((item) => item.expectNonEmptyString());
}

export function decodeSampling(body: JsonReader): Sampling {
  return {
    temperature: body.given('temperature')?.expectNumber(TEMPERATURE),
    topP: body.given('top_p')?.expectNumber(SHARE),
    // Not OpenAI's, but sent by many clients of compatible servers and carried by some models.
    topK: body.given('top_k')?.expectInteger(AT_LEAST_ONE),
    seed: body.given('seed')?.expectInteger(),
    frequencyPenalty: body.given('frequency_penalty')?.expectNumber(PENALTY),
    presencePenalty: body.given('presence_penalty')?.expectNumber(PENALTY),
  };
}

export function decodeReasoning(field: JsonReader | undefined): Reasoning | undefined {
  const effort = field?.expectOneOf(REASONING_EFFORTS);
  return effort === undefined ? undefined : { effort, budgetTokens: undefined };
}

export function decodeFormat(field: JsonReader | undefined): OutputFormat {
  if (field === undefined) return PLAIN_TEXT;
  const type = field.field('type').expectOneOf(['text', 'json_object', 'json_schema']);
  if (type === 'text') return PLAIN_TEXT;
  if (type === 'json_object') return { type: 'json-object' };
  return decodeSchemaFormat(field.field('json_schema'));
}

function decodeSchemaFormat(field: JsonReader): OutputFormat {
  const name = field.field('name');
  if (!FORMAT_NAME.test(name.expectString())) {
    throw name.fault('must be 1 to 64 characters of a-z, A-Z, 0-9, underscore and dash.');
  }
  return {
    type: 'json-schema',
    name: name.expectString(),
    description: field.given('description')?.expectString(),
    schema: field.given('schema')?.expectObject() ?? { type: 'object' },
    strict: field.given('strict')?.optionalBoolean(),
  };
}
