// `/chat/generations` on the gateway, whole replies: sections 3.3 to 3.5, 3.9 and 3.10 of the reference sheet.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { FreeJson } from '../test-client.ts';
import { claude, gemini, gpt, now, TestOrg, weather } from '../test-client.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await TestOrg.open();
});
afterAll(() => org.close());
afterEach(() => org.reset());

const generationOf = (reply: { json: FreeJson }): FreeJson => reply.json.generation_details.generations[0];

describe('a whole reply', () => {
  it('has the GPT envelope and usage (3.5, O H)', async () => {
    const reply = await org.chat(gpt, 'hello', {}, { 'x-client-trace-id': 'trace-7' });
    expect(reply.json).toEqual({
      id: expect.stringMatching(/^chatcmpl-/u),
      generation_details: {
        generations: [
          {
            id: expect.any(String),
            role: 'assistant',
            content: 'Echo: hello ✓ (saw 1 message)',
            thought_signature: null,
            contents: null,
            timestamp: expect.any(Number),
            log_probability_result: null,
            parameters: { finish_reason: 'stop', refusal: null, index: 0, logprobs: null },
            generation_safety_score: null,
            generation_content_quality: null,
            tool_invocations: null,
            web_search_result: null,
            redacted_urls: null,
          },
        ],
        cache_control: null,
        parameters: {
          provider: 'openai',
          created: expect.any(Number),
          model: 'gpt-5.4',
          system_fingerprint: null,
          object: 'chat.completion',
          usage: {
            prompt_tokens: 5,
            completion_tokens: 8,
            total_tokens: 13,
            completion_tokens_details: { reasoning_tokens: 0 },
          },
        },
      },
      other_details: null,
    });
    expect(reply.headers['x-client-trace-id']).toBe('trace-7');
  });

  it('has the Claude blobs: MESSAGE, stop_reason, token counts (3.5, O H)', async () => {
    const reply = await org.chat(claude, 'hello');
    expect(reply.json.generation_details.parameters).toEqual({
      type: 'MESSAGE',
      content_type: null,
      stop_sequence: null,
      stop_reason: 'end_turn',
      model: 'claude-sonnet-4-6',
      usage: {
        inputTokenCount: 5,
        outputTokenCount: 9,
        totalTokenCount: 14,
        cacheWriteInputTokenCount: 0,
        cacheReadInputTokenCount: 0,
      },
    });
    expect(generationOf(reply).parameters).toEqual({ type: 'text' });
  });

  it('has Gemini token counts and a thought signature on calls (3.5, O M)', async () => {
    const reply = await org.chat(gemini, 'call get_weather', { tools: [weather] });
    expect(Object.keys(reply.json.generation_details.parameters.usage)).toEqual([
      'inputTokenCount',
      'outputTokenCount',
      'totalTokenCount',
    ]);
    expect(generationOf(reply).tool_invocations[0].thought_signature).toEqual(expect.any(String));
  });

  it.each([
    [gpt, 'call_', { finish_reason: 'tool_calls' }],
    [claude, 'toolu_', { type: 'tool_use' }],
    [gemini, 'call_', { finish_reason: 'STOP' }],
  ])('calls several tools with valid arguments on %s (3.5, O H)', async (model, prefix, parameters) => {
    const reply = await org.chat(model, 'call get_weather and get_time', { tools: [weather, now] });
    const generation = generationOf(reply);
    expect(generation.content).toBeNull();
    expect(generation.parameters).toMatchObject(parameters);
    expect(generation.tool_invocations.map((call: { function: unknown }) => call.function)).toEqual([
      { name: 'get_weather', arguments: '{"city":"sample","days":2}' },
      { name: 'get_time', arguments: '' },
    ]);
    for (const call of generation.tool_invocations) expect(call.id.startsWith(prefix)).toBe(true);
  });

  it('carries reasoning a script gives in contents (3.5, O M)', async () => {
    await org.say({ match: {}, reply: { text: 'so', reasoning: 'because' } });
    expect(generationOf(await org.chat(gpt, 'x')).contents).toEqual([
      { type: 'thinking_summary', content: 'because' },
    ]);
  });

  it('is answered on the code base path by gateway ids only (3.1, 3.3, O)', async () => {
    const post = (base: string, model: string) =>
      org.post(`${base}/chat/generations`, { model, messages: [{ role: 'user', content: 'x' }] });
    expect((await post('/einstein/gpt/code/v1.1', 'llmgateway__OpenAIGPT54')).status).toBe(200);
    expect((await post('/einstein/gpt/code/v1.1', 'llmgateway__BedrockAnthropicClaude46Sonnet')).status).toBe(
      200,
    );
    expect((await post('/einstein/gpt/code/v1.1', gpt)).status).toBe(404);
    expect((await post('/ai/gpt/v1', 'llmgateway__OpenAIGPT54')).status).toBe(404);
  });

  it('is refused for ids of vendors as a model not available (3.3, D)', async () => {
    const reply = await org.chat('claude-sonnet-4-6', 'x');
    expect([reply.status, reply.json.message]).toEqual([400, 'model not available: claude-sonnet-4-6']);
  });
});

