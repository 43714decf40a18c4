// `/model/{alias}/invoke` on the gateway, whole replies: section 3.7 of the reference sheet, with 3.3, 3.9, 7 and 9.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { FreeJson, Reply } from '../test-client.ts';
import { anthropicTool, claude, gemini, gpt, now, TestOrg, weather } from '../test-client.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await TestOrg.open();
});
afterAll(() => org.close());
afterEach(() => org.reset());

const tools = [weather, now].map(anthropicTool);
const haiku = 'sfdc_ai__DefaultBedrockAnthropicClaude45Haiku';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const image = (data: string, type = 'image/png') => ({
  type: 'image',
  source: { type: 'base64', media_type: type, data },
});
const pdf = (data: string) => ({
  type: 'document',
  source: { type: 'base64', media_type: 'application/pdf', data },
});
const use = (id: string, name = 'get_weather') => ({ type: 'tool_use', id, name, input: {} });
const result = (id: string, content: unknown = 'sunny') => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
});
const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown) => ({ role: 'assistant', content });
const talk = (...messages: unknown[]): Promise<Reply> => org.invoke('', { messages, tools });
const textOf = (reply: Reply): string =>
  reply.json.content
    .filter((block: FreeJson) => block.type === 'text')
    .map((block: FreeJson) => block.text)
    .join('');
const told = (reply: Reply): unknown => [reply.status, reply.json.message];

