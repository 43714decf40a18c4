// The official client reads what this dialect writes, in memory: its own `fetch` hands requests to the dialect and gets
// the encoded bytes of a prepared reply.

import OpenAI, { APIError, BadRequestError, RateLimitError } from 'openai';
import { describe, expect, it } from 'vitest';
import { GatewayError, toGatewayError } from '../../core/errors/index.ts';
import { eventsOf, type Call, type Event, type Reply, type ReplyPart } from '../../core/neutral/index.ts';
import type { Answer, ReplyContext } from '../port.ts';
import { createOpenaiChat } from './index.ts';

const dialect = createOpenaiChat();

type Script = {
  readonly reply: Reply;
  /** What is said once tool results have come. */
  readonly afterTools?: Reply;
  /** Fails the stream after so many events; a whole answer fails at once. */
  readonly failAfter?: number;
  readonly error?: GatewayError;
};

function replyOf(parts: readonly ReplyPart[]): Reply {
  return {
    choices: [{ parts, finish: 'stop', finishRaw: undefined, stopSequence: undefined, safety: undefined }],
    usage: {
      inputTokens: 5,
      outputTokens: 7,
      cacheReadTokens: undefined,
      cacheWriteTokens: undefined,
      reasoningTokens: undefined,
      countedOutputTokens: undefined,
      estimated: false,
    },
    servedModel: 'served-1',
    upstreamId: undefined,
  };
}

/** Texts and arguments in single characters, as the finest stream would bring them. */
function* splitFinely(events: Iterable<Event>): Generator<Event> {
  for (const event of events) {
    if (event.type === 'text-delta') for (const text of event.text) yield { ...event, text };
    else if (event.type === 'tool-call-delta') {
      for (const character of event.arguments) yield { ...event, arguments: character };
    } else yield event;
  }
}

function streamText(script: Script, reply: Reply, context: ReplyContext): string {
  let written = '';
  const stream = dialect.openStream(context, {
    write: (text) => {
      written += text;
    },
  });
  stream.open();
  let count = 0;
  for (const event of splitFinely(eventsOf(reply))) {
    if (count === script.failAfter && script.error !== undefined) stream.fail(script.error);
    stream.keepAlive();
    stream.push(event);
    count += 1;
  }
  stream.end();
  return written;
}

function serve(script: Script, body: Uint8Array, calls: Call[]): Answer {
  try {
    const operation = dialect.decode({
      method: 'POST',
      route: '/v1/chat/completions',
      rest: '',
      query: '',
      headers: {},
      body,
    });
    if (operation.type !== 'generate') throw new Error('not a generate operation');
    calls.push(operation.call);
    if (script.error !== undefined && script.failAfter === undefined) throw script.error;
    const context: ReplyContext = {
      newId: () => 'fresh',
      createdS: 7,
      call: operation.call,
      streamUsage: operation.streamUsage,
      inputTokensEstimate: 0,
    };
    const hasResults = operation.call.messages.some(({ role }) => role === 'tool');
    const reply = (hasResults ? script.afterTools : undefined) ?? script.reply;
    if (!operation.call.stream) return dialect.encode({ type: 'reply', reply, context });
    return { status: 200, headers: { ...dialect.streamHeaders }, body: streamText(script, reply, context) };
  } catch (thrown) {
    return dialect.encodeError(toGatewayError(thrown), 'request-1');
  }
}

function createClient(script: Script): { readonly client: OpenAI; readonly calls: Call[] } {
  const calls: Call[] = [];
  const client = new OpenAI({
    apiKey: 'unused',
    baseURL: 'http://gateway.test/v1',
    maxRetries: 0,
    fetch: (_url, init) => {
      const body = typeof init?.body === 'string' ? init.body : '';
      const { status, headers, body: text } = serve(script, new TextEncoder().encode(body), calls);
      return Promise.resolve(new Response(text, { status, headers: { ...headers } }));
    },
  });
  return { client, calls };
}

const QUESTION = { model: 'asked', messages: [{ role: 'user' as const, content: 'hi' }] };
const TOOLS = [
  { type: 'function' as const, function: { name: 'weather', parameters: { type: 'object' } } },
  { type: 'function' as const, function: { name: 'now', parameters: { type: 'object' } } },
];
const CALLS: readonly ReplyPart[] = [
  { type: 'text', text: 'Let me look. ☀️' },
  { type: 'tool-call', id: 'call_a', name: 'weather', arguments: '{"city":"Zürich"}', seal: undefined },
  { type: 'tool-call', id: 'call_b', name: 'now', arguments: '', seal: undefined },
];