describe('generation settings', () => {
  const withSettings = (generation_settings: unknown, model = gpt) =>
    org.chat(model, 'one two three four five six seven', { generation_settings });

  it.each(['temperature', 'frequency_penalty', 'presence_penalty'])(
    'keeps %s within 0 and 1 (3.4, O H)',
    async (name) => {
      expect((await withSettings({ [name]: 1 })).status).toBe(200);
      const reply = await withSettings({ [name]: 1.1 });
      expect([reply.status, reply.json.message]).toEqual([
        400,
        `generation_settings.${name} must be between 0 and 1`,
      ]);
      expect((await withSettings({ [name]: -0.5 })).status).toBe(400);
      expect((await withSettings({ parameters: { [name]: 1.9 } })).status).toBe(200);
    },
  );

  it('stops at max_tokens with the family word for it (3.4, 3.5, O H)', async () => {
    const cut = await withSettings({ max_tokens: 3 });
    expect(generationOf(cut)).toMatchObject({
      content: 'Echo: one tw',
      parameters: { finish_reason: 'length' },
    });
    expect(cut.json.generation_details.parameters.usage.completion_tokens).toBe(3);
    const other = await withSettings({ max_tokens: 3 }, claude);
    expect(other.json.generation_details.parameters.stop_reason).toBe('max_tokens');
  });

  it('stops at a stop sequence (3.4, O H)', async () => {
    expect(generationOf(await withSettings({ stop_sequences: ['four'] }))).toMatchObject({
      content: 'Echo: one two three ',
      parameters: { finish_reason: 'stop' },
    });
    const { parameters } = (await withSettings({ stop_sequences: ['four'] }, claude)).json.generation_details;
    expect([parameters.stop_reason, parameters.stop_sequence]).toEqual(['stop_sequence', 'four']);
  });

  it('answers with valid JSON when a format is asked for (3.4, O M)', async () => {
    const schema = { type: 'object', properties: { n: { type: 'integer', minimum: 4 } }, required: ['n'] };
    const response_format = { type: 'json_schema', json_schema: { name: 'x', strict: true, schema } };
    const reply = await withSettings({ parameters: { response_format } });
    expect(JSON.parse(generationOf(reply).content)).toEqual({ n: 4 });
    const loose = await withSettings({ parameters: { response_format: { type: 'json_object' } } });
    expect(JSON.parse(generationOf(loose).content)).toHaveProperty('echo');
  });

  it('reasons when reasoning_settings ask GPT to, and never for the flat field (3.3, 3.4, O M)', async () => {
    const tokensOf = (reply: { json: FreeJson }): number =>
      reply.json.generation_details.parameters.usage.completion_tokens_details.reasoning_tokens;
    const asked = await org.chat(gpt, 'x', { reasoning_settings: { reasoning_budget: { effort: 'low' } } });
    expect(tokensOf(asked)).toBeGreaterThan(0);
    expect(tokensOf(await org.chat(gpt, 'x', { reasoning_effort: 'high' }))).toBe(0);
    const both = { reasoning_settings: { reasoning_budget: { effort: 'low', tokens: 5 } } };
    expect((await org.chat(gpt, 'x', both)).status).toBe(400);
  });
});

