// A neutral call to a request body. Says everything of a call that the format has a word for; what it has none for (stop
// sequences, seeds, penalties, top-k, cache hints) and what a server of the format does not take, the caller of this must
// have dealt with before.

import type { Call, JsonObject, OutputFormat, Tool, ToolChoice } from '../../core/neutral/index.ts';
import { encodeInput } from './input.ts';

export type RequestOptions = {
  /** The name the server knows the model by. */
  readonly model: string;
  readonly stream: boolean;
  /** Undefined leaves it to the model, as does a call that asks for none. */
  readonly effort: string | undefined;
  /** Whether to ask for reasoning back: its summary to read, and its encrypted content to send again. */
  readonly reasoningBack: boolean;
};

export function encodeRequest(call: Call, options: RequestOptions): JsonObject {
  const { sampling, maxOutputTokens } = call;
  return {
    model: options.model,
    input: encodeInput(call.messages),
    stream: options.stream,
    // Whoever asks keeps the conversation; nothing of it shall stay behind.
    store: false,
    ...(maxOutputTokens !== undefined && { max_output_tokens: maxOutputTokens }),
    ...(sampling.temperature !== undefined && { temperature: sampling.temperature }),
    ...(sampling.topP !== undefined && { top_p: sampling.topP }),
    ...encodeReasoning(options),
    ...(call.format.type !== 'text' && { text: { format: encodeFormat(call.format) } }),
    ...(call.tools.length > 0 && encodeTools(call)),
  };
}

function encodeReasoning({ effort, reasoningBack }: RequestOptions): JsonObject {
  if (effort === undefined && !reasoningBack) return {};
  return {
    reasoning: { ...(effort !== undefined && { effort }), ...(reasoningBack && { summary: 'auto' }) },
    ...(reasoningBack && { include: ['reasoning.encrypted_content'] }),
  };
}

function encodeTools(call: Call): JsonObject {
  return {
    tools: call.tools.map(encodeTool),
    tool_choice: encodeToolChoice(call.toolChoice),
    ...(call.parallelToolCalls !== undefined && { parallel_tool_calls: call.parallelToolCalls }),
  };
}

function encodeTool(tool: Tool): JsonObject {
  return {
    type: 'function',
    name: tool.name,
    ...(tool.description !== undefined && { description: tool.description }),
    parameters: tool.parameters,
    // Left out it means true in this format, and most schemas would be refused.
    strict: tool.strict ?? false,
  };
}

function encodeToolChoice(choice: ToolChoice): string | JsonObject {
  return choice.type === 'named' ? { type: 'function', name: choice.name } : choice.type;
}

function encodeFormat(format: Exclude<OutputFormat, { type: 'text' }>): JsonObject {
  if (format.type === 'json-object') return { type: 'json_object' };
  return {
    type: 'json_schema',
    name: format.name,
    ...(format.description !== undefined && { description: format.description }),
    schema: format.schema,
    ...(format.strict !== undefined && { strict: format.strict }),
  };
}
