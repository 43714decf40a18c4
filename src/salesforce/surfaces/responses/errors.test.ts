// Failures: what would make a call acceptable is told once, errors inside replies are judged by their own codes, and
// nothing within a good response says anything of the token.

import { describe, expect, it } from 'vitest';

import { findModel, surfaceContext } from '../../../../test/contract/surface-corpus.ts';
import type { Adaptation, Failure } from '../port.ts';
import { createResponses } from './index.ts';

const surface = createResponses();

function failureOf(status: number, body: unknown, ...adaptations: readonly Adaptation[]): Failure {
  const context = surfaceContext(findModel('gpt-5.4'), { adaptations: new Set(adaptations) });
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const decoded = surface.decode({ status, headers: {} }, bytes, context);
  if (decoded.type === 'reply') throw new Error('a reply');
  return decoded.failure;
}

const vendor = (message: string) => ({
  error: { message, type: 'invalid_request_error', param: null, code: null },
});
const salesforce = (message: string) => ({ messageCode: 'E1', errorCode: 'BAD_ARGUMENT', message });

describe('a refusal', () => {
  it.each<[string, Adaptation | undefined]>([
    ["Unexpected value 'max'", 'clamp-effort'],
    ['Unsupported value: "xhigh" is not supported with this model.', 'clamp-effort'],
    ["Invalid value: 'max'. Supported values are: 'low' and 'high'.", 'clamp-effort'],
    ["Unsupported value: 'reasoning.effort' is not supported with this model.", undefined],
    ["Unsupported parameter: 'temperature' is not supported with this model.", 'drop-sampling'],
    ["Unsupported value: 'temperature' does not support 0.2 with this model.", 'drop-sampling'],
    ['top_p is not allowed with reasoning', 'drop-sampling'],
    ['temperature must be between 0 and 2', undefined],
    ["Unknown parameter: 'include'.", 'strip-reasoning'],
    ["Unsupported parameter: 'reasoning.summary' is not supported with this model.", 'strip-reasoning'],
    ['The encrypted content gAAA could not be verified.', 'strip-reasoning'],
    ['You must be verified to generate reasoning summaries.', 'strip-reasoning'],
    ['The input must include a message.', undefined],
  ])('%j tells the adaptation %s, in either body', (message, adaptation) => {
    expect(failureOf(400, vendor(message)).adaptation).toBe(adaptation);
    expect(failureOf(400, salesforce(message)).adaptation).toBe(adaptation);
    expect(failureOf(400, vendor(message)).error.message).toBe(message);
  });

  it('of what was adapted already tells none', () => {
    expect(failureOf(400, vendor("Unexpected value 'max'"), 'clamp-effort')).not.toHaveProperty('adaptation');
    expect(failureOf(400, vendor("Unexpected value 'max'"), 'drop-sampling').adaptation).toBe('clamp-effort');
  });

  it('of another status than a bad request tells none', () => {
    expect(failureOf(500, vendor("Unexpected value 'max'"))).not.toHaveProperty('adaptation');
    expect(failureOf(429, vendor('temperature is not supported'))).not.toHaveProperty('adaptation');
  });

  it('inside a good response tells it too', () => {
    const failed = {
      object: 'response',
      status: 'failed',
      error: { code: 'invalid_prompt', message: "Unexpected value 'max'" },
    };
    expect(failureOf(200, failed)).toMatchObject({
      error: { code: 'upstream_rejected' },
      adaptation: 'clamp-effort',
    });
  });
});

describe('an error inside a good response', () => {
  it.each([
    ['rate_limit_exceeded', 'upstream_rate_limited'],
    ['server_error', 'upstream_error'],
    ['server_is_overloaded', 'upstream_unavailable'],
    ['invalid_prompt', 'upstream_rejected'],
    ['image_too_large', 'upstream_rejected'],
    ['bio_policy', 'upstream_rejected'],
    ['context_length_exceeded', 'context_length_exceeded'],
    ['model_not_found', 'model_not_found'],
    ['invalid_api_key', 'upstream_error'],
    ['something_new', 'upstream_error'],
  ])('of code %s is %s, and says nothing of the token', (code, expected) => {
    const failure = failureOf(200, {
      object: 'response',
      status: 'failed',
      error: { code, message: 'Words.' },
    });
    expect(failure).toMatchObject({
      token: 'unaffected',
      error: { code: expected, message: 'Words.', upstream: { status: 200, errorCode: code } },
    });
  });

  it('is judged by its type where its code says nothing', () => {
    const body = { error: { message: 'No.', type: 'invalid_request_error', code: 'odd' } };
    expect(failureOf(200, body).error.code).toBe('upstream_rejected');
  });

  it('may be Salesforce’s own', () => {
    expect(failureOf(200, salesforce('Wrong.')).error.code).toBe('upstream_rejected');
    expect(failureOf(200, { object: 'response', status: 'failed' }).error.code).toBe('upstream_error');
  });

  it.each([
    ['text', 'hello'],
    ['unknown JSON', '{"why":1}'],
    ['nothing', ' '],
  ])('is a break of the protocol where there is only %s', (_what, body) => {
    expect(failureOf(200, body).error.code).toBe('upstream_protocol');
  });
});
