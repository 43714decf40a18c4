// A chat-completions request body to a neutral call. Nothing in it is lost in silence: each field is understood,
// refused by name, a documented no-op, or kept as a label, which is told in loss when it is dropped.

import type { Call } from '../../core/neutral/index.ts';
import type { JsonReader } from '../../core/wire/index.ts';
import { createLabels } from './labels.ts';
import { decodeMessages } from './messages.ts';
import {
  decodeFormat,
  decodeMaxOutputTokens,
  decodeReasoning,
  decodeSampling,
  decodeStop,
} from './settings.ts';
import { decodeTools } from './tools.ts';

const CHOICES = { min: 1, max: 8 };

export type ChatRequest = {
  readonly call: Call;
  /** Whether the client asked for a usage chunk at the end of its stream. */
  readonly includeUsage: boolean;
  /** Whether the client speaks of `functions`, the older word for tools, and must be answered in it. */
  readonly speaksFunctions: boolean;
};

function decodeIncludeUsage(body: JsonReader): boolean {
  // `include_obfuscation` needs nothing of us: we never pad chunks.
  return body.given('stream_options')?.given('include_usage')?.optionalBoolean() ?? false;
}

/** @throws GatewayError naming the field by JSON path. */
export function decodeChatRequest(body: JsonReader): ChatRequest {
  const labels = createLabels();
  const model = body.field('model').expectNonEmptyString();
  const messages = decodeMessages(body.field('messages'), labels);
  const { tools, toolChoice } = decodeTools(body);
  const speaksFunctions = (body.given('functions')?.expectArray().length ?? 0) > 0;
  const stream = body.given('stream')?.optionalBoolean() ?? false;
  const includeUsage = decodeIncludeUsage(body);
  const call: Call = {
    model,
    messages,
    tools,
    toolChoice,
    // The older word has room for one call in a reply.
    parallelToolCalls: speaksFunctions ? false : body.given('parallel_tool_calls')?.optionalBoolean(),
    format: decodeFormat(body.given('response_format')),
    maxOutputTokens: decodeMaxOutputTokens(body),
    stop: decodeStop(body.given('stop')),
    sampling: decodeSampling(body),
    reasoning: decodeReasoning(body.given('reasoning_effort')),
    stream,
    choices: body.given('n')?.expectInteger(CHOICES) ?? 1,
    labels: labels.collect(body),
  };
  return { call, includeUsage: stream && includeUsage, speaksFunctions };
}
