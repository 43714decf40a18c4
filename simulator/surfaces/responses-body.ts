// Reads the body of `/responses` (3.8): its parameters with their ranges, what reasoning forbids, and what a gateway that
// keeps nothing cannot do.
import type { Message, Question } from '../mind.ts';
import { inputTokensOf } from '../mind.ts';
import type { Model } from '../models.ts';
import type { Body } from './classic-body.ts';
import { isRecord } from './classic-body.ts';
import { checkWindow } from './gateway-body.ts';
import { shown } from './native-errors.ts';
import { invalidRequest, ResponsesReader } from './responses-input.ts';
import { readResponsesTools, readTextFormat } from './responses-tools.ts';
import type { Context } from './surface.ts';

const outputTokensMin = 16;
const knownParameters = new Set([
  'include',
  'input',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'model',
  'parallel_tool_calls',
  'previous_response_id',
  'prompt_cache_key',
  'prompt_cache_retention',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'store',
  'stream',
  'stream_options',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'truncation',
  'user',
]);
const efforts = ['low', 'medium', 'high', 'xhigh'];
const lowEfforts = ['none', 'minimal'];
const summaries: ReadonlySet<unknown> = new Set(['auto', 'concise', 'detailed']);

export type ResponsesQuestion = {
  readonly question: Question;
  readonly summed: boolean;
  /** The client wants its reasoning back in a form only the org can read. */
  readonly sealed: boolean;
};

function checkParameters(context: Context, body: Body): void {
  const unknown = Object.keys(body).find((key) => !knownParameters.has(key));
  if (unknown !== undefined && context.org.responsesUnknownParameters === 'refused') {
    throw invalidRequest(context, `Unknown parameter: '${unknown}'.`, {
      param: unknown,
      code: 'unknown_parameter',
    });
  }
  if (body['stream'] !== undefined && body['stream'] !== null && typeof body['stream'] !== 'boolean') {
    throw invalidRequest(context, "Invalid type for 'stream': expected a boolean.", { param: 'stream' });
  }
  if (context.org.responsesState === 'ignored') return;
  const { previous_response_id: previous, store } = body;
  if (previous !== undefined && previous !== null) {
    throw invalidRequest(context, `Previous response with id '${shown(previous)}' not found.`, {
      param: 'previous_response_id',
      code: 'previous_response_not_found',
    });
  }
  if (store === true) {
    throw invalidRequest(context, "'store' must be false: responses are not kept.", { param: 'store' });
  }
}

function readOutputTokensMax(context: Context, body: Body, model: Model): number | undefined {
  const { max_output_tokens: most } = body;
  if (most === undefined || most === null) return undefined;
  const param = 'max_output_tokens';
  if (typeof most !== 'number' || !Number.isInteger(most)) {
    throw invalidRequest(context, `Invalid type for '${param}': expected an integer.`, { param });
  }
  const least = context.org.responsesSmallLimits === 'accepted' ? 1 : outputTokensMin;
  if (most < least) {
    throw invalidRequest(
      context,
      `Invalid '${param}': integer below minimum value. Expected a value >= ${least}, but got ${most} instead.`,
      { param, code: 'integer_below_min_value' },
    );
  }
  if (most > model.outputTokensMax && context.org.nativeOutputCap === 'refused') {
    throw invalidRequest(
      context,
      `max_output_tokens is too large: ${most}. This model supports at most ${model.outputTokensMax} output tokens.`,
      { param },
    );
  }
  return most;
}

type Reasoning = { readonly on: boolean; readonly summed: boolean };

