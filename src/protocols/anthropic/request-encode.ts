// A neutral call as a Messages request body, without `model` and `stream`, which each surface says in its own way. What
// the format cannot carry is told as loss; what it refuses in combination (thinking beside sampling settings, forced tools
// or a small limit) is settled here, in favour of what the caller cannot do without.

import { GatewayError } from '../../core/errors/index.ts';
import {
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

/** What no request of this format can carry. */
const UNCARRIED: ReadonlySet<Need> = new Set<Need>([
  'seed',
  'frequency-penalty',
  'presence-penalty',
  'labels',
]);

export type MessagesEncoding = {
  /** Sent as `max_tokens`, which the format demands; already clamped to the model's cap. */
  readonly maxTokens: number;
  /**
   * How thinking is said. `as-asked`: a budget as a budget, an effort as adaptive thinking. `adaptive`: a budget becomes
   * an effort. `stripped`: not at all, and no reasoning of earlier turns either.
   */
  readonly thinking: 'as-asked' | 'adaptive' | 'stripped';
};

export type EncodedRequest = { readonly body: JsonObject; readonly loss: readonly Loss[] };

/** Whether the format has a place for the need at all. A JSON object without a schema has none. */
export function carriesNeed(need: Need): boolean {
  return need !== 'json-object' && !UNCARRIED.has(need);
}

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

type Thinking = { readonly fields: JsonObject; readonly effort: string | undefined; readonly isOn: boolean };

const NOT_ASKED: Thinking = { fields: {}, effort: undefined, isOn: false };

/** The format's efforts, which begin at `low`. */
function encodeEffort(effort: Reasoning['effort'], loss: Loss[]): string | undefined {
  if (effort !== 'minimal') return effort === 'none' ? undefined : effort;
  loss.push({ need: 'reasoning', how: 'adjusted', note: 'minimal sent as low' });
  return 'low';
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
  return { fields: { type: 'enabled', budget_tokens: clamped }, effort, isOn: true };
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
  const effort = encodeEffort(reasoning.effort, loss);
  const budget = reasoning.budgetTokens;
  if (budget === undefined) return { fields: { type: 'adaptive' }, effort, isOn: true };
  if (encoding.thinking === 'as-asked') return encodeBudget(budget, effort, encoding.maxTokens, loss);
  const asEffort = effort ?? effortOf(budget);
  loss.push({ need: 'reasoning', how: 'adjusted', note: `budget ${budget} sent as effort ${asEffort}` });
  return { fields: { type: 'adaptive' }, effort: asEffort, isOn: true };
}

function encodeSampling(call: Call, isThinking: boolean, loss: Loss[]): Block {
  const { temperature, topP, topK } = call.sampling;
  const fields: Block = {};
  const drop = (need: Need): void => void loss.push({ need, how: 'dropped', note: 'not beside thinking' });
  if (temperature !== undefined) {
    if (isThinking && temperature !== 1) drop('temperature');
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
    if (isThinking && topP < TOP_P_WITH_THINKING_MIN) drop('top-p');
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

/** @throws GatewayError for a call without anything to say, and for formats that `carriesNeed` denies. */
export function encodeMessagesRequest(call: Call, encoding: MessagesEncoding): EncodedRequest {
  const loss: Loss[] = [];
  for (const need of needsOf(call)) {
    if (UNCARRIED.has(need)) loss.push({ need, how: 'dropped', note: undefined });
  }
  const markers = new CacheMarkers();
  const tools = call.tools.map((tool) => encodeTool(tool, markers));
  const conversation = new ConversationEncoder(markers, encoding.thinking !== 'stripped').encode(
    call.messages,
  );
  const surplus = markers.trim();
  if (surplus > 0) {
    loss.push({
      need: 'cache-hints',
      how: 'adjusted',
      note: `${surplus + CACHE_MARKERS_MAX} sent as ${CACHE_MARKERS_MAX}`,
    });
  }
  if (conversation.reasoningDropped > 0) {
    loss.push({ need: 'reasoning-history', how: 'dropped', note: `${conversation.reasoningDropped}` });
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
    ...encodeSampling(call, thinking.isOn, loss),
  };
  return { body, loss };
}
