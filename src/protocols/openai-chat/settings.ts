// The settings of a chat-completions call: limits, sampling, output format, reasoning. Ranges are the public format's.

import {
  REASONING_EFFORTS,
  type OutputFormat,
  type Reasoning,
  type Sampling,
} from '../../core/neutral/index.ts';
import type { JsonReader } from '../../core/wire/index.ts';

const STOP_SEQUENCES_MAX = 4;
const FORMAT_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Both spellings are read, so that a wrong one is told; the newer one wins where they differ. */
export function decodeMaxOutputTokens(body: JsonReader): number | undefined {
  const newer = body.field('max_completion_tokens').optionalInteger({ min: 1 });
  const older = body.field('max_tokens').optionalInteger({ min: 1 });
  return newer ?? older;
}

export function decodeStop(field: JsonReader): readonly string[] {
  if (field.isAbsent) return [];
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
    temperature: body.field('temperature').optionalNumber({ min: 0, max: 2 }),
    topP: body.field('top_p').optionalNumber({ min: 0, max: 1 }),
    // Not OpenAI's, but sent by many clients of compatible servers and carried by some models.
    topK: body.field('top_k').optionalInteger({ min: 1 }),
    seed: body.field('seed').optionalInteger(),
    frequencyPenalty: body.field('frequency_penalty').optionalNumber({ min: -2, max: 2 }),
    presencePenalty: body.field('presence_penalty').optionalNumber({ min: -2, max: 2 }),
  };
}

export function decodeReasoning(field: JsonReader): Reasoning | undefined {
  const effort = field.optionalOneOf(REASONING_EFFORTS);
  return effort === undefined ? undefined : { effort, budgetTokens: undefined };
}

export function decodeFormat(field: JsonReader): OutputFormat {
  if (field.isAbsent) return { type: 'text' };
  const type = field.field('type').expectOneOf(['text', 'json_object', 'json_schema']);
  if (type === 'text') return { type: 'text' };
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
    description: field.field('description').optionalString(),
    schema: field.field('schema').optionalObject() ?? { type: 'object' },
    strict: field.field('strict').optionalBoolean(),
  };
}
