// A Messages request body to a neutral call. Nothing in it is lost in silence: each field is understood, refused by
// name, a documented no-op, or kept as a label, which is told in loss when it is dropped.

import type { Call } from '../../core/neutral/index.ts';
import type { JsonReader } from '../../core/wire/json-reader.ts';
import { createLabels } from './labels.ts';
import { decodeMessages } from './messages.ts';
import { decodeFormat, decodeReasoning, decodeSampling, decodeStop } from './settings.ts';
import { decodeTools } from './tools.ts';

export type MessagesRequestRules = {
  /** Counting tokens needs no output limit. */
  readonly maxTokens: 'required' | 'optional';
};

/** The field that asks for a conversation kept by the server. */
export const THREAD = 'thread';

function refuseThread(field: JsonReader): void {
  if (field.isAbsent) return;
  // Ignored, it would lose the history: a continued thread sends only its new messages.
  throw field.fault('is not supported: send the whole conversation with each request.', 'unsupported');
}

/** @throws GatewayError naming the field by JSON path. */
export function decodeMessagesRequest(body: JsonReader, rules: MessagesRequestRules): Call {
  const labels = createLabels();
  const model = body.field('model').expectNonEmptyString();
  refuseThread(body.field(THREAD));
  const limit = body.field('max_tokens');
  if (rules.maxTokens === 'required' && limit.isAbsent) throw limit.fault('is required.');
  const { tools, toolChoice, parallelToolCalls } = decodeTools(body, labels);
  return {
    model,
    messages: decodeMessages(body, labels),
    tools,
    toolChoice,
    parallelToolCalls,
    format: decodeFormat(body),
    maxOutputTokens: limit.optionalInteger({ min: 1 }),
    stop: decodeStop(body.field('stop_sequences')),
    sampling: decodeSampling(body),
    reasoning: decodeReasoning(body, labels),
    stream: body.field('stream').optionalBoolean() ?? false,
    choices: 1,
    labels: labels.collect(body),
  };
}
