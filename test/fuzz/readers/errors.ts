// The error schemas of the formats, written from what their official clients read (the SDKs' types and AWS's model of
// InvokeModel) and from nothing of ours, so that both cannot be wrong alike.

import type { SeenAnswer } from '../generator.ts';
import { demand, expectFields, expectText, headerOf, jsonOf, type Json } from './demand.ts';

/** Longer than any sentence that helps. */
const MESSAGE_CHARACTERS_MAX = 4_000;
/** What no caller may see: a stack, a value printed by mistake. */
const LEAKS = /\n\s+at |\[object |\bundefined\b|\bNaN\b|node_modules|\.ts:\d/u;

function expectMessage(value: unknown): string {
  const message = expectText(value, 'the message');
  demand(message.trim() !== '', 'the message says something');
  demand(message.length <= MESSAGE_CHARACTERS_MAX, 'the message is not endless');
  demand(message.isWellFormed(), 'the message is well-formed Unicode');
  demand(!LEAKS.test(message), `the message leaks nothing: ${message}`);
  return message;
}

function expectKeys(fields: Json, required: readonly string[], optional: readonly string[] = []): void {
  for (const key of required) demand(Object.hasOwn(fields, key), `${key} is there`);
  for (const key of Object.keys(fields)) {
    demand(required.includes(key) || optional.includes(key), `${key} belongs to the format`);
  }
}

function expectErrorHead({ status, headers }: SeenAnswer): void {
  demand(status >= 400 && status <= 599, `status ${status} is an error's`);
  demand(/^application\/json\b/u.test(headerOf(headers, 'content-type')), 'an error is JSON');
  // The clients' own rule for waiting: whole seconds in one header, milliseconds in the other.
  if (headers['retry-after'] !== undefined)
    demand(/^\d+$/u.test(headerOf(headers, 'retry-after')), 'retry-after is a count');
}

/** `APIError.generate` of the official client chooses its class by status, and its callers read `code`, `type` and `param`. */
const OPENAI_TYPES: ReadonlyMap<string, (status: number) => boolean> = new Map([
  ['invalid_request_error', (status) => status < 500],
  ['rate_limit_error', (status) => status === 429],
  ['server_error', (status) => status >= 500],
]);

export function readOpenaiError(answer: SeenAnswer): void {
  expectErrorHead(answer);
  const body = expectFields(jsonOf(answer), 'the body');
  expectKeys(body, ['error']);
  const error = expectFields(body['error'], 'error');
  // `ErrorObject`: four fields, of which the SDK reads all, and `null` where there is nothing.
  expectKeys(error, ['message', 'type', 'param', 'code']);
  expectMessage(error['message']);
  for (const name of ['param', 'code']) {
    demand(
      error[name] === null || (typeof error[name] === 'string' && error[name] !== ''),
      `${name} is a text or null`,
    );
  }
  const type = expectText(error['type'], 'error.type');
  const fits = OPENAI_TYPES.get(type);
  demand(fits !== undefined, `the type ${type} is known`);
  demand(fits(answer.status), `the type ${type} goes with ${answer.status}`);
}

/** `ErrorType` of the SDK, and `request_too_large`, which the public documents have besides. */
const ANTHROPIC_TYPES: ReadonlyMap<string, (status: number) => boolean> = new Map([
  ['invalid_request_error', (status) => status < 500],
  ['authentication_error', (status) => status === 401],
  ['permission_error', (status) => status === 403],
  ['not_found_error', (status) => status === 404],
  ['request_too_large', (status) => status === 413],
  ['rate_limit_error', (status) => status === 429],
  ['timeout_error', (status) => status >= 500],
  ['api_error', (status) => status >= 500],
  ['overloaded_error', (status) => status === 503 || status === 529],
]);

export function readAnthropicError(answer: SeenAnswer): void {
  expectErrorHead(answer);
  const body = expectFields(jsonOf(answer), 'the body');
  expectKeys(body, ['type', 'error', 'request_id']);
  demand(body['type'] === 'error', 'the body says that it is an error');
  demand(expectText(body['request_id'], 'request_id') !== '', 'request_id is told');
  const error = expectFields(body['error'], 'error');
  expectKeys(error, ['type', 'message'], ['details']);
  expectMessage(error['message']);
  const type = expectText(error['type'], 'error.type');
  const fits = ANTHROPIC_TYPES.get(type);
  demand(fits !== undefined, `the type ${type} is known`);
  demand(fits(answer.status), `the type ${type} goes with ${answer.status}`);
}

/** The errors of InvokeModel and those that all AWS calls share, each with what it may be told by. */
const BEDROCK_TYPES: ReadonlyMap<string, (status: number) => boolean> = new Map([
  ['ValidationException', (status) => status < 500],
  ['ResourceNotFoundException', (status) => status === 404],
  ['AccessDeniedException', (status) => status === 403],
  ['UnrecognizedClientException', (status) => status === 401 || status === 403],
  ['ThrottlingException', (status) => status === 429],
  ['ModelTimeoutException', (status) => status === 408 || status >= 500],
  ['ModelErrorException', (status) => status === 424 || status >= 500],
  ['ServiceUnavailableException', (status) => status === 503],
  ['InternalServerException', (status) => status >= 500],
]);

export function readBedrockError(answer: SeenAnswer): void {
  expectErrorHead(answer);
  const body = expectFields(jsonOf(answer), 'the body');
  expectKeys(body, ['message']);
  expectMessage(body['message']);
  const type = headerOf(answer.headers, 'x-amzn-errortype');
  const fits = BEDROCK_TYPES.get(type);
  demand(fits !== undefined, `the type ${type} is known`);
  demand(fits(answer.status), `the type ${type} goes with ${answer.status}`);
  demand(headerOf(answer.headers, 'x-amzn-requestid') !== '', 'the request is named');
}
