// Official clients straight against the simulated org: `@anthropic-ai/bedrock-sdk` on `invoke`, `openai` on `responses`,
// streamed and whole, with tools. They judge the simulator, so that it may judge the gateway.
import { AnthropicBedrock } from '@anthropic-ai/bedrock-sdk';
import type { MessageCreateParamsNonStreaming } from '@anthropic-ai/sdk/resources/messages';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { createSimulator, type OrgState, type SimulatorAddress } from '../../simulator/main.ts';

const CLAUDE = 'sfdc_ai__DefaultBedrockAnthropicClaude46Sonnet';
const GPT = 'sfdc_ai__DefaultGPT54';
const SCHEMA = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] };

const simulator = createSimulator({ tls: false });
let address: SimulatorAddress;
let headers: Record<string, string>;
let bedrock: AnthropicBedrock;
let openai: OpenAI;

async function login(): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: address.consumerKey,
    client_secret: address.consumerSecret,
  });
  const reply = await fetch(`${address.loginUrl}/services/oauth2/token`, { method: 'POST', body });
  return JSON.parse(await reply.text()).access_token;
}

beforeAll(async () => {
  address = await simulator.open();
  const token = await login();
  const baseURL = `${address.modelUrl}/ai/gpt/v1`;
  headers = {
    'x-sfdc-app-context': 'EinsteinGPT',
    'x-client-feature-id': 'ai-platform-models-connected-app',
  };
  bedrock = new AnthropicBedrock({
    skipAuth: true,
    awsRegion: 'us-east-1',
    baseURL,
    maxRetries: 0,
    defaultHeaders: { ...headers, authorization: `Bearer ${token}` },
  });
  openai = new OpenAI({ apiKey: token, baseURL, maxRetries: 0, defaultHeaders: headers });
});
afterAll(() => simulator.close());
afterEach(() => control('DELETE', ''));

async function control(method: string, path: string, body?: unknown): Promise<void> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const reply = await fetch(`${address.modelUrl}/__simulator${path}`, { method, ...sent });
  if (!reply.ok) throw new Error(await reply.text());
}
const say = (reply: unknown, fault?: unknown): Promise<void> =>
  control('POST', '/replies', [{ match: {}, reply, ...(fault === undefined ? {} : { fault }) }]);
const change = (org: Partial<OrgState>): Promise<void> => control('PATCH', '/org', org);

describe('the Bedrock client of Anthropic', () => {
  const tools = [{ name: 'get_weather', input_schema: SCHEMA }];
  const ask = (content: string) => ({
    model: CLAUDE,
    max_tokens: 2000,
    messages: [{ role: 'user' as const, content }],
  });

  it('reads a whole reply and a stream alike (3.7)', async () => {
    const whole = await bedrock.messages.create(ask('Grüße 🙂'));
    const streamed = await bedrock.messages.stream(ask('Grüße 🙂')).finalMessage();
    expect(whole.content).toMatchObject([{ type: 'text', text: 'Echo: Grüße 🙂 ✓ (saw 1 message)' }]);
    expect(streamed.content).toMatchObject(JSON.parse(JSON.stringify(whole.content)));
    expect(streamed.stop_reason).toBe('end_turn');
    expect(streamed.usage).toMatchObject({
      input_tokens: whole.usage.input_tokens,
      output_tokens: whole.usage.output_tokens,
    });
  });

  it.each(['whole', 'streamed'])('calls a tool and hears its result, %s (3.7)', async (mode) => {
    const send = (body: MessageCreateParamsNonStreaming) =>
      mode === 'whole' ? bedrock.messages.create(body) : bedrock.messages.stream(body).finalMessage();
    const first = ask('call get_weather {"city":"Paris"}');
    const called = await send({ ...first, tools });
    expect(called.stop_reason).toBe('tool_use');
    const [use] = called.content;
    if (use?.type !== 'tool_use') throw new Error(`expected a call, not ${JSON.stringify(use)}`);
    expect(use).toMatchObject({ name: 'get_weather', input: { city: 'Paris' } });
    const result = { type: 'tool_result' as const, tool_use_id: use.id, content: 'NONCE-sun' };
    const answered = await send({
      ...first,
      tools,
      messages: [
        ...first.messages,
        { role: 'assistant', content: called.content },
        { role: 'user', content: [result] },
      ],
    });
    expect(JSON.stringify(answered.content)).toContain('The tools say: NONCE-sun');
  });

  it('sees thinking and its signature in a stream (3.7)', async () => {
    await say({ reasoning: 'because', text: 'so', chunks: 3 });
    const stream = bedrock.messages.stream({
      ...ask('x'),
      thinking: { type: 'enabled', budget_tokens: 1024 },
    });
    const { content } = await stream.finalMessage();
    expect(content).toMatchObject([
      { type: 'thinking', thinking: 'because', signature: expect.any(String) },
      { type: 'text', text: 'so' },
    ]);
  });

  it('raises an exception frame and a refusal (3.7, 9 #8)', async () => {
    await change({ exceptionType: 'throttlingException', invokeErrorBody: 'vendor' });
    await say({ text: 'abc', chunks: 3 }, { type: 'error-event', afterChunks: 1 });
    await expect(bedrock.messages.stream(ask('x')).finalMessage()).rejects.toThrow(/Too many requests/u);
    const tooMany = bedrock.messages.create({ ...ask('x'), max_tokens: 17_000 });
    await expect(tooMany).rejects.toMatchObject({ status: 400, message: /max_tokens: 17000 > 16384/u });
  });
});

