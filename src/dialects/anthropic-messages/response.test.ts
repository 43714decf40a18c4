// Answers besides streams: errors in Anthropic's words, counts, model lists, the extension field.

import { describe, expect, it } from 'vitest';
import { MODEL, textCall } from '../../../test/fakes/pipeline-parts.ts';
import { GatewayError, type ErrorCode } from '../../core/errors/index.ts';
import { UNKNOWN_USAGE } from '../../core/neutral/index.ts';
import type { DialectRequest } from '../port.ts';
import { createAnthropicMessages } from './index.ts';

const dialect = createAnthropicMessages();

function errorBody(error: GatewayError): unknown {
  return JSON.parse(dialect.encodeError(error, 'req_1').body);
}

function decodeError(body: unknown): GatewayError {
  const request: DialectRequest = {
    method: 'POST',
    route: '/v1/messages',
    rest: '',
    query: '',
    headers: {},
    body: new TextEncoder().encode(JSON.stringify(body)),
  };
  try {
    dialect.decode(request);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error('was not refused');
}

describe('an error', () => {
  it.each<[ErrorCode, number, string]>([
    ['invalid_json', 400, 'invalid_request_error'],
    ['unauthenticated', 401, 'authentication_error'],
    ['forbidden', 403, 'permission_error'],
    ['model_not_found', 404, 'not_found_error'],
    ['body_too_large', 413, 'request_too_large'],
    ['upstream_rate_limited', 429, 'rate_limit_error'],
    ['internal', 500, 'api_error'],
    ['upstream_error', 502, 'api_error'],
    ['upstream_unavailable', 503, 'overloaded_error'],
    ['overloaded', 503, 'overloaded_error'],
    ['upstream_timeout', 504, 'timeout_error'],
  ])('%s has the status %d and the type %s', (code, status, type) => {
    const answer = dialect.encodeError(new GatewayError(code, 'What went wrong.'), 'req_1');
    expect(answer.status).toBe(status);
    expect(answer.headers['request-id']).toBe('req_1');
    expect(JSON.parse(answer.body)).toEqual({
      type: 'error',
      error: { type, message: 'What went wrong.' },
      request_id: 'req_1',
    });
  });

  it('hazard 9: of a conversation too long says so in the words clients shorten it by', () => {
    const told = 'prompt is too long: 210000 tokens > 200000 maximum';
    expect(errorBody(new GatewayError('context_length_exceeded', told))).toMatchObject({
      error: { message: told },
    });
    const other = new GatewayError('context_length_exceeded', 'Prompt size exceeds the limit.');
    expect(errorBody(other)).toMatchObject({
      error: { message: 'prompt is too long: Prompt size exceeds the limit.' },
    });
  });

  it.each([{ type: 'create' }, { type: 'continue', previous_message_id: 'msg_1' }])(
    'of a thread makes the official client send its whole history: %j',
    (thread) => {
      const body = { model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }], thread };
      const error = decodeError(body);
      expect(error.status).toBe(400);
      expect(errorBody(error)).toEqual({
        type: 'error',
        error: {
          type: 'invalid_request_error',
          message: expect.any(String),
          details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] },
        },
        request_id: 'req_1',
      });
    },
  );

  it('of a missing limit names the field', () => {
    const error = decodeError({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
    expect(error).toMatchObject({ status: 400, param: 'max_tokens' });
    expect(error.message).toContain("'max_tokens'");
  });
});

describe('models', () => {
  it('are listed in one page', () => {
    const second = { ...MODEL, id: 'claude-two' };
    const { body } = dialect.encode({ type: 'models', models: [MODEL, second] });
    expect(JSON.parse(body)).toEqual({
      data: [
        {
          type: 'model',
          id: 'claude-test',
          display_name: 'claude-test',
          created_at: '1970-01-01T00:00:01.000Z',
          max_input_tokens: 1000,
          max_tokens: 100,
        },
        expect.objectContaining({ id: 'claude-two' }),
      ],
      has_more: false,
      first_id: 'claude-test',
      last_id: 'claude-two',
    });
    expect(JSON.parse(dialect.encode({ type: 'models', models: [] }).body)).toMatchObject({
      data: [],
      first_id: null,
      last_id: null,
    });
  });

  it('are claimed only from clients that send a version', () => {
    const routes = dialect.routes.filter((route) => route.method === 'GET');
    for (const route of routes) {
      expect(route.claims?.({ 'anthropic-version': '2030-01-01' })).toBe(true);
      expect(route.claims?.({ authorization: 'Bearer x' })).toBe(false);
    }
    expect(routes).toHaveLength(2);
  });
});

describe('other answers', () => {
  it('tell a count of tokens', () => {
    expect(dialect.encode({ type: 'token-count', inputTokens: 42 }).body).toBe('{"input_tokens":42}');
  });

  it('tell what the Trust Layer found and who really answered', () => {
    const safety = { toxicityDetected: false, scores: [{ category: 'hate', score: 0.1 }], safetyScore: 0.9 };
    const choice = {
      parts: [],
      finish: 'stop',
      finishRaw: undefined,
      stopSequence: undefined,
      safety,
    } as const;
    const { body } = dialect.encode({
      type: 'reply',
      reply: { choices: [choice], usage: UNKNOWN_USAGE, servedModel: 'served', upstreamId: undefined },
      context: {
        newId: () => 'new',
        createdS: 1,
        call: textCall({ model: 'asked' }),
        streamUsage: true,
        inputTokensEstimate: 7,
      },
    });
    expect(JSON.parse(body)).toMatchObject({
      id: 'msg_new',
      model: 'asked',
      usage: { input_tokens: 7 },
      salesforce: {
        safety: [{ choice: 0, toxicity_detected: false, safety_score: 0.9, scores: { hate: 0.1 } }],
        served_model: 'served',
        usage: 'unknown',
      },
    });
  });
});