function readReasoning(context: Context, body: Body, model: Model): Reasoning {
  const summed = context.org.responsesSummary === 'always';
  const { reasoning } = body;
  if (reasoning === undefined || reasoning === null) return { on: false, summed };
  if (!isRecord(reasoning)) {
    throw invalidRequest(context, "Invalid type for 'reasoning': expected an object.", {
      param: 'reasoning',
    });
  }
  const { effort } = reasoning;
  const asked = effort !== undefined && effort !== null;
  const allowed = context.org.responsesLowEfforts === 'accepted' ? [...lowEfforts, ...efforts] : efforts;
  if (asked && !allowed.includes(shown(effort))) {
    throw invalidRequest(context, `Unexpected value '${shown(effort)}'`, {
      param: 'reasoning.effort',
      code: 'invalid_value',
    });
  }
  if (asked && !model.reasoning) {
    throw invalidRequest(
      context,
      "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
      { param: 'reasoning.effort', code: 'unsupported_parameter' },
    );
  }
  const summary = reasoning['summary'] ?? reasoning['generate_summary'];
  if (summary !== undefined && summary !== null && !summaries.has(summary)) {
    throw invalidRequest(context, `Invalid value: '${shown(summary)}'.`, {
      param: 'reasoning.summary',
      code: 'invalid_value',
    });
  }
  const wished = summary !== undefined && summary !== null && context.org.responsesSummary === 'when-asked';
  return { on: asked && effort !== 'none', summed: summed || wished };
}

/** Sampling: 0 to 1 as everywhere on the gateway, and not beside reasoning (8 #14, [O H]). */
function checkSampling(context: Context, body: Body, model: Model, reasoning: Reasoning): void {
  const reasons = context.org.responsesSampling === 'on-reasoning-models' ? model.reasoning : reasoning.on;
  for (const param of ['temperature', 'top_p']) {
    const value = body[param];
    if (value === undefined || value === null) continue;
    if (reasons) {
      throw invalidRequest(context, `Unsupported parameter: '${param}' is not supported with this model.`, {
        param,
        code: 'unsupported_parameter',
      });
    }
    if (typeof value !== 'number' || value < 0 || value > 1) {
      throw invalidRequest(context, `Invalid '${param}': expected a number between 0 and 1.`, { param });
    }
  }
}

function readInclude(context: Context, body: Body): boolean {
  const { include } = body;
  if (include === undefined || include === null) return false;
  if (!Array.isArray(include)) {
    throw invalidRequest(context, "Invalid type for 'include': expected an array of strings.", {
      param: 'include',
    });
  }
  const { responsesInclude } = context.org;
  if (include.length > 0 && responsesInclude === 'refused') {
    throw invalidRequest(context, "'include' is not supported.", { param: 'include' });
  }
  return responsesInclude === 'honoured' && include.includes('reasoning.encrypted_content');
}

function readInstructions(context: Context, body: Body): readonly Message[] {
  const { instructions } = body;
  if (instructions === undefined || instructions === null) return [];
  if (typeof instructions === 'string') return [{ role: 'system', text: instructions }];
  throw invalidRequest(context, "Invalid type for 'instructions': expected a string.", {
    param: 'instructions',
  });
}

/** Calls in a row, and the text before them, are one turn of the model. */
function joined(messages: readonly Message[]): readonly Message[] {
  const turns: Message[] = [];
  for (const message of messages) {
    const previous = turns.at(-1);
    const silent = message.role === 'assistant' && message.text === '';
    if (!silent || previous?.role !== 'assistant') turns.push(message);
  }
  return turns;
}

export function readResponsesBody(context: Context, body: Body, model: Model): ResponsesQuestion {
  checkParameters(context, body);
  const outputTokensMax = readOutputTokensMax(context, body, model);
  const reasoning = readReasoning(context, body, model);
  checkSampling(context, body, model, reasoning);
  const sealed = readInclude(context, body);
  const instructions = readInstructions(context, body);
  const { messages: read, files } = new ResponsesReader(context, model).read(body['input']);
  const messages = [...instructions, ...joined(read)];
  const question: Question = {
    family: model.family,
    messages,
    files,
    ...readResponsesTools(context, body, model),
    outputTokensMax,
    stopSequences: [],
    format: readTextFormat(context, body, messages.map((message) => message.text).join('\n')),
    reasons: reasoning.on,
  };
  const characters = messages.reduce((sum, message) => sum + message.text.length, 0);
  checkWindow(context, model, inputTokensOf(question), characters, (message) =>
    invalidRequest(context, message, { param: 'input', code: 'context_length_exceeded' }),
  );
  return { question, summed: reasoning.summed, sealed };
}