describe('the official client', () => {
  it('reads a whole reply', async () => {
    const { client, calls } = createClient({ reply: replyOf([{ type: 'text', text: 'Grüezi 🌍' }]) });
    const completion = await client.chat.completions.create(QUESTION);
    expect(completion.choices[0]?.message.content).toBe('Grüezi 🌍');
    expect(completion.usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 });
    expect(completion.model).toBe('asked');
    expect(calls).toMatchObject([{ model: 'asked', stream: false }]);
  });

  it('reads a stream to the same completion, with usage', async () => {
    const { client } = createClient({ reply: replyOf([{ type: 'text', text: 'Grüezi 🌍' }]) });
    const stream = client.chat.completions.stream({ ...QUESTION, stream_options: { include_usage: true } });
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]?.message.content).toBe('Grüezi 🌍');
    expect(completion.choices[0]?.finish_reason).toBe('stop');
    expect(await stream.totalUsage()).toMatchObject({ prompt_tokens: 5, completion_tokens: 7 });
  });

  it('reads parallel tool calls, streamed and whole, and sends their results back', async () => {
    const { client, calls } = createClient({ reply: replyOf(CALLS) });
    const streamed = await client.chat.completions
      .stream({ ...QUESTION, tools: TOOLS })
      .finalChatCompletion();
    const choice = streamed.choices[0];
    expect(choice?.finish_reason).toBe('tool_calls');
    expect(choice?.message.tool_calls).toMatchObject([
      { id: 'call_a', type: 'function', function: { name: 'weather', arguments: '{"city":"Zürich"}' } },
      { id: 'call_b', type: 'function', function: { name: 'now', arguments: '{}' } },
    ]);
    if (choice === undefined) throw new Error('no choice');
    await client.chat.completions.create({
      ...QUESTION,
      messages: [
        ...QUESTION.messages,
        choice.message,
        { role: 'tool', tool_call_id: 'call_b', content: 'noon' },
        { role: 'tool', tool_call_id: 'call_a', content: [{ type: 'text', text: 'sunny' }] },
      ],
      tools: TOOLS,
    });
    expect(calls[1]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
    expect(calls[1]?.messages[2]?.content).toMatchObject([{ name: 'now' }, { name: 'weather' }]);
  });

  it('runs its own tool loop to the answer', async () => {
    const afterTools = replyOf([{ type: 'text', text: 'It is noon.' }]);
    const { client, calls } = createClient({ reply: replyOf(CALLS.slice(2)), afterTools });
    const runner = client.chat.completions.runTools({
      ...QUESTION,
      stream: true,
      tools: [
        {
          type: 'function',
          function: {
            name: 'now',
            description: 'Tells the time',
            parameters: { type: 'object' },
            parse: (text: string): unknown => JSON.parse(text),
            function: (argument: unknown) => `noon, asked with ${JSON.stringify(argument)}`,
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe('It is noon.');
    expect(calls[1]?.messages[2]?.content).toMatchObject([
      { callId: 'call_b', content: [{ text: 'noon, asked with {}' }] },
    ]);
  });

  it('raises on an error chunk in the middle of a stream', async () => {
    const error = new GatewayError('upstream_error', 'Salesforce broke off.');
    const { client } = createClient({
      reply: replyOf([{ type: 'text', text: 'abcdef' }]),
      failAfter: 4,
      error,
    });
    const stream = await client.chat.completions.create({ ...QUESTION, stream: true });
    let seen = '';
    const read = async (): Promise<void> => {
      for await (const chunk of stream) seen += chunk.choices[0]?.delta.content ?? '';
    };
    const thrown: unknown = await read().catch((reason: unknown) => reason);
    expect(thrown).toBeInstanceOf(APIError);
    expect(thrown).toMatchObject({ code: 'upstream_error', error: { message: 'Salesforce broke off.' } });
    expect(seen).toBe('ab');
  });

  it('raises its own classes on our errors', async () => {
    const limited = new GatewayError('upstream_rate_limited', 'Slow down.', { retryAfterMs: 500 });
    const { client } = createClient({ reply: replyOf([]), error: limited });
    await expect(client.chat.completions.create(QUESTION)).rejects.toBeInstanceOf(RateLimitError);
    const wrong: unknown = await client.chat.completions
      .create({ ...QUESTION, temperature: 9 })
      .catch((reason: unknown) => reason);
    expect(wrong).toBeInstanceOf(BadRequestError);
    expect(wrong).toMatchObject({ param: 'temperature', type: 'invalid_request_error' });
  });
});
