// The dialect contract, run on OpenAI's embeddings, and what this dialect refuses.

import { describe, expect, it } from 'vitest';

import { runDialectContract } from '../../../test/contract/dialect.ts';
import { UNKNOWN_USAGE, type Operation } from '../../core/neutral/index.ts';
import { createOpenaiEmbeddings } from './index.ts';

const dialect = createOpenaiEmbeddings();
const ROUTE = '/v1/embeddings';

function callOf(operation: Operation) {
  if (operation.type !== 'embed') throw new Error('not an embed operation');
  return operation.call;
}

function decode(body: unknown): Operation {
  return dialect.decode({
    method: 'POST',
    route: ROUTE,
    rest: '',
    query: '',
    headers: {},
    body: Buffer.from(JSON.stringify(body)),
  });
}

const noStream = (): never => {
  throw new Error('embeddings are never streamed');
};

runDialectContract(dialect, {
  requests: [
    {
      title: 'one text',
      method: 'POST',
      route: ROUTE,
      body: { model: 'text-embedding-ada-002', input: 'hello' },
      check: (operation) =>
        expect(callOf(operation)).toEqual({
          model: 'text-embedding-ada-002',
          texts: ['hello'],
          dimensions: undefined,
          encoding: 'float',
          labels: {},
        }),
    },
    {
      title: 'a list of texts with all settings',
      method: 'POST',
      route: ROUTE,
      body: {
        model: 'text-embedding-ada-002',
        input: ['a', 'b'],
        encoding_format: 'base64',
        dimensions: 1536,
        user: 'u-1',
      },
      check: (operation) =>
        expect(callOf(operation)).toMatchObject({
          texts: ['a', 'b'],
          dimensions: 1536,
          encoding: 'base64',
          labels: { user: 'u-1' },
        }),
    },
  ],
  readWhole: noStream,
  readStream: noStream,
  readError: (body) => {
    const parsed: { error: { message: string } } = JSON.parse(body);
    expect(parsed).toMatchObject({ error: { type: expect.any(String), param: 'messages[0]' } });
    return parsed.error.message;
  },
});

describe('an embeddings request', () => {
  it.each([
    ['token numbers', [1, 2, 3], 'unsupported', 'input'],
    ['lists of token numbers', [[1, 2], [3]], 'unsupported', 'input[0]'],
    ['token numbers after a text', ['a', 7], 'unsupported', 'input[1]'],
    ['no text at all', [], 'invalid_request', 'input'],
    ['an empty text', ['a', ''], 'invalid_request', 'input[1]'],
    ['an object', { text: 'a' }, 'invalid_request', 'input'],
    ['too many texts', Array.from({ length: 2_049 }, () => 'a'), 'invalid_request', 'input'],
  ])('refuses %s by name', (_what, input, code, param) => {
    expect(() => decode({ model: 'm', input })).toThrow(expect.objectContaining({ code, param }));
  });

  it('keeps what it does not know as labels, so that dropping it is told', () => {
    expect(callOf(decode({ model: 'm', input: 'a', truncate: 'END', user: null })).labels).toEqual({
      truncate: 'END',
    });
  });
});

describe('an embeddings reply', () => {
  const reply = { vectors: [[0.1, -2]], usage: { ...UNKNOWN_USAGE, inputTokens: 4 }, servedModel: 'ada' };
  const call = { model: 'm', texts: ['a'], dimensions: undefined, labels: {} };

  it('writes base64 of little-endian 32-bit floats', () => {
    const { body } = dialect.encode({ type: 'embeddings', reply, call: { ...call, encoding: 'base64' } });
    const { data }: { data: { embedding: string }[] } = JSON.parse(body);
    const bytes = Buffer.from(data[0]?.embedding ?? '', 'base64');
    expect(bytes).toHaveLength(8);
    expect(bytes.readFloatLE(0)).toBeCloseTo(0.1, 6);
    expect(bytes.readFloatLE(4)).toBe(-2);
  });

  it('tells the served model, and a count of our own as such', () => {
    const estimated = { ...reply, usage: { ...reply.usage, estimated: true } };
    const { body } = dialect.encode({
      type: 'embeddings',
      reply: estimated,
      call: { ...call, encoding: 'float' },
    });
    expect(JSON.parse(body)).toEqual({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.1, -2] }],
      model: 'm',
      usage: { prompt_tokens: 4, total_tokens: 4 },
      salesforce: { served_model: 'ada', usage: 'estimated' },
    });
  });
});
