// The settings of a request: limits, sampling, output format, reasoning. Ranges are the public format's.

import {
  REASONING_EFFORTS,
  type OutputFormat,
  type Reasoning,
  type Sampling,
} from '../../core/neutral/index.ts';
import type { JsonReader, Labels } from '../../core/wire/index.ts';

const TEMPERATURE = { min: 0, max: 2 };
const SHARE = { min: 0, max: 1 };
const PENALTY = { min: -2, max: 2 };
const PLAIN_TEXT: OutputFormat = { type: 'text' };
const FORMAT_NAME = /^[A-Za-z0-9_-]{1,64}$/;

export function decodeSampling(body: JsonReader): Sampling {
  return {
    temperature: body.given('temperature')?.expectNumber(TEMPERATURE),
    topP: body.given('top_p')?.expectNumber(SHARE),
    topK: undefined,
    seed: undefined,
    frequencyPenalty: body.given('frequency_penalty')?.expectNumber(PENALTY),
    presencePenalty: body.given('presence_penalty')?.expectNumber(PENALTY),
  };
}

/** A summary is asked for by wanting reasoning back at all; how long it shall be is a hint. */
export function decodeReasoning(field: JsonReader | undefined, labels: Labels): Reasoning | undefined {
  if (field === undefined) return undefined;
  const effort = field.given('effort')?.expectOneOf(REASONING_EFFORTS);
  const summary = (field.given('summary') ?? field.given('generate_summary'))?.expectOneOf([
    'auto',
    'concise',
    'detailed',
    'none',
  ]);
  if (summary === 'concise' || summary === 'detailed') labels.add('reasoning.summary', summary);
  const context = field.given('context')?.expectString();
  if (context !== undefined && context !== 'auto') labels.add('reasoning.context', context);
  if (effort === undefined && (summary === undefined || summary === 'none')) return undefined;
  return { effort, budgetTokens: undefined };
}

export function decodeFormat(text: JsonReader | undefined, labels: Labels): OutputFormat {
  if (text === undefined) return PLAIN_TEXT;
  const verbosity = text.given('verbosity')?.expectOneOf(['low', 'medium', 'high']);
  if (verbosity !== undefined && verbosity !== 'medium') labels.add('text.verbosity', verbosity);
  const field = text.given('format');
  if (field === undefined) return PLAIN_TEXT;
  const type = field.field('type').expectOneOf(['text', 'json_object', 'json_schema']);
  if (type === 'text') return PLAIN_TEXT;
  return type === 'json_object' ? { type: 'json-object' } : decodeSchemaFormat(field);
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
    schema: field.field('schema').expectObject(),
    strict: field.given('strict')?.optionalBoolean(),
  };
}

/** Nothing is cut from a conversation here, so being allowed to is a hint that goes unused. */
export function decodeTruncation(field: JsonReader | undefined, labels: Labels): void {
  if (field?.expectOneOf(['auto', 'disabled']) === 'auto') labels.add('truncation', 'auto');
}

/** Encrypted reasoning is always told; what else may be asked for belongs to tools that run at the server. */
export function decodeInclude(field: JsonReader | undefined): void {
  for (const entry of field?.expectArray() ?? []) {
    if (entry.expectString() === 'message.output_text.logprobs') {
      throw entry.fault('is not supported: no model here gives log probabilities.', 'unsupported');
    }
  }
}
