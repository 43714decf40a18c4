// The error schemas of the fuzz refuse what their clients could not read: a schema that takes everything proves nothing.

import { describe, expect, it } from 'vitest';

import type { SeenAnswer } from '../generator.ts';
import { readAnthropicError, readBedrockError, readOpenaiError } from './errors.ts';

function answer(status: number, body: unknown, headers: Record<string, string> = {}): SeenAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  };
}

const OPENAI = { message: 'm', type: 'invalid_request_error', param: null, code: null };
const ANTHROPIC = { type: 'error', error: { type: 'not_found_error', message: 'm' }, request_id: 'r' };
const AWS = { 'x-amzn-errortype': 'ValidationException', 'x-amzn-requestid': 'r' };

describe('the error schemas', () => {
  it('take proper errors', () => {
    readOpenaiError(answer(400, { error: OPENAI }));
    readAnthropicError(answer(404, ANTHROPIC));
    readBedrockError(answer(400, { message: 'm' }, AWS));
  });

  it.each([
    ['no JSON', answer(400, '<html>')],
    ['a success', answer(200, { error: OPENAI })],
    ['a missing field', answer(400, { error: { ...OPENAI, param: undefined } })],
    ['a foreign field', answer(400, { error: { ...OPENAI, stack: 'x' } })],
    ['an empty message', answer(400, { error: { ...OPENAI, message: ' ' } })],
    ['a printed stack', answer(400, { error: { ...OPENAI, message: 'x\n    at run (a.ts:1:2)' } })],
    ['a type of the wrong status', answer(502, { error: OPENAI })],
    ['an unknown type', answer(400, { error: { ...OPENAI, type: 'odd' } })],
  ])("refuse %s in OpenAI's words", (_what, seen) => {
    expect(() => readOpenaiError(seen)).toThrow();
  });

  it.each([
    ['no type', answer(404, { ...ANTHROPIC, type: undefined })],
    ['no request id', answer(404, { ...ANTHROPIC, request_id: null })],
    ['a type of the wrong status', answer(400, ANTHROPIC)],
  ])("refuse %s in Anthropic's words", (_what, seen) => {
    expect(() => readAnthropicError(seen)).toThrow();
  });

  it.each([
    ['no type', answer(400, { message: 'm' })],
    ['an unknown type', answer(400, { message: 'm' }, { ...AWS, 'x-amzn-errortype': 'OddException' })],
    ['more than a message', answer(400, { message: 'm', code: 1 }, AWS)],
  ])("refuse %s in AWS's words", (_what, seen) => {
    expect(() => readBedrockError(seen)).toThrow();
  });
});
