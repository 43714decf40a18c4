// A model's opaque state on a tool call goes to the client with the call and comes back with it, whole and streamed, in
// every format that has a place for it: the model refuses its own call without it.

import { describe, expect, it } from 'vitest';

import type { JsonObject } from '../../src/core/neutral/index.ts';
import { createAnthropicMessages } from '../../src/dialects/anthropic-messages/index.ts';
import { createOpenaiChat } from '../../src/dialects/openai-chat/index.ts';
import { createOpenaiResponses } from '../../src/dialects/openai-responses/index.ts';
import type { Dialect } from '../../src/dialects/port.ts';
import { createGatewayGenerations } from '../../src/salesforce/surfaces/gateway-generations/index.ts';
import { createInvoke } from '../../src/salesforce/surfaces/invoke/index.ts';
import { textCall } from '../fakes/pipeline-parts.ts';
import { findModel, loadSamples, runStream, surfaceContext } from './surface-corpus.ts';

const SIGNATURE = 'c2lnbmF0dXJl';
const surface = createGatewayGenerations();
const gemini = findModel('gemini-3.5-flash');

type Fields = Record<string, unknown>;
/** What a client makes of a reply: its message of history. */
type Client = {
  readonly dialect: Dialect;
  readonly route: string;
  ofWhole(body: string): Fields;
  ofStream(text: string): Fields;
  history(message: Fields): Fields;
};

function sample(name: string) {
  const found = loadSamples('gateway-generations').find((one) => one.name === name);
  if (found === undefined) throw new Error(`no sample ${name}`);
  return found;
}

function dataOf(text: string): Fields[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)) as Fields);
}

/** As the official clients add up the pieces of one call. */
function addUp(stream: string): Fields {
  const entries = dataOf(stream).flatMap(({ choices }) =>
    (choices as { delta: { tool_calls?: Fields[] } }[]).flatMap(({ delta }) => delta.tool_calls ?? []),
  );
  const called = { name: '', arguments: '' };
  const call: Fields = {};
  for (const { function: piece, index: _index, ...rest } of entries) {
    const { name, arguments: text } = piece as { name?: string; arguments: string };
    called.name += name ?? '';
    called.arguments += text;
    Object.assign(call, rest);
  }
  return { role: 'assistant', content: null, tool_calls: [{ ...call, function: called }] };
}

function addUpBlocks(stream: string): Fields {
  const blocks: Fields[] = [];
  for (const { content_block: block, delta } of dataOf(stream)) {
    if (block !== undefined) blocks.push({ ...(block as Fields) });
    const { signature, partial_json: json, text: said, thinking } = (delta ?? {}) as Record<string, string>;
    const last = blocks.at(-1) ?? {};
    if (signature !== undefined) last['signature'] = signature;
    if (json !== undefined) last['input'] = JSON.parse(json);
    if (said !== undefined) last['text'] = said;
    if (thinking !== undefined) last['thinking'] = `${String(last['thinking'])}${thinking}`;
  }
  return { role: 'assistant', content: blocks };
}

const CHAT: Client = {
  dialect: createOpenaiChat(),
  route: '/v1/chat/completions',
  ofWhole: (body) => (JSON.parse(body) as { choices: { message: Fields }[] }).choices[0]?.message ?? {},
  ofStream: addUp,
  history: (message) => ({
    model: gemini.id,
    messages: [message, { role: 'tool', tool_call_id: 'call_a', content: 'rain' }],
  }),
};

const MESSAGES: Client = {
  dialect: createAnthropicMessages(),
  route: '/v1/messages',
  ofWhole: (body) => ({ role: 'assistant', content: (JSON.parse(body) as Fields)['content'] }),
  ofStream: addUpBlocks,
  history: (message) => ({
    model: gemini.id,
    max_tokens: 100,
    messages: [
      message,
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_a', content: 'rain' }] },
    ],
  }),
};

/** Its items are sent back as they came. */
const RESPONSES: Client = {
  dialect: createOpenaiResponses(),
  route: '/v1/responses',
  ofWhole: (body) => JSON.parse(body) as Fields,
  ofStream: (text) => (dataOf(text).at(-1)?.['response'] ?? {}) as Fields,
  history: ({ output }) => ({
    model: gemini.id,
    input: [...(output as Fields[]), { type: 'function_call_output', call_id: 'call_a', output: 'rain' }],
  }),
};

