// The official clients, newest and last of the 0.x line, speaking to the dialect in memory: their requests are decoded as
// they come, and they must make of the answers what was told.

import Anthropic from '@anthropic-ai/sdk';
import AnthropicOlder from 'anthropic-sdk-0x';
import { describe, expect, it } from 'vitest';
import { MODEL } from '../../../test/fakes/pipeline-parts.ts';
import { GatewayError, toGatewayError } from '../../core/errors/index.ts';
import { ReplyFold, UNKNOWN_USAGE, type Event, type Operation } from '../../core/neutral/index.ts';
import type { Answer, ReplyContext } from '../port.ts';
import { createAnthropicMessages } from './index.ts';

const dialect = createAnthropicMessages();

const choice = 0;
const seal = { maker: 'anthropic', value: 'c2ln' };
const REPLY: readonly Event[] = [
  { type: 'usage', usage: { ...UNKNOWN_USAGE, inputTokens: 30, cacheReadTokens: 10 } },
  { type: 'reasoning-start', choice },
  { type: 'reasoning-delta', choice, text: 'Let me see.' },
  { type: 'part-end', choice, seal },
  { type: 'text-start', choice },
  { type: 'text-delta', choice, text: 'I ask ' },
  { type: 'text-delta', choice, text: 'twice.' },
  { type: 'part-end', choice, seal: undefined },
  { type: 'tool-call-start', choice, id: 'call_a', name: 'lookup' },
  { type: 'tool-call-delta', choice, arguments: '{"city":' },
  { type: 'tool-call-delta', choice, arguments: '"Graz"}' },
  { type: 'part-end', choice, seal: undefined },
  { type: 'tool-call-start', choice, id: 'call_b', name: 'now' },
  { type: 'part-end', choice, seal: undefined },
  { type: 'finish', choice, reason: 'tool-calls', raw: undefined, stopSequence: undefined },
  { type: 'usage', usage: { ...UNKNOWN_USAGE, outputTokens: 9 } },
];

type Script = {
  readonly events?: readonly Event[];
  readonly failure?: GatewayError;
  readonly failsAfter?: number;
};

function createContext(operation: Extract<Operation, { type: 'generate' }>): ReplyContext {
  let ids = 0;
  return {
    newId: () => {
      ids += 1;
      return `new${ids}`;
    },
    createdS: 1_700_000_000,
    call: operation.call,
    streamUsage: true,
    inputTokensEstimate: 12,
  };
}

function toResponse(answer: Answer): Response {
  return new Response(answer.body, { status: answer.status, headers: answer.headers });
}

function streamResponse(context: ReplyContext, script: Script): Response {
  let text = '';
  const stream = dialect.openStream(context, { write: (piece) => void (text += piece) });
  stream.open();
  const events = script.events ?? REPLY;
  for (const event of events.slice(0, script.failsAfter ?? events.length)) stream.push(event);
  if (script.failsAfter === undefined) stream.end();
  else stream.fail(new GatewayError('upstream_busy', 'Busy.'));
  return new Response(text, { status: 200, headers: dialect.streamHeaders });
}

function answerTo(operation: Operation, script: Script): Response {
  switch (operation.type) {
    case 'count-tokens':
      return toResponse(dialect.encode({ type: 'token-count', inputTokens: 42 }));
    case 'list-models':
      return toResponse(dialect.encode({ type: 'models', models: [MODEL] }));
    case 'generate': {
      const context = createContext(operation);
      if (operation.call.stream) return streamResponse(context, script);
      const fold = new ReplyFold();
      for (const event of script.events ?? REPLY) fold.push(event);
      return toResponse(dialect.encode({ type: 'reply', reply: fold.reply(), context }));
    }
    default:
      throw new GatewayError('route_not_found', 'There is nothing at this path.');
  }
}

/** A fetch that is the gateway, and the operations it was asked for. */
function createGateway(script: Script = {}) {
  const operations: Operation[] = [];
  const gateway = (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const { pathname } = new URL(url instanceof Request ? url.url : url);
    const body = typeof init.body === 'string' ? init.body : '';
    try {
      const operation = dialect.decode({
        method: init.method ?? 'GET',
        route: pathname,
        rest: '',
        query: '',
        headers: Object.fromEntries(new Headers(init.headers)),
        body: new TextEncoder().encode(body),
      });
      operations.push(operation);
      if (script.failure !== undefined) throw script.failure;
      return Promise.resolve(answerTo(operation, script));
    } catch (thrown) {
      return Promise.resolve(toResponse(dialect.encodeError(toGatewayError(thrown), 'req_1')));
    }
  };
  return { gateway, operations };
}

const OPTIONS = { apiKey: 'key', baseURL: 'http://gateway.test', maxRetries: 0 };
const ASKED = {
  model: 'claude-asked',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'Which city?' }],
};

