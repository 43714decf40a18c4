// A neutral call as a Messages request body, without `model` and `stream`, which each surface says in its own way. What
// the format cannot carry is told as loss; what it refuses in combination (thinking beside sampling settings, forced tools
// or a small limit) is settled here, in favour of what the caller cannot do without.

import { GatewayError } from '../../core/errors/index.ts';
import {
  droppedLabels,
  needsOf,
  type Call,
  type JsonObject,
  type Loss,
  type Need,
  type Reasoning,
  type Tool,
} from '../../core/neutral/index.ts';
import { CacheMarkers, CACHE_MARKERS_MAX, type Block } from './cache-markers.ts';
import { ConversationEncoder } from './request-encode-messages.ts';

/** The least the format takes as a thinking budget. */
const THINKING_BUDGET_MIN = 1024;
/** Budgets as efforts, for models that take only efforts: at most so many tokens (reference 3.7). */
const LOW_EFFORT_BUDGET_MAX = 2048;
const MEDIUM_EFFORT_BUDGET_MAX = 8192;
const TEMPERATURE_MAX = 1;
const TOP_P_WITH_THINKING_MIN = 0.95;

/** What no request of this format can carry: all of it settings, none of it in the messages. */
const UNCARRIED: ReadonlySet<Need> = new Set<Need>(['seed', 'frequency-penalty', 'presence-penalty']);

export type MessagesEncoding = {
  /** Sent as `max_tokens`, which the format demands; already clamped to the model's cap. */
  readonly maxTokens: number;
  /**
   * How thinking is said. `as-asked`: a budget as a budget, an effort as adaptive thinking. `adaptive`: a budget becomes
   * an effort. `stripped`: not at all, and no reasoning of earlier turns either.
   */
  readonly thinking: 'as-asked' | 'adaptive' | 'stripped';
  /** Whether cache markers say how long to keep, where the caller did; some models refuse to be told. */
  readonly cacheMarkers?: 'as-asked' | 'plain' | undefined;
  /** The highest effort that is sent; all of them unless given. */
  readonly effortMax?: 'high' | undefined;
  /**
   * The inputs of the history's tool calls, in order, where they are at hand as values: to parse their text again costs
   * as much as the rest together.
   */
  readonly inputs?: readonly JsonObject[] | undefined;
};

export type EncodedRequest = { readonly body: JsonObject; readonly loss: readonly Loss[] };

function encodeTool(tool: Tool, markers: CacheMarkers): Block {
  const block: Block = { name: tool.name };
  if (tool.description !== undefined && tool.description !== '') block['description'] = tool.description;
  block['input_schema'] =
    'type' in tool.parameters ? tool.parameters : { type: 'object', ...tool.parameters };
  if (tool.strict === true) block['strict'] = true;
  return markers.mark(block, tool.cache);
}

function encodeToolChoice(call: Call): JsonObject | undefined {
  if (call.tools.length === 0) return undefined;
  const serial = call.parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  const { toolChoice } = call;
  if (toolChoice.type === 'none') return { type: 'none' };
  if (toolChoice.type === 'required') return { type: 'any', ...serial };
  if (toolChoice.type === 'named') return { type: 'tool', name: toolChoice.name, ...serial };
  return call.parallelToolCalls === false ? { type: 'auto', ...serial } : undefined;
}

type Thinking = { readonly fields: JsonObject; readonly effort: string | undefined };

const NOT_ASKED: Thinking = { fields: {}, effort: undefined };

/** The format's efforts, which begin at `low`. */
function encodeEffort(
  effort: Reasoning['effort'],
  encoding: MessagesEncoding,
  loss: Loss[],
): string | undefined {
  if (effort === undefined || effort === 'none') return undefined;
  const isAbove = encoding.effortMax === 'high' && (effort === 'xhigh' || effort === 'max');
  const sent = effort === 'minimal' ? 'low' : isAbove ? 'high' : effort;
  if (sent !== effort) loss.push({ need: 'reasoning', how: 'adjusted', note: `${effort} sent as ${sent}` });
  return sent;
}

function effortOf(budget: number): string {
  if (budget <= LOW_EFFORT_BUDGET_MAX) return 'low';
  return budget <= MEDIUM_EFFORT_BUDGET_MAX ? 'medium' : 'high';
}

function encodeBudget(budget: number, effort: string | undefined, maxTokens: number, loss: Loss[]): Thinking {
  if (maxTokens <= THINKING_BUDGET_MIN) {
    loss.push({ need: 'reasoning', how: 'adjusted', note: 'off: max_tokens leaves no room for it' });
    return NOT_ASKED;
  }
  const clamped = Math.min(Math.max(budget, THINKING_BUDGET_MIN), maxTokens - 1);
  if (clamped !== budget)
    loss.push({ need: 'reasoning', how: 'adjusted', note: `${budget} sent as ${clamped}` });
  return { fields: { type: 'enabled', budget_tokens: clamped }, effort };
}