describe('messages', () => {
  const call = { id: 'call_1', function: { name: 'get_weather', arguments: '{}' } };
  const result = { role: 'tool', content: 'sunny', tool_call_id: 'call_1', tool_call_name: 'get_weather' };
  const user = { role: 'user', content: 'x' };
  const turn = (tool_invocations: unknown) => ({ role: 'assistant', content: '', tool_invocations });
  const send = (...messages: unknown[]) => org.chat(gpt, '', { messages, tools: [weather] });
  const orphan = /must be a response to a preceding message with 'tool_calls'/u;

  it('answers in text that quotes the results after a tool round (3.4, O H)', async () => {
    const reply = await send(user, turn([call]), result);
    expect(generationOf(reply).content).toBe('The tools say: sunny ✓ (saw 3 messages)');
  });

  it.each([
    ['no call before it', [user, result]],
    [
      'OpenAI tool_calls instead of tool_invocations',
      [user, { role: 'assistant', content: '', tool_calls: [call] }, result],
    ],
    ['a type key on the invocation', [user, turn([{ ...call, type: 'function' }]), result]],
    ['an index key on the invocation', [user, turn([{ ...call, index: 0 }]), result]],
    ['another id', [user, turn([{ ...call, id: 'call_2' }]), result]],
  ])('refuses a tool message with %s (3.4, O H)', async (_name, messages) => {
    await org.set({ unansweredToolCalls: 'accepted' });
    const reply = await send(...messages);
    expect(reply.status).toBe(400);
    expect(reply.json.message).toMatch(orphan);
  });

  it('refuses a tool message after new user text (3.4, O H)', async () => {
    await org.set({ unansweredToolCalls: 'accepted' });
    expect((await send(user, turn([call]), user, result)).json.message).toMatch(orphan);
  });

  it('wants tool_call_id and tool_call_name on tool turns (3.4, O H)', async () => {
    const { tool_call_name: _name, ...nameless } = result;
    expect((await send(user, turn([call]), nameless)).json.message).toBe(
      'messages[2].tool_call_name is required',
    );
    const wrong = { ...result, tool_call_name: 'other' };
    expect((await send(user, turn([call]), wrong)).status).toBe(400);
  });

  it('wants content and arguments as strings (3.4, O H)', async () => {
    expect((await org.chat(gpt, [{ type: 'text', text: 'x' }])).json.message).toBe(
      'messages[0].content must be a string',
    );
    const parsed = { ...call, function: { name: 'get_weather', arguments: {} } };
    expect((await send(user, turn([parsed]), result)).status).toBe(400);
  });

  it('refuses unknown roles and empty conversations (3.4, O H)', async () => {
    expect((await send({ role: 'developer', content: 'x' })).status).toBe(400);
    expect((await send()).status).toBe(400);
  });
});

describe('tools', () => {
  const ask = (tool_config: unknown, content = 'hello', tools: unknown[] = [weather, now]) =>
    org.chat(gpt, content, { tools, tool_config });
  const names = (reply: { json: FreeJson }): string[] =>
    (generationOf(reply).tool_invocations ?? []).map(
      (item: { function: { name: string } }) => item.function.name,
    );

  it('are called when they must be, and not when they may not (3.4, O H)', async () => {
    expect(names(await ask({ mode: 'auto' }))).toEqual([]);
    expect(names(await ask({ mode: 'any' }))).toEqual(['get_weather']);
    expect(names(await ask({ mode: 'none' }, 'call all tools'))).toEqual([]);
    const allowed_tools = [{ type: 'function', name: 'get_time' }];
    expect(names(await ask({ mode: 'tool', allowed_tools }))).toEqual(['get_time']);
  });

  it('are narrowed by allowed_tools, which must be declared (3.4, O H)', async () => {
    const allowed = (name: string) => ({ mode: 'auto', allowed_tools: [{ type: 'function', name }] });
    expect(names(await ask(allowed('get_time'), 'call all tools'))).toEqual(['get_time']);
    expect((await ask(allowed('unknown'))).status).toBe(400);
  });

  it('are called one at a time when parallel calls are off (3.4, O H)', async () => {
    expect(names(await ask({ mode: 'auto', parallel_calls: false }, 'call both tools'))).toEqual([
      'get_weather',
    ]);
  });

  it('need lower-case type names, at any depth (8 #17, O M)', async () => {
    const parameters = {
      type: 'object',
      properties: { type: { type: 'string' }, a: { items: { type: 'STRING' } } },
    };
    const reply = await ask({}, 'x', [{ type: 'function', function: { name: 'f', parameters } }]);
    expect(reply.json.message).toBe(
      'tools[0].function.parameters.properties.a.items.type: type names are lower case',
    );
  });

  it('may carry extra keys (3.4, O H)', async () => {
    expect((await ask({}, 'x', [{ ...weather, cache_control: {}, strict: true }])).status).toBe(200);
  });

  it('are strict inside function alone, and for GPT (3.4, O H)', async () => {
    const strict = {
      type: 'function',
      function: { name: 'f', parameters: { type: 'object' }, strict: true },
    };
    const reply = await org.chat(gpt, 'x', { tools: [strict] });
    expect(reply.status).toBe(400);
    expect(reply.json.message).toContain("Invalid schema for function 'f': In context=()");
    expect((await org.chat(claude, 'x', { tools: [strict] })).status).toBe(200);
  });
});

