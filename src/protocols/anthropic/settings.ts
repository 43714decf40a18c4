// The settings of a Messages request: limits, sampling, output format, thinking. Ranges are the public format's; a
// thinking budget is taken as it is, since what a model accepts is known only where the model is.

import type { Labels } from '../../core/wire/index.ts';
import { NO_SAMPLING, type OutputFormat, type Reasoning, type Sampling } from '../../core/neutral/index.ts';
import type { JsonReader } from '../../core/wire/json-reader.ts';

const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;
/** The format's schemas have no name, other vendors' must have one. */
const FORMAT_NAME = 'output';
/** What older clients send for a setting that nobody set. */
const UNSET = -1;

export function decodeStop(field: JsonReader): readonly string[] {
  return (field.optionalArray() ?? []).map((item) => item.expectNonEmptyString());
}

export function decodeSampling(body: JsonReader): Sampling {
  const topP = body.field('top_p');
  const topK = body.field('top_k').optionalInteger({ min: UNSET });
  return {
    ...NO_SAMPLING,
    temperature: body.field('temperature').optionalNumber({ min: 0, max: 1 }),
    topP: topP.value === UNSET ? undefined : topP.optionalNumber({ min: 0, max: 1 }),
    topK: topK === undefined || topK < 1 ? undefined : topK,
  };
}

function decodeFormatField(field: JsonReader): OutputFormat {
  field.field('type').expectOneOf(['json_schema']);
  return {
    type: 'json-schema',
    name: FORMAT_NAME,
    description: undefined,
    schema: field.field('schema').expectObject(),
    strict: undefined,
  };
}

/** `output_config.format`, or the older top-level spelling of it. */
export function decodeFormat(body: JsonReader): OutputFormat {
  const config = body.field('output_config');
  const format = config.isAbsent ? config : config.field('format');
  if (!format.isAbsent) return decodeFormatField(format);
  const older = body.field('output_format');
  return older.isAbsent ? { type: 'text' } : decodeFormatField(older);
}

/**
 * Effort without thinking is a label and not reasoning: taken for reasoning, it would switch thinking on where the caller
 * did not ask for it.
 */
export function decodeReasoning(body: JsonReader, labels: Labels): Reasoning | undefined {
  const config = body.field('output_config');
  const effort = config.isAbsent ? undefined : config.field('effort').optionalOneOf(EFFORTS);
  for (const [key, value] of Object.entries(config.optionalObject() ?? {})) {
    if (key !== 'effort' && key !== 'format' && value !== null) labels.add(`output_config.${key}`, value);
  }
  const thinking = body.field('thinking');
  const type = thinking.isAbsent
    ? undefined
    : thinking.field('type').expectOneOf(['enabled', 'adaptive', 'disabled']);
  if (type === undefined || type === 'disabled') {
    if (effort !== undefined) labels.add('output_config.effort', effort);
    return type === undefined ? undefined : { effort: 'none', budgetTokens: undefined };
  }
  const display = thinking.field('display').optionalString();
  if (display !== undefined) labels.add('thinking.display', display);
  const budget = thinking.field('budget_tokens').optionalInteger({ min: 0 });
  return { effort, budgetTokens: type === 'enabled' ? budget : undefined };
}
