// Reads the body of `invoke` (3.7): Anthropic's Messages body for Bedrock, strict about its keys and ranges, into the
// question the mind is asked.
import type { Question } from '../mind.ts';
import { inputTokensOf } from '../mind.ts';
import type { Model } from '../models.ts';
import type { Body } from './classic-body.ts';
import { isRecord } from './classic-body.ts';
import { checkWindow } from './gateway-body.ts';
import { checkInvokeFiles } from './invoke-media.ts';
import { InvokeReader } from './invoke-messages.ts';
import type { Thinking } from './invoke-thinking.ts';
import { readThinking } from './invoke-thinking.ts';
import { readInvokeTools } from './invoke-tools.ts';
import { nativeRefusal, shown } from './native-errors.ts';
import type { Context } from './surface.ts';

const versions = ['bedrock-2023-05-31', '2026-10-21'];
const knownKeys = new Set([
  'anthropic_version',
  'anthropic_beta',
  'max_tokens',
  'messages',
  'metadata',
  'output_config',
  'stop_sequences',
  'system',
  'temperature',
  'thinking',
  'tool_choice',
  'tools',
  'top_k',
  'top_p',
]);
const provenEfforts = ['low', 'medium', 'high'];
const allEfforts = [...provenEfforts, 'xhigh', 'max'];

const invalid = (context: Context, message: string): Error => nativeRefusal(context, 'invoke', 400, message);

function checkKeys(context: Context, body: Body): void {
  const { anthropic_version: version, anthropic_beta: betas, metadata } = body;
  if (version === undefined) throw invalid(context, 'anthropic_version: Field required');
  if (typeof version !== 'string' || !versions.includes(version)) {
    throw invalid(
      context,
      `anthropic_version: Input should be ${versions.map((name) => `'${name}'`).join(' or ')}`,
    );
  }
  const unknown = Object.keys(body).find((key) => !knownKeys.has(key));
  if (unknown !== undefined && context.org.invokeUnknownKeys === 'refused') {
    throw invalid(context, `${unknown}: Extra inputs are not permitted`);
  }
  if (betas !== undefined) {
    if (!Array.isArray(betas) || betas.some((beta) => typeof beta !== 'string')) {
      throw invalid(context, 'anthropic_beta: Input should be a valid list');
    }
    if (betas.length > 0 && context.org.invokeBetas === 'refused') {
      throw invalid(context, 'invalid beta flag');
    }
  }
  if (metadata !== undefined && !isRecord(metadata)) {
    throw invalid(context, 'metadata: Input should be an object');
  }
}

function readOutputTokensMax(context: Context, body: Body, model: Model): number {
  const { max_tokens: most } = body;
  if (most === undefined) throw invalid(context, 'max_tokens: Field required');
  if (typeof most !== 'number' || !Number.isInteger(most) || most < 1) {
    throw invalid(context, 'max_tokens: Input should be greater than or equal to 1');
  }
  if (most > model.outputTokensMax && context.org.nativeOutputCap === 'refused') {
    throw invalid(
      context,
      `max_tokens: ${most} > ${model.outputTokensMax}, which is the maximum allowed number of output tokens for ${model.vendorId}`,
    );
  }
  return most;
}

function checkSampling(context: Context, body: Body): void {
  for (const name of ['temperature', 'top_p']) {
    const value = body[name];
    if (value === undefined) continue;
    if (typeof value !== 'number') throw invalid(context, `${name}: Input should be a valid number`);
    if (value < 0 || value > 1) throw invalid(context, `${name}: range: 0..1`);
  }
  const { top_k: count } = body;
  if (count !== undefined && (!Number.isInteger(count) || Number(count) < 0)) {
    throw invalid(context, 'top_k: Input should be greater than or equal to 0');
  }
}

function readStopSequences(context: Context, body: Body): readonly string[] {
  const stops = body['stop_sequences'] ?? [];
  if (!Array.isArray(stops) || stops.some((stop) => typeof stop !== 'string')) {
    throw invalid(context, 'stop_sequences: Input should be a valid list');
  }
  if (stops.some((stop: string) => stop.trim() === '')) {
    throw invalid(context, 'stop_sequences: each stop sequence must contain non-whitespace');
  }
  return stops as string[];
}

/** Effort and format. Effort needs a model that reasons. */
function readOutputConfig(context: Context, body: Body, model: Model): Question['format'] {
  const { output_config: config } = body;
  if (config === undefined || config === null) return 'text';
  if (!isRecord(config)) throw invalid(context, 'output_config: Input should be an object');
  const { effort, format } = config;
  if (effort !== undefined) {
    if (!model.reasoning) throw invalid(context, 'This model does not support the effort parameter.');
    const allowed = context.org.invokeEfforts === 'any' ? allEfforts : provenEfforts;
    if (!allowed.includes(shown(effort))) {
      const names = allowed.map((name) => `'${name}'`).join(', ');
      throw invalid(context, `output_config.effort: Input should be ${names}`);
    }
  }
  if (format === undefined || format === null) return 'text';
  if (context.org.invokeOutputFormat === 'refused') {
    throw invalid(context, 'output_config.format: Extra inputs are not permitted');
  }
  if (!isRecord(format) || format['type'] !== 'json_schema' || !isRecord(format['schema'])) {
    throw invalid(context, 'output_config.format: Input should be {type: json_schema, schema}');
  }
  return { schema: format['schema'] };
}

export type InvokeQuestion = { readonly question: Question; readonly thinking: Thinking };

export function readInvokeBody(context: Context, body: Body, model: Model): InvokeQuestion {
  checkKeys(context, body);
  const outputTokensMax = readOutputTokensMax(context, body, model);
  checkSampling(context, body);
  const stopSequences = readStopSequences(context, body);
  const thinking = readThinking(context, body, model, outputTokensMax);
  const format = readOutputConfig(context, body, model);
  const reader = new InvokeReader(context);
  const choice = readInvokeTools(context, body, model, reader.seeMarker);
  const system = reader.readSystem(body['system']);
  const { messages, files } = reader.readMessages(body['messages']);
  reader.checkCacheMarkers();
  checkInvokeFiles(context, model, files);
  const question: Question = {
    family: model.family,
    messages: [...system, ...messages],
    files,
    ...choice,
    outputTokensMax,
    stopSequences,
    format,
    reasons: thinking.on,
  };
  const characters = question.messages.reduce((sum, message) => sum + message.text.length, 0);
  checkWindow(context, model, inputTokensOf(question), characters, (message) => invalid(context, message));
  return { question, thinking };
}