describe('a whole reply', () => {
  it('is an Anthropic message of the vendor model (3.7, O H)', async () => {
    const reply = await org.invoke('hello');
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('application/json');
    expect(reply.json).toEqual({
      id: expect.stringMatching(/^msg_bdrk_/u),
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-6',
      content: [{ type: 'text', text: 'Echo: hello ✓ (saw 1 message)' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: {
        input_tokens: 5,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
        output_tokens: 9,
      },
    });
  });

  it('counts as the gateway chat counts the same conversation (3.5, 3.7, O H)', async () => {
    const chat = await org.chat(claude, 'hello');
    const { usage } = chat.json.generation_details.parameters;
    const { usage: own } = (await org.invoke('hello')).json;
    expect([own.input_tokens, own.output_tokens]).toEqual([usage.inputTokenCount, usage.outputTokenCount]);
  });

  it('is served on both base paths, each with its own ids, encoded or not (3.1, 3.3, O)', async () => {
    const body = { anthropic_version: '2026-10-21', max_tokens: 9, messages: [user('x')] };
    const path = '/einstein/gpt/code/v1.1/model/llmgateway__BedrockAnthropicClaude46Sonnet/invoke';
    expect((await org.post(path, body)).status).toBe(200);
    expect((await org.post(path.replace('llmgateway__', 'llmgateway%5F%5F'), body)).status).toBe(200);
    expect((await org.post(path.replace('einstein/gpt/code/v1.1', 'ai/gpt/v1'), body)).status).toBe(404);
    expect((await org.post('/ai/gpt/v1/model/%E0/invoke', body)).status).toBe(404);
  });

  it('calls tools with whole inputs and stops for them (3.7, O H)', async () => {
    const reply = await org.invoke('call all tools', { tools });
    expect(reply.json.content).toEqual([
      {
        type: 'tool_use',
        id: expect.stringMatching(/^toolu_bdrk_/u),
        name: 'get_weather',
        input: { city: 'sample', days: 2 },
      },
      { type: 'tool_use', id: expect.any(String), name: 'get_time', input: {} },
    ]);
    expect(reply.json.stop_reason).toBe('tool_use');
  });

  it.each([
    [{ type: 'auto' }, 0],
    [{ type: 'none' }, 0],
    [{ type: 'any' }, 1],
    [{ type: 'tool', name: 'get_time' }, 1],
  ])('follows tool_choice %j (3.7, I M)', async (choice, calls) => {
    const reply = await org.invoke('hello', { tools, tool_choice: choice });
    expect(reply.json.content.filter((block: FreeJson) => block.type === 'tool_use')).toHaveLength(calls);
    if ('name' in choice) expect(reply.json.content[0].name).toBe(choice.name);
  });

  it('makes one call at a time when parallel use is disabled (3.7, I M)', async () => {
    const choice = { type: 'auto', disable_parallel_tool_use: true };
    const reply = await org.invoke('call all tools', { tools, tool_choice: choice });
    expect(reply.json.content).toHaveLength(1);
  });

  it('stops at a stop sequence and at the limit, and says which (3.7, O H)', async () => {
    const stopped = (await org.invoke('one STOP two', { stop_sequences: ['STOP'] })).json;
    expect([stopped.stop_reason, stopped.stop_sequence]).toEqual(['stop_sequence', 'STOP']);
    const cut = (await org.invoke('hello', { max_tokens: 2 })).json;
    expect([cut.stop_reason, cut.stop_sequence, cut.usage.output_tokens]).toEqual(['max_tokens', null, 2]);
  });

  it('answers with JSON for a schema that is asked for (3.7, I L)', async () => {
    const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
    const reply = await org.invoke('x', { output_config: { format: { type: 'json_schema', schema } } });
    expect(JSON.parse(textOf(reply))).toEqual({ n: 1 });
  });

  it('counts cached tokens beside the input, and takes any finish from a script (App. A, I)', async () => {
    const usage = { input: 100, output: 7, cacheRead: 60, cacheWrite: 30 };
    await org.say({ match: { surface: 'invoke' }, reply: { text: 'a', usage, finish: 'content_filter' } });
    const { usage: shown, stop_reason: reason } = (await org.invoke('x')).json;
    expect(shown).toMatchObject({
      input_tokens: 10,
      cache_read_input_tokens: 60,
      cache_creation_input_tokens: 30,
      output_tokens: 7,
    });
    expect(reason).toBe('refusal');
  });
});

describe('content', () => {
  it('of images, PDFs and texts reaches the model (3.7, 9 #11, I M)', async () => {
    const text = { type: 'text', media_type: 'text/plain', data: 'NONCE-txt' };
    const reply = await org.invoke([
      { type: 'text', text: 'look' },
      image(base64('.NONCE-img')),
      image(base64('.NONCE-gif'), 'image/gif'),
      pdf(base64('(NONCE-pdf)')),
      { type: 'document', title: 't', source: text },
    ]);
    expect(textOf(reply)).toBe(
      'Echo: look ✓ (saw 1 message and image/png of 10 bytes, image/gif of 10 bytes, application/pdf of 11 bytes, text/plain of 9 bytes) [NONCE-img NONCE-gif NONCE-pdf NONCE-txt]',
    );
  });

  it('of tool results reaches it too, texts and media (3.7, I M)', async () => {
    const parts = [{ type: 'text', text: 'cloudy' }, image(base64('NONCE-shot')), pdf(base64('NONCE-doc'))];
    const reply = await talk(
      user('call'),
      assistant([use('toolu_1')]),
      user([
        { ...result('toolu_1', parts), is_error: false },
        { type: 'text', text: 'go on' },
      ]),
    );
    expect(textOf(reply)).toBe('The tools say: cloudy ✓ (saw 4 messages) [NONCE-shot NONCE-doc]');
  });

  it('of one role in a row counts as one turn; roles need not alternate (3.7, I M)', async () => {
    expect(textOf(await talk(user('a'), user('b')))).toBe('Echo: a\nb ✓ (saw 1 message)');
    const split = await talk(
      user('a'),
      assistant('b'),
      assistant([use('t1')]),
      user([result('t1')]),
      user('c'),
    );
    expect(textOf(split)).toBe('The tools say: sunny ✓ (saw 4 messages)');
  });

  it('of system prompts is heard as text and blocks (3.7, D)', async () => {
    expect(textOf(await org.invoke('x', { system: 'be kind' }))).toMatch(/saw 2 messages/u);
    const system = [{ type: 'text', text: 'be kind', cache_control: { type: 'ephemeral' } }];
    expect(textOf(await org.invoke('x', { system }))).toMatch(/saw 2 messages/u);
  });
});

describe('the body', () => {
  it.each([
    ['max_tokens: Field required', { max_tokens: undefined }],
    ['max_tokens: Input should be greater', { max_tokens: 0 }],
    ['max_tokens: 16385 > 16384, which is the maximum', { max_tokens: 16_385 }],
    ['anthropic_version: Field required', { anthropic_version: undefined }],
    ['anthropic_version: Input should be', { anthropic_version: '2023-06-01' }],
    ['model: Extra inputs are not permitted', { model: 'claude' }],
    ['stream: Extra inputs are not permitted', { stream: true }],
    ['container: Extra', { container: 'c' }],
    ['mcp_servers: Extra', { mcp_servers: [] }],
    ['context_management: Extra', { context_management: { edits: [] } }],
    ['temperature: range: 0..1', { temperature: 1.1 }],
    ['top_p: Input should be a valid number', { top_p: '1' }],
    ['top_k: Input', { top_k: -1 }],
    ['stop_sequences: each stop sequence must contain', { stop_sequences: [' '] }],
    ['anthropic_beta: Input should be a valid list', { anthropic_beta: 'a' }],
    ['metadata: Input should be an object', { metadata: 'a' }],
    ['messages: Field required', { messages: undefined }],
    ['messages: at least one message', { messages: [] }],
    ['messages: first message must use the "user" role', { messages: [{ role: 'assistant', content: 'x' }] }],
    ["messages.0.role: Input should be 'user'", { messages: [{ role: 'tool', content: 'x' }] }],
    ['messages.0: all messages must have non-empty content', { messages: [{ role: 'user', content: [] }] }],
    [
      'messages.0.id: Extra inputs are not permitted',
      { messages: [{ role: 'user', content: 'x', id: 'm' }] },
    ],
    ['system.0.type', { system: [{ type: 'image' }] }],
    ['output_config.effort: Input should be', { output_config: { effort: 'max' } }],
    ['tool_choice: may only be specified while providing tools', { tool_choice: { type: 'auto' } }],
  ])('is refused with "%s" (3.7, I M)', async (message, rest) => {
    const reply = await org.invoke('x', rest);
    expect(reply.status).toBe(400);
    expect(reply.json.message).toContain(message);
  });

  it.each([
    ["tools.0: Input tag 'web_search_20250305'", { type: 'web_search_20250305', name: 'web_search' }],
    ['tools.0.custom.name: String should match', { name: 'a b', input_schema: { type: 'object' } }],
    ['tools.0.custom.input_schema: Field required', { name: 'a' }],
    ["tools.0.custom.input_schema.type: Input should be 'object'", { name: 'a', input_schema: {} }],
    [
      'tools.0.custom.defer_loading: Extra inputs',
      { name: 'a', input_schema: { type: 'object' }, defer_loading: true },
    ],
  ])('is refused with "%s" (3.7, I M)', async (message, tool) => {
    expect(told(await org.invoke('x', { tools: [tool] }))).toEqual([400, expect.stringContaining(message)]);
  });

  it('is refused when tool names repeat or a choice names none of them (3.7, I M)', async () => {
    const twice = await org.invoke('x', { tools: [tools[0], tools[0]] });
    expect(told(twice)).toEqual([400, 'tools: Tool names must be unique.']);
    const other = await org.invoke('x', { tools, tool_choice: { type: 'tool', name: 'other' } });
    expect(told(other)).toEqual([400, "tool_choice: Tool 'other' not found in provided tools"]);
  });

  it('takes metadata, betas and all the ranges (3.7, D)', async () => {
    const rest = {
      metadata: { user_id: 'u' },
      anthropic_beta: ['any-2026-01-01'],
      temperature: 1,
      top_p: 0,
      top_k: 5,
      output_config: { effort: 'high' },
    };
    expect((await org.invoke('x', rest)).status).toBe(200);
  });

  it('may hold four cache markers over tools, system and messages, not five (9 #12, I M)', async () => {
    const mark = { cache_control: { type: 'ephemeral' } };
    const marked = { type: 'text', text: 'x', ...mark };
    const rest = { system: [marked], tools: [{ ...tools[0], ...mark }] };
    expect((await org.invoke([marked, marked], rest)).status).toBe(200);
    expect(told(await org.invoke([marked, marked, marked], rest))).toEqual([
      400,
      'A maximum of 4 blocks with cache_control may be provided. Found 5.',
    ]);
    const wrong = { type: 'text', text: 'x', cache_control: { type: 'forever' } };
    expect((await org.invoke([wrong])).status).toBe(400);
  });

  it('is too long in the words of the vendor (7, O)', async () => {
    const reply = await org.invoke('x'.repeat(700_000));
    expect(reply.json.message).toMatch(/^prompt is too long: \d+ tokens > 200000 maximum$/u);
  });
});

describe('tool rules', () => {
  it.each([
    [
      'a call whose result is missing',
      [assistant([use('t1')]), user('x')],
      /without `tool_result` blocks immediately after: t1/u,
    ],
    ['a call at the end', [assistant([use('t1')])], /immediately after: t1/u],
    ['one of two results', [assistant([use('t1'), use('t2')]), user([result('t1')])], /after: t2/u],
    [
      'a result behind text',
      [assistant([use('t1')]), user([{ type: 'text', text: 'x' }, result('t1')])],
      /after: t1/u,
    ],
    ['a result of no call', [assistant('x'), user([result('t9')])], /unexpected `tool_use_id` .*: t9/u],
    [
      'a result of an earlier round',
      [assistant([use('t1')]), user([result('t1')]), assistant('x'), user([result('t1')])],
      /unexpected `tool_use_id`/u,
    ],
    ['an id used twice', [assistant([use('t1'), use('t1')]), user([result('t1')])], /ids must be unique/u],
    [
      'an id with other signs',
      [assistant([use('t.1')]), user([result('t.1')])],
      /String should match pattern/u,
    ],
    [
      'an input that is no object',
      [assistant([{ ...use('t1'), input: '{}' }]), user([result('t1')])],
      /tool_use.input/u,
    ],
  ])('refuse %s (3.7, I M)', async (_name, messages, message) => {
    const reply = await talk(user('x'), ...messages);
    expect(told(reply)).toEqual([400, expect.stringMatching(message)]);
  });

  it('let results come in any order, before other text (3.7, I M)', async () => {
    const calls = assistant([{ type: 'text', text: 'so' }, use('t1'), use('t2')]);
    const reply = await talk(user('x'), calls, user([result('t2', 'b'), result('t1', 'a')]));
    expect(textOf(reply)).toBe('The tools say: b; a ✓ (saw 4 messages)');
  });
});

describe('blocks', () => {
  const mebibyte = 'A'.repeat(4 * 350_000);

  it.each([
    ['an unknown type', { type: 'video' }, /Input tag 'video'/u],
    ['an empty text', { type: 'text', text: '' }, /text content blocks must be non-empty/u],
    ['a URL as image', { type: 'image', source: { type: 'url', url: 'https://x' } }, /source.type/u],
    ['an image of another type', image('AAAA', 'image/tiff'), /media_type: Input should be 'image\/png'/u],
    ['an image that is no base64', image('A*A='), /invalid base64 data/u],
    ['a document of another type', { ...pdf('AAAA'), source: image('AAAA').source }, /media_type/u],
    ['a tool use of the user', use('t1'), /can only appear in `assistant` messages/u],
    ['thinking of the user', { type: 'thinking', thinking: 'x' }, /can only appear in `assistant` messages/u],
    ['an image above 3.75 MiB', image(mebibyte.repeat(4)), /exceeds 3.75 MB maximum/u],
    ['a PDF above 4.5 MiB', pdf(mebibyte.repeat(5)), /exceeds 4.5 MB maximum/u],
  ])('refuse %s (3.7, 3.9, I M)', async (_name, block, message) => {
    expect(told(await org.invoke([block]))).toEqual([400, expect.stringMatching(message)]);
  });

  it('refuse media of the assistant, more than five PDFs, and media a model does not take (3.9, D)', async () => {
    const spoken = await talk(user('x'), assistant([image('AAAA')]), user('y'));
    expect(told(spoken)).toEqual([400, expect.stringContaining('can only appear in `user` messages')]);
    const six = await org.invoke(Array.from({ length: 6 }, () => pdf('AAAA')));
    expect(told(six)).toEqual([400, 'A request can hold no more than 5 PDF files']);
    const old = await org.invoke([pdf('AAAA')], {}, 'sfdc_ai__DefaultBedrockAnthropicClaude3Haiku');
    expect(told(old)).toEqual([400, expect.stringContaining('does not support PDF input')]);
  });
});

describe('thinking', () => {
  const enabled = { thinking: { type: 'enabled', budget_tokens: 1024 } };
  const adaptive = { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } };

  it('comes as a signed block first, and counts as output (3.7, 9 #13, O M)', async () => {
    const plain = (await org.invoke('x')).json;
    for (const rest of [enabled, adaptive]) {
      const reply = (await org.invoke('x', rest)).json;
      expect(reply.content).toEqual([
        { type: 'thinking', thinking: expect.any(String), signature: expect.any(String) },
        { type: 'text', text: 'Echo: x ✓ (saw 1 message)' },
      ]);
      expect(reply.usage.output_tokens).toBeGreaterThan(plain.usage.output_tokens);
    }
  });

  it('is told word for word by a script, redacted or not, and hidden on demand (3.7, O M)', async () => {
    const reply = { text: 'a', reasoning: 'because', redactedReasoning: 'secret' };
    await org.say({ match: {}, times: 2, reply });
    const { content } = (await org.invoke('x', enabled)).json;
    expect(content[0]).toMatchObject({ type: 'thinking', thinking: 'because' });
    expect(content[1]).toEqual({ type: 'redacted_thinking', data: expect.any(String) });
    expect(JSON.stringify(content[1])).not.toContain('secret');
    const omitted = { thinking: { type: 'adaptive', display: 'omitted' } };
    const [hidden] = (await org.invoke('x', omitted)).json.content;
    expect(hidden).toEqual({ type: 'thinking', thinking: '', signature: content[0].signature });
  });

  it('comes back unchanged, without its signature or without its text, but not altered (3.7, O M)', async () => {
    await org.say({ match: {}, reply: { text: 'a', reasoning: 'because', redactedReasoning: 'secret' } });
    const [thinking, redacted, text] = (await org.invoke('x', enabled)).json.content;
    const next = (...blocks: unknown[]) => talk(user('x'), assistant([...blocks, text]), user('y'));
    expect((await next(thinking, redacted)).status).toBe(200);
    expect((await next({ ...thinking, signature: undefined })).status).toBe(200);
    expect((await next({ ...thinking, thinking: '' })).status).toBe(200);
    const altered = `${thinking.signature.slice(0, -4)}AAA=`;
    for (const block of [
      { ...thinking, signature: altered },
      { ...thinking, thinking: 'because not' },
      { ...redacted, data: 'AAAA' },
    ]) {
      expect(told(await next(block))).toEqual([
        400,
        expect.stringMatching(/messages\.1\.content\.0: Invalid/u),
      ]);
    }
  });

  it.each([
    [
      'a budget below 1024',
      { thinking: { type: 'enabled', budget_tokens: 1023 } },
      /greater than or equal to 1024/u,
    ],
    [
      'a budget not below max_tokens',
      { thinking: { type: 'enabled', budget_tokens: 4000 } },
      /`max_tokens` must be greater/u,
    ],
    ['no budget', { thinking: { type: 'enabled' } }, /budget_tokens: Field required/u],
    ['another type', { thinking: { type: 'on' } }, /thinking.type: Input should be/u],
    ['temperature', { ...enabled, temperature: 0.5 }, /`temperature` may only be set to 1/u],
    ['top_k', { ...adaptive, top_k: 5 }, /`top_k` must be unset/u],
    ['forced tools', { ...enabled, tools, tool_choice: { type: 'any' } }, /tool_choice forces tool use/u],
  ])('refuses %s (3.7, I M)', async (_name, rest, message) => {
    expect(told(await org.invoke('x', rest))).toEqual([400, expect.stringMatching(message)]);
  });

  it.each([haiku, 'sfdc_ai__DefaultBedrockAnthropicClaude45Opus'])(
    'is not for %s, which takes a request without it (3.7, D)',
    async (model) => {
      expect(told(await org.invoke('x', enabled, model))).toEqual([
        400,
        expect.stringContaining('does not support thinking'),
      ]);
      expect((await org.invoke('x', { output_config: { effort: 'low' } }, model)).status).toBe(400);
      expect((await org.invoke('x', { thinking: { type: 'disabled' } }, model)).status).toBe(200);
    },
  );

  it('gets 502 where the org refuses it, in the request and in the history (3.7, O M)', async () => {
    const [thinking] = (await org.invoke('x', enabled)).json.content;
    await org.set({ thinking: 'refused-502', serverErrorBody: 'html' });
    const echoed = talk(user('x'), assistant([thinking, { type: 'text', text: 'a' }]), user('y'));
    for (const reply of [await org.invoke('x', enabled), await org.invoke('x', adaptive), await echoed]) {
      expect(told(reply)).toEqual([502, 'No user context has been created!']);
    }
    expect((await org.invoke('x')).status).toBe(200);
  });

  it('is adaptive only where the org has it so, and then forbids sampling (3.7, O M)', async () => {
    await org.set({ thinking: 'adaptive-only' });
    expect(told(await org.invoke('x', enabled))).toEqual([
      400,
      expect.stringMatching(
        /thinking\.type\.enabled.* not supported .*thinking\.type\.adaptive.*output_config\.effort/u,
      ),
    ]);
    expect((await org.invoke('x', adaptive)).json.content[0].type).toBe('thinking');
    for (const sampling of [{ temperature: 1 }, { top_p: 1 }, { top_k: 5 }]) {
      expect((await org.invoke('x', { ...adaptive, ...sampling })).status).toBe(400);
      expect((await org.invoke('x', sampling)).status).toBe(200);
    }
  });
});

describe('admission', () => {
  it.each([gpt, gemini])('knows only Claude, not %s (9 #4, #6, I M)', async (model) => {
    expect((await org.invoke('x', {}, model)).status).toBe(404);
  });

  it('refuses without a token, a header, the gateway, the endpoint, or a free slot (3.1, 3.10, D)', async () => {
    const path = `/ai/gpt/v1/model/${claude}/invoke`;
    expect((await org.post(path, {}, { authorization: '' })).status).toBe(401);
    expect((await org.post(path, {}, { 'x-client-feature-id': '' })).status).toBe(400);
    await org.set({ invokeAvailable: false });
    expect((await org.invoke('x')).status).toBe(404);
    expect((await org.responses('x')).status).toBe(200);
    await org.set({ invokeAvailable: true, requestsPerMinute: { invoke: 1 } });
    expect((await org.invoke('x')).status).toBe(200);
    const limited = await org.invokeStream('x');
    expect([limited.status, limited.headers['x-ratelimit-limit']]).toEqual([429, '1']);
    await org.set({ entitled: { classic: true, gateway: false } });
    expect((await org.invoke('x')).status).toBe(404);
  });

  it('has errors in the form of the gateway, the vendor, or with a message alone (9 #8, I M)', async () => {
    const refused = async (): Promise<unknown> => (await org.invoke('x', { max_tokens: 0 })).json;
    const message = 'max_tokens: Input should be greater than or equal to 1';
    expect(await refused()).toEqual({
      errorCode: 'BAD_ARGUMENT',
      messageCode: 'EXXXXX',
      message,
      extendedErrorDetails: [{ providerStatusCode: 400 }],
    });
    await org.set({ invokeErrorBody: 'vendor' });
    expect(await refused()).toEqual({ type: 'error', error: { type: 'invalid_request_error', message } });
    await org.say({ match: {}, fault: { type: 'status', status: 429 } });
    const limited = await org.invoke('x');
    expect([limited.headers['x-ratelimit-reset'], limited.json.error.type]).toEqual([
      '37',
      'rate_limit_error',
    ]);
    await org.set({ invokeErrorBody: 'message' });
    expect(await refused()).toEqual({ message });
  });
});