function encodeThinking(call: Call, encoding: MessagesEncoding, loss: Loss[]): Thinking {
  const { reasoning } = call;
  if (reasoning === undefined) return NOT_ASKED;
  if (reasoning.effort === 'none') {
    return encoding.thinking === 'stripped' ? NOT_ASKED : { ...NOT_ASKED, fields: { type: 'disabled' } };
  }
  if (encoding.thinking === 'stripped') {
    loss.push({ need: 'reasoning', how: 'dropped', note: undefined });
    return NOT_ASKED;
  }
  const isForced = call.toolChoice.type === 'required' || call.toolChoice.type === 'named';
  if (call.tools.length > 0 && isForced) {
    loss.push({ need: 'reasoning', how: 'adjusted', note: 'off: a tool is forced' });
    return NOT_ASKED;
  }
  const effort = encodeEffort(reasoning.effort, encoding, loss);
  const budget = reasoning.budgetTokens;
  if (budget === undefined) return { fields: { type: 'adaptive' }, effort };
  if (encoding.thinking === 'as-asked') return encodeBudget(budget, effort, encoding.maxTokens, loss);
  const asEffort = effort ?? effortOf(budget);
  loss.push({ need: 'reasoning', how: 'adjusted', note: `budget ${budget} sent as effort ${asEffort}` });
  return { fields: { type: 'adaptive' }, effort: asEffort };
}

/** Thinking with a budget bears a few values of it, adaptive thinking bears none (reference 3.7). */
function encodeSampling(call: Call, thinking: JsonObject, loss: Loss[]): Block {
  const { temperature, topP, topK } = call.sampling;
  const fields: Block = {};
  const drop = (need: Need): void => void loss.push({ need, how: 'dropped', note: 'not beside thinking' });
  const isAdaptive = thinking['type'] === 'adaptive';
  const isThinking = isAdaptive || thinking['type'] === 'enabled';
  if (temperature !== undefined) {
    if (isAdaptive || (isThinking && temperature !== 1)) drop('temperature');
    else {
      fields['temperature'] = Math.min(temperature, TEMPERATURE_MAX);
      if (temperature > TEMPERATURE_MAX) {
        loss.push({
          need: 'temperature',
          how: 'adjusted',
          note: `${temperature} sent as ${TEMPERATURE_MAX}`,
        });
      }
    }
  }
  if (topP !== undefined) {
    if (isAdaptive || (isThinking && topP < TOP_P_WITH_THINKING_MIN)) drop('top-p');
    else fields['top_p'] = topP;
  }
  if (topK !== undefined) {
    if (isThinking) drop('top-k');
    else fields['top_k'] = topK;
  }
  return fields;
}

function encodeOutputConfig(call: Call, effort: string | undefined): JsonObject | undefined {
  if (call.format.type === 'json-object') {
    throw new GatewayError('unsupported', 'JSON output without a schema is not carried by this format.');
  }
  const format =
    call.format.type === 'text' ? {} : { format: { type: 'json_schema', schema: call.format.schema } };
  const config = { ...(effort === undefined ? {} : { effort }), ...format };
  return Object.keys(config).length === 0 ? undefined : config;
}

/** @throws GatewayError for a call without anything to say, and for JSON without a schema. */
export function encodeMessagesRequest(call: Call, encoding: MessagesEncoding): EncodedRequest {
  const loss: Loss[] = [];
  for (const need of needsOf({ ...call, messages: [] })) {
    if (need === 'labels') loss.push(droppedLabels(call.labels));
    else if (UNCARRIED.has(need)) loss.push({ need, how: 'dropped', note: undefined });
  }
  const markers = new CacheMarkers(encoding.cacheMarkers ?? 'as-asked');
  const tools = call.tools.map((tool) => encodeTool(tool, markers));
  const conversation = new ConversationEncoder(markers, {
    keepsReasoning: encoding.thinking !== 'stripped',
    inputs: encoding.inputs ?? [],
  }).encode(call.messages);
  const surplus = markers.trim();
  if (surplus > 0) {
    loss.push({
      need: 'cache-hints',
      how: 'adjusted',
      note: `${surplus + CACHE_MARKERS_MAX} sent as ${CACHE_MARKERS_MAX}`,
    });
  }
  const plain = markers.countMadePlain();
  if (plain > 0) {
    loss.push({ need: 'cache-hints', how: 'adjusted', note: `${plain} sent without ttl` });
  }
  const { reasoningDropped, reasoningKept } = conversation;
  if (reasoningDropped > 0) {
    const note = `${reasoningDropped} left out`;
    loss.push({ need: 'reasoning-history', how: reasoningKept > 0 ? 'adjusted' : 'dropped', note });
  }
  if (conversation.messages.length === 0) {
    throw new GatewayError('invalid_request', "'messages' must hold at least one message with text in it.", {
      param: 'messages',
    });
  }
  const thinking = encodeThinking(call, encoding, loss);
  const toolChoice = encodeToolChoice(call);
  const outputConfig = encodeOutputConfig(call, thinking.effort);
  const body: JsonObject = {
    max_tokens: encoding.maxTokens,
    ...(conversation.system.length === 0 ? {} : { system: conversation.system }),
    messages: conversation.messages,
    ...(tools.length === 0 ? {} : { tools }),
    ...(toolChoice === undefined ? {} : { tool_choice: toolChoice }),
    ...(call.stop.length === 0 ? {} : { stop_sequences: call.stop }),
    ...(Object.keys(thinking.fields).length === 0 ? {} : { thinking: thinking.fields }),
    ...(outputConfig === undefined ? {} : { output_config: outputConfig }),
    ...encodeSampling(call, thinking.fields, loss),
  };
  return { body, loss };
}
