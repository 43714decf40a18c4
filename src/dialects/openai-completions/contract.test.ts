// The dialect contract, run on OpenAI's older completions with readers written as a client reads, and what is refused.

import { describe, expect, it } from 'vitest';

import { runDialectContract } from '../../../test/contract/dialect.ts';
import { readCompletionStream } from '../../../test/contract/read-openai-completions.ts';
import type { Operation } from '../../core/neutral/index.ts';
import { createOpenaiCompletions } from './index.ts';

const ROUTE = '/v1/completions';
const dialect = createOpenaiCompletions();

type Extension = { safety?: unknown[] };
type Piece = {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: { text: string; index: number; logprobs: null; finish_reason: string | null }[];
  usage?: unknown;
  salesforce?: Extension;
};

function expectHead(piece: Piece): void {
  expect(piece.id).toMatch(/^cmpl-./);
  expect(piece.object).toBe('text_completion');
  expect(piece.created).toBeTypeOf('number');
}

function readWhole(body: string): unknown {
  const whole: Piece = JSON.parse(body);
  expectHead(whole);
  expect(whole.choices.map(({ index }) => index)).toEqual(whole.choices.map((_, index) => index));
  return {
    model: whole.model,
    choices: whole.choices.map(({ text, finish_reason: finish }) => ({ text, finish })),
    usage: whole.usage,
    salesforce: { safety: [], ...whole.salesforce },
  };
}

function generate(operation: Operation) {
  if (operation.type !== 'generate') throw new Error('not a generate operation');
  return operation;
}

const asked = (text: string) => [{ role: 'user', content: [{ type: 'text', text }] }];

runDialectContract(dialect, {
  requests: [
    {
      title: 'a prompt',
      method: 'POST',
      route: ROUTE,
      body: { model: 'gpt-4o', prompt: 'Once upon' },
      check: (operation) => {
        const { call, furtherCalls, streamUsage } = generate(operation);
        expect(call).toMatchObject({ model: 'gpt-4o', messages: asked('Once upon'), choices: 1, labels: {} });
        expect(furtherCalls).toBeUndefined();
        expect(streamUsage).toBe(false);
      },
    },
    {
      title: 'several prompts with settings',
      method: 'POST',
      route: ROUTE,
      body: {
        model: 'gpt-4o',
        prompt: ['a', 'b'],
        n: 2,
        best_of: 2,
        max_tokens: 5,
        stop: 'X',
        temperature: 0.5,
        stream: true,
        stream_options: { include_usage: true },
        suffix: '',
        echo: false,
        logit_bias: {},
        user: 'u-1',
      },
      check: (operation) => {
        const { call, furtherCalls, streamUsage } = generate(operation);
        expect(call).toMatchObject({
          messages: asked('a'),
          choices: 2,
          maxOutputTokens: 5,
          stop: ['X'],
          stream: true,
          labels: { user: 'u-1' },
        });
        expect(furtherCalls).toEqual([{ ...call, messages: asked('b') }]);
        expect(streamUsage).toBe(true);
      },
    },
  ],
  readWhole,
  readStream: readCompletionStream,
  readError: (body) => {
    const parsed: { error: { message: string } } = JSON.parse(body);
    expect(parsed).toMatchObject({ error: { type: expect.any(String), param: 'messages[0]' } });
    return parsed.error.message;
  },
});

describe('a completions request', () => {
  it.each([
    ['token numbers', { prompt: [1, 2] }, 'unsupported', 'prompt'],
    ['lists of token numbers', { prompt: [[1], [2]] }, 'unsupported', 'prompt[0]'],
    ['no prompt', {}, 'invalid_request', 'prompt'],
    ['an empty list', { prompt: [] }, 'invalid_request', 'prompt'],
    ['an empty prompt', { prompt: ['a', ''] }, 'invalid_request', 'prompt[1]'],
    ['a blank prompt', { prompt: ' ' }, 'invalid_request', 'prompt'],
    ['a blank prompt among others', { prompt: ['a', '\n'] }, 'invalid_request', 'prompt[1]'],
    ['too many completions', { prompt: ['a', 'b', 'c', 'd', 'e'], n: 8 }, 'invalid_request', 'prompt'],
    ['a suffix', { prompt: 'a', suffix: 'end' }, 'unsupported', 'suffix'],
    ['an echo', { prompt: 'a', echo: true }, 'unsupported', 'echo'],
    ['log probabilities', { prompt: 'a', logprobs: 0 }, 'unsupported', 'logprobs'],
    ['the best of several', { prompt: 'a', best_of: 3 }, 'unsupported', 'best_of'],
    ['the best of too few', { prompt: 'a', n: 3, best_of: 2 }, 'invalid_request', 'best_of'],
    ['a bias', { prompt: 'a', logit_bias: { '50256': -100 } }, 'unsupported', 'logit_bias'],
  ])('refuses %s by name', (_what, fields, code, parameter) => {
    const body = Buffer.from(JSON.stringify({ model: 'm', ...fields }));
    const request = { method: 'POST', route: ROUTE, rest: '', query: '', headers: {}, body };
    expect(() => dialect.decode(request)).toThrow(expect.objectContaining({ code, param: parameter }));
  });
});
