// The dialect contract, run on Bedrock's InvokeModel, with the frames read by the codec that AWS publishes, and what this
// dialect refuses.

import { describe, expect, it } from 'vitest';

import { expectMessage, readMessageStream } from '../../../test/contract/read-anthropic-messages.ts';
import { runDialectContract, type StreamReading } from '../../../test/contract/dialect.ts';
import { readInvokeFrames } from '../../../test/contract/read-invoke-stream.ts';
import type { Operation } from '../../core/neutral/index.ts';
import { createBedrockInvoke } from './index.ts';

const dialect = createBedrockInvoke();
const INVOKE = '/model/*/invoke';
const STREAM = '/model/*/invoke-with-response-stream';
const BODY = {
  anthropic_version: 'bedrock-2023-05-31',
  anthropic_beta: ['effort-2025-11-24'],
  max_tokens: 5,
  messages: [{ role: 'user', content: 'hi' }],
};

function generate(operation: Operation) {
  if (operation.type !== 'generate') throw new Error('not a generate operation');
  return operation;
}

/** A message without what differs by chance. */
function withoutId(message: Record<string, unknown> | undefined): unknown {
  if (message === undefined) return undefined;
  const { id: _id, type: _type, ...rest } = message;
  return rest;
}

function readStream(text: string): StreamReading {
  const { events, exception } = readInvokeFrames(text);
  const { message, ending } = readMessageStream(events);
  if (exception === undefined) return { reply: withoutId(message), ending, message: undefined };
  expect(ending).toBe('open');
  return { reply: withoutId(message), ending: 'failed', message: exception.message };
}

runDialectContract(dialect, {
  requests: [
    {
      title: 'a whole message',
      method: 'POST',
      route: INVOKE,
      rest: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      body: BODY,
      check: (operation) => {
        const { call, native } = generate(operation);
        expect(call).toMatchObject({
          model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
          maxOutputTokens: 5,
          stream: false,
          labels: {},
        });
        expect(native).toEqual({
          protocol: 'anthropic',
          body: { ...BODY, model: call.model, stream: false },
        });
      },
    },
    {
      title: 'a streamed message',
      method: 'POST',
      route: STREAM,
      rest: 'claude-sonnet-4-6',
      body: BODY,
      check: (operation) =>
        expect(generate(operation)).toMatchObject({
          call: { model: 'claude-sonnet-4-6', stream: true },
          streamUsage: true,
        }),
    },
  ],
  choicesMax: 1,
  readWhole: (body) => withoutId(expectMessage(JSON.parse(body))),
  readStream,
  readError: (body) => {
    const parsed: { message: string } = JSON.parse(body);
    expect(Object.keys(parsed)).toEqual(['message']);
    // The words by which clients know that they must shorten the conversation stand before any message.
    return parsed.message.replace(/^prompt is too long: /, '');
  },
});

describe('an invoke request', () => {
  it.each([
    ['a model in the body', { ...BODY, model: 'claude' }, 'model'],
    ['streaming in the body', { ...BODY, stream: true }, 'stream'],
    ['no limit', { messages: BODY.messages }, 'max_tokens'],
  ])('refuses %s by name', (_what, body, parameter) => {
    const bytes = Buffer.from(JSON.stringify(body));
    const request = { method: 'POST', route: INVOKE, rest: 'm', query: '', headers: {}, body: bytes };
    expect(() => dialect.decode(request)).toThrow(expect.objectContaining({ param: parameter }));
  });

  it('tells a caller that signs what to do instead, and no other', () => {
    const signed = { authorization: 'AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/bedrock/aws4_request' };
    expect(dialect.hintForKey?.(signed)).toContain('AWS_BEARER_TOKEN_BEDROCK');
    expect(dialect.hintForKey?.({ authorization: 'Bearer key' })).toBeUndefined();
    expect(dialect.hintForKey?.({})).toBeUndefined();
  });
});