describe('the Responses client of OpenAI', () => {
  const tools = [{ type: 'function' as const, name: 'get_weather', parameters: SCHEMA, strict: false }];

  it('reads a whole reply and a stream alike (3.8)', async () => {
    const body = { model: GPT, input: 'Grüße 🙂' };
    const whole = await openai.responses.create(body);
    const streamed = await openai.responses.stream(body).finalResponse();
    expect(whole.output_text).toBe('Echo: Grüße 🙂 ✓ (saw 1 message)');
    expect(streamed.output_text).toBe(whole.output_text);
    expect([streamed.status, streamed.usage]).toEqual(['completed', whole.usage]);
  });

  it.each(['whole', 'streamed'])('calls a tool and hears its output, %s (3.8)', async (mode) => {
    const send = (input: OpenAI.Responses.ResponseInput) =>
      mode === 'whole'
        ? openai.responses.create({ model: GPT, tools, input })
        : openai.responses.stream({ model: GPT, tools, input }).finalResponse();
    const question = { role: 'user' as const, content: 'call get_weather {"city":"Paris"}' };
    const [call] = (await send([question])).output;
    if (call?.type !== 'function_call') throw new Error(`expected a call, not ${JSON.stringify(call)}`);
    expect([call.name, call.arguments]).toEqual(['get_weather', '{"city":"Paris"}']);
    const { type, call_id, name, arguments: text } = call;
    const answered = await send([
      question,
      { type, call_id, name, arguments: text },
      { type: 'function_call_output', call_id, output: 'NONCE-sun' },
    ]);
    expect(answered.output_text).toContain('The tools say: NONCE-sun');
  });

  it('parses JSON for a schema, and sees a reasoning summary in a stream (3.8)', async () => {
    const format = {
      type: 'json_schema' as const,
      name: 'place',
      strict: true,
      schema: { ...SCHEMA, additionalProperties: false },
    };
    const parsed = await openai.responses.parse({ model: GPT, input: 'x', text: { format } });
    expect(parsed.output_parsed).toEqual({ city: 'sample' });
    await say({ reasoning: 'because', text: 'so' });
    const reasoning = { effort: 'low' as const, summary: 'auto' as const };
    const { output } = await openai.responses.stream({ model: GPT, input: 'x', reasoning }).finalResponse();
    expect(output[0]).toMatchObject({ type: 'reasoning', summary: [{ text: 'because' }] });
  });

  it('raises an error event and a refusal (3.8, 9 #8)', async () => {
    await change({ responsesFailureEvent: 'error', responsesErrorBody: 'vendor' });
    await say({ text: 'abc', chunks: 3 }, { type: 'error-event', afterChunks: 1 });
    const failing = openai.responses.stream({ model: GPT, input: 'x' }).finalResponse();
    await expect(failing).rejects.toThrow(/The model provider failed/u);
    const refused = openai.responses.create({ model: GPT, input: 'x', temperature: 0.5 });
    await expect(refused).rejects.toMatchObject({ status: 400, param: 'temperature' });
  });
});