/** Puts what is not a call first, as some clients do. */
const THINKING_FIRST: Client = {
  ...MESSAGES,
  history: ({ content, ...message }) =>
    MESSAGES.history({
      ...message,
      content: (content as Fields[]).toSorted(
        (one, other) => Number(one['type'] === 'tool_use') - Number(other['type'] === 'tool_use'),
      ),
    }),
};

const context = () => ({
  newId: () => 'id',
  createdS: 1,
  call: textCall({ model: gemini.id }),
  streamUsage: true,
  inputTokensEstimate: 1,
});

function replyOf(client: Client, form: 'whole' | 'stream'): Fields {
  const { file, bytes } = sample(form === 'whole' ? 'gemini-tool' : 'gemini-tool-stream');
  if (form === 'whole') {
    const decoded = surface.decode(file.head, bytes, surfaceContext(gemini));
    if (decoded.type === 'failure') throw decoded.failure.error;
    return client.ofWhole(
      client.dialect.encode({ type: 'reply', reply: decoded.reply, context: context() }).body,
    );
  }
  let text = '';
  const stream = client.dialect.openStream(context(), { write: (piece) => void (text += piece) });
  const decoder = surface.openStream(file.head, surfaceContext(gemini, { stream: true }));
  for (const event of runStream(decoder, [bytes]).events) stream.push(event);
  stream.end();
  return client.ofStream(text);
}

function callBack(client: Client, message: Fields) {
  const body = Buffer.from(JSON.stringify(client.history(message)));
  const { dialect, route } = client;
  const operation = dialect.decode({ method: 'POST', route, rest: '', query: '', headers: {}, body });
  const call = operation.type === 'generate' && 'call' in operation ? operation.call : undefined;
  if (call === undefined) throw new Error('no call');
  return call;
}

describe.each([
  ['chat completions', CHAT],
  ['messages', MESSAGES],
  ['responses', RESPONSES],
  ['messages of a client that puts thinking first', THINKING_FIRST],
])('the state of a tool call in %s', (_name, client) => {
  it.each(['whole', 'stream'] as const)('comes back from a reply (%s) to the model that made it', (form) => {
    const call = callBack(client, replyOf(client, form));
    const { request } = surface.encode(call, surfaceContext(gemini));
    const sent = (JSON.parse(request.body) as { messages: JsonObject[] }).messages;
    expect(sent.find(({ role }) => role === 'assistant')?.['tool_invocations']).toEqual([
      {
        id: 'call_a',
        function: { name: 'get_weather', arguments: '{"city":"Paris"}' },
        thought_signature: SIGNATURE,
      },
    ]);
  });

  it('goes to no other model, and its loss is told', () => {
    const call = callBack(client, replyOf(client, 'whole'));
    const { request, loss } = createInvoke().encode(call, surfaceContext(findModel('claude-sonnet-4-6')));
    expect(request.body).not.toContain(SIGNATURE);
    expect(loss.map(({ need }) => need)).toContain('reasoning-history');
  });
});

describe('the state of a call that is not there', () => {
  it('stays a piece of reasoning, so that its loss is told', () => {
    const message = replyOf(MESSAGES, 'whole');
    const content = (message['content'] as Fields[]).filter(({ type }) => type !== 'tool_use');
    const body = { model: gemini.id, max_tokens: 9, messages: [{ role: 'assistant', content }] };
    const operation = MESSAGES.dialect.decode({
      method: 'POST',
      route: MESSAGES.route,
      rest: '',
      query: '',
      headers: {},
      body: Buffer.from(JSON.stringify(body)),
    });
    const call = operation.type === 'generate' && 'call' in operation ? operation.call : textCall();
    const { request, loss } = surface.encode(call, surfaceContext(gemini));
    expect(request.body).not.toContain(SIGNATURE);
    expect(loss.map(({ need }) => need)).toContain('reasoning-history');
  });
});