const CLIENTS = [
  ['1.x', (fetch: typeof globalThis.fetch) => new Anthropic({ ...OPTIONS, fetch })],
  [
    '0.x',
    (fetch: typeof globalThis.fetch) => new AnthropicOlder({ ...OPTIONS, fetch }) as unknown as Anthropic,
  ],
] as const;

describe.each(CLIENTS)('the official client %s', (_version, createClient) => {
  it('makes the same message of a stream as of a whole answer', async () => {
    const client = createClient(createGateway().gateway);
    const streamed = await client.messages.stream(ASKED).finalMessage();
    const whole = await client.messages.create(ASKED);
    expect(streamed.content).toMatchObject([
      { type: 'thinking', thinking: 'Let me see.', signature: 'c2ln' },
      { type: 'text', text: 'I ask twice.' },
      { type: 'tool_use', id: 'call_a', name: 'lookup', input: { city: 'Graz' } },
      { type: 'tool_use', id: 'call_b', name: 'now', input: {} },
    ]);
    expect(JSON.parse(JSON.stringify(streamed.content))).toEqual(JSON.parse(JSON.stringify(whole.content)));
    expect([streamed.stop_reason, whole.stop_reason]).toEqual(['tool_use', 'tool_use']);
    expect(streamed.usage).toMatchObject({ input_tokens: 20, cache_read_input_tokens: 10, output_tokens: 9 });
    expect(streamed.model).toBe('claude-asked');
  });

  it('sends the reply back as history that is understood', async () => {
    const { gateway, operations } = createGateway();
    const client = createClient(gateway);
    const { content } = await client.messages.stream(ASKED).finalMessage();
    const results = ['call_a', 'call_b'].map((id) => ({
      type: 'tool_result' as const,
      tool_use_id: id,
      content: id,
    }));
    await client.messages.create({
      ...ASKED,
      messages: [...ASKED.messages, { role: 'assistant', content }, { role: 'user', content: results }],
    });
    const last = operations.at(-1);
    if (last?.type !== 'generate') throw new Error('not a generate operation');
    expect(last.call.messages.map((message) => message.role)).toEqual(['user', 'assistant', 'tool']);
    expect(last.call.messages[1]?.content[0]).toEqual({ type: 'reasoning', text: 'Let me see.', seal });
  });

  it('raises an error that comes instead of an answer, with its status and id', async () => {
    const failure = new GatewayError('upstream_rate_limited', 'Slow down.', { retryAfterMs: 2000 });
    const client = createClient(createGateway({ failure }).gateway);
    await expect(client.messages.create(ASKED)).rejects.toMatchObject({
      status: 429,
      requestID: 'req_1',
      error: { error: { type: 'rate_limit_error', message: 'Slow down.' } },
    });
  });

  it('raises an error that comes inside a stream', async () => {
    const client = createClient(createGateway({ failsAfter: 7 }).gateway);
    await expect(client.messages.stream(ASKED).finalMessage()).rejects.toThrow(/Busy\./);
  });

  it('counts tokens and lists models', async () => {
    const client = createClient(createGateway().gateway);
    const { model, messages } = ASKED;
    await expect(client.messages.countTokens({ model, messages })).resolves.toMatchObject({
      input_tokens: 42,
    });
    const ids: string[] = [];
    for await (const found of client.models.list({ limit: 1000 })) ids.push(found.id);
    expect(ids).toEqual([MODEL.id]);
  });
});

describe('the tool runner of the newest client', () => {
  it('sends the whole history once its thread is refused', async () => {
    const done: readonly Event[] = [
      { type: 'text-start', choice },
      { type: 'text-delta', choice, text: 'Done.' },
      { type: 'part-end', choice, seal: undefined },
    ];
    const asked: Operation[] = [];
    const statuses: number[] = [];
    const client = new Anthropic({
      ...OPTIONS,
      fetch: (url, init) => {
        const events = asked.length === 0 ? REPLY : done;
        const { gateway, operations } = createGateway({ events });
        return gateway(url, init).then((response) => {
          asked.push(...operations);
          statuses.push(response.status);
          return response;
        });
      },
    });
    const tool = (name: string) => ({
      name,
      description: name,
      input_schema: { type: 'object' as const, properties: {} },
      run: () => `${name} ran`,
      parse: (input: unknown) => input,
    });
    const last = await client.beta.messages.toolRunner({ ...ASKED, tools: [tool('lookup'), tool('now')] });
    expect(last.content).toMatchObject([{ type: 'text', text: 'Done.' }]);
    expect(statuses[0]).toBe(400);
    const operation = asked.at(-1);
    if (operation?.type !== 'generate') throw new Error('not a generate operation');
    expect(operation.call.messages.map((message) => message.role)).toEqual(['user', 'assistant', 'tool']);
    expect(operation.call.messages[2]?.content).toMatchObject([
      { name: 'lookup', content: [{ text: 'lookup ran' }] },
      { name: 'now', content: [{ text: 'now ran' }] },
    ]);
  });
});