describe('files', () => {
  const file = (mimeType: string, bytes: number) => ({
    fileId: 'f',
    mimeType,
    dataType: 'base64',
    data: Buffer.alloc(bytes, 1).toString('base64'),
  });
  const attach = (model: string, files: unknown) =>
    org.chat(model, '', { messages: [{ role: 'user', content: 'look', files }] });
  const mebibyte = 1024 * 1024;

  it('reach the model with their content: it says the markers in them (3.9, O H)', async () => {
    const data = Buffer.from('%PDF (NONCE-7f) Tj').toString('base64');
    const reply = await attach(claude, [{ ...file('application/pdf', 1), data }]);
    expect(generationOf(reply).content).toMatch(/ \[NONCE-7f\]$/u);
  });

  it('reach the model with their size (3.9, O H)', async () => {
    const reply = await attach(claude, [file('image/png', 10), file('application/pdf', 20)]);
    expect(generationOf(reply).content).toContain('image/png of 10 bytes, application/pdf of 20 bytes');
  });

  it('are refused beyond the caps of a request (3.9, D)', async () => {
    expect(
      (
        await attach(
          gpt,
          Array.from({ length: 11 }, () => file('image/png', 1)),
        )
      ).status,
    ).toBe(400);
    const big = [file('image/png', 8 * mebibyte), file('image/png', 7 * mebibyte)];
    expect((await attach(gpt, big)).status).toBe(200);
    expect((await attach(gpt, [...big, file('image/png', 1)])).status).toBe(400);
  });

  it('have tighter caps for Claude (3.9, D)', async () => {
    expect((await attach(claude, [file('image/png', 3.75 * mebibyte)])).status).toBe(200);
    expect((await attach(claude, [file('image/png', 3.75 * mebibyte + 1)])).status).toBe(400);
    expect((await attach(claude, [file('application/pdf', 4.5 * mebibyte + 1)])).status).toBe(400);
    expect(
      (
        await attach(
          claude,
          Array.from({ length: 6 }, () => file('application/pdf', 1)),
        )
      ).status,
    ).toBe(400);
  });

  it.each([
    ['gif', { ...file('image/png', 1), mimeType: 'image/gif' }],
    ['a data URL', { ...file('image/png', 1), data: 'data:image/png;base64,AAAA' }],
    ['another data type', { ...file('image/png', 1), dataType: 'uri' }],
    ['snake-case keys', { file_id: 'f', mime_type: 'image/png', data_type: 'base64', data: 'AAAA' }],
  ])('are refused as %s (3.9, O H)', async (_name, wrong) => {
    expect((await attach(gpt, [wrong])).status).toBe(400);
  });

  it('are refused by models that do not take them (4.4, D)', async () => {
    expect(
      (await attach('sfdc_ai__DefaultBedrockNvidiaNemotronNano330b', [file('image/png', 1)])).status,
    ).toBe(400);
    expect((await attach('sfdc_ai__DefaultGPT41', [file('application/pdf', 1)])).status).toBe(400);
  });
});
