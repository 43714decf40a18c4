// A completions request to its operation. Several prompts are several calls, whose choices follow one another. Each field
// is understood, refused by name, or kept as a label, which is told in loss.

import { GatewayError } from '../../core/errors/index.ts';
import type { Call, Operation } from '../../core/neutral/index.ts';
import { JSON_DEPTH_MAX, JsonReader, Labels, parseJsonBody, type LabelRule } from '../../core/wire/index.ts';
import { decodeMaxOutputTokens, decodeSampling, decodeStop } from '../../protocols/openai-chat/index.ts';
import type { DialectRequest, Route } from '../port.ts';

const COMPLETIONS = '/v1/completions';

export const ROUTES: readonly Route[] = [{ method: 'POST', path: COMPLETIONS }];

/** Prompts times `n`: each is an upstream call, and all run at once. A common client sends 20 prompts by itself. */
const CHOICES_MAX = 32;
const CHOICES_OF_PROMPT = { min: 1, max: 8 };

const DECODED: ReadonlySet<string> = new Set([
  'model',
  'prompt',
  'n',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'temperature',
  'top_p',
  'top_k',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'stream',
  'stream_options',
  'suffix',
  'echo',
  'logprobs',
  'best_of',
  'logit_bias',
]);

const LABEL_RULES: ReadonlyMap<string, LabelRule> = new Map([['user', (field) => field.expectString()]]);

function refuse(field: JsonReader, reason: string): GatewayError {
  return field.fault(`is not supported: ${reason}`, 'unsupported');
}

function decodePromptText(field: JsonReader): string {
  if (typeof field.value === 'number' || Array.isArray(field.value)) {
    throw field.fault('holds token numbers, which are not supported: send the text itself.', 'unsupported');
  }
  const text = field.expectNonEmptyString();
  // Some models refuse it, and then only when the other prompts are on their way.
  if (text.trim() === '') throw field.fault('must hold more than blanks.');
  return text;
}

function decodePrompts(field: JsonReader): readonly string[] {
  if (!Array.isArray(field.value)) return [decodePromptText(field)];
  // Looked at before the items, so that a long array of numbers costs nothing.
  if (typeof field.value[0] === 'number') return [decodePromptText(field)];
  if (field.value.length === 0) throw field.fault('must not be empty.');
  if (field.value.length > CHOICES_MAX) throw field.fault(`must hold at most ${CHOICES_MAX} prompts.`);
  return field.expectArray().map(decodePromptText);
}

function refuseUnsupported(body: JsonReader, choices: number): void {
  const suffix = body.given('suffix');
  if (suffix !== undefined && suffix.expectString() !== '') throw refuse(suffix, 'no model here fills gaps.');
  const echo = body.given('echo');
  if (echo?.optionalBoolean() === true) throw refuse(echo, 'replies do not repeat the prompt.');
  const logprobs = body.given('logprobs');
  if (logprobs !== undefined) throw refuse(logprobs, 'no model here gives log probabilities.');
  const bias = body.given('logit_bias');
  if (bias !== undefined && Object.keys(bias.expectObject()).length > 0) {
    throw refuse(bias, 'no model here has such a setting.');
  }
  const bestOf = body.given('best_of');
  if (bestOf === undefined) return;
  const count = bestOf.expectInteger({ min: 1 });
  if (count < choices) throw bestOf.fault("must not be less than 'n'.");
  if (count > choices) throw refuse(bestOf, 'without log probabilities nobody can tell which is best.');
}

function decodeGenerate(body: JsonReader): Operation {
  const model = body.field('model').expectNonEmptyString();
  const prompts = decodePrompts(body.field('prompt'));
  const choices = body.given('n')?.expectInteger(CHOICES_OF_PROMPT) ?? 1;
  if (prompts.length * choices > CHOICES_MAX) {
    throw body.field('prompt').fault(`times 'n' must ask for at most ${CHOICES_MAX} completions.`);
  }
  refuseUnsupported(body, choices);
  const stream = body.given('stream')?.optionalBoolean() ?? false;
  const includeUsage = body.given('stream_options')?.given('include_usage')?.optionalBoolean() ?? false;
  const settings: Omit<Call, 'messages'> = {
    model,
    tools: [],
    toolChoice: { type: 'auto' },
    parallelToolCalls: undefined,
    format: { type: 'text' },
    maxOutputTokens: decodeMaxOutputTokens(body),
    stop: decodeStop(body.given('stop')),
    sampling: decodeSampling(body),
    reasoning: undefined,
    labels: new Labels(DECODED, LABEL_RULES).collect(body),
    stream,
    choices,
  };
  const callOf = (text: string): Call => ({
    ...settings,
    messages: [{ role: 'user', content: [{ type: 'text', text }] }],
  });
  const [call, ...furtherCalls] = prompts.map(callOf);
  if (call === undefined) throw body.field('prompt').fault('must not be empty.');
  return {
    type: 'generate',
    call,
    ...(furtherCalls.length === 0 ? {} : { furtherCalls }),
    streamUsage: stream && includeUsage,
  };
}

/** @throws GatewayError naming the field by JSON path. */
export function decodeOperation(request: DialectRequest): Operation {
  if (request.route !== COMPLETIONS) {
    throw new GatewayError('route_not_found', 'There is nothing at this path.');
  }
  return decodeGenerate(new JsonReader(parseJsonBody(request.body, { depthMax: JSON_DEPTH_MAX })));
}
