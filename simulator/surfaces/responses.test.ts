// `/responses` on the gateway, whole replies: section 3.8 of the reference sheet, with 3.3, 7, 8 and 9.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { FreeJson, Reply } from '../test-client.ts';
import { claude, flatTool, gemini, gpt, now, TestOrg, weather } from '../test-client.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await TestOrg.open();
});
afterAll(() => org.close());
afterEach(() => org.reset());

const tools = [weather, now].map(flatTool);
const gpt41 = 'sfdc_ai__DefaultGPT41';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const user = (content: unknown) => ({ type: 'message', role: 'user', content });
const call = (id: string, rest = {}) => ({
  type: 'function_call',
  call_id: id,
  name: 'get_weather',
  arguments: '{}',
  ...rest,
});
const output = (id: string, said: unknown = 'sunny') => ({
  type: 'function_call_output',
  call_id: id,
  output: said,
});
const textOf = (reply: Reply): string =>
  reply.json.output.find((item: FreeJson) => item.type === 'message').content[0].text;
const callsOf = (reply: Reply): string[] =>
  reply.json.output.flatMap((item: FreeJson) => (item.type === 'function_call' ? [item.name] : []));
const told = (reply: Reply): unknown => [reply.status, reply.json.message];

describe('a whole reply', () => {
  it('is a full response resource of the vendor model (3.8, O H)', async () => {
    const reply = await org.responses('hello', { instructions: 'be kind', max_output_tokens: 100 });
    expect(reply.headers['content-type']).toBe('application/json');
    expect(reply.json).toMatchObject({
      id: expect.stringMatching(/^resp_/u),
      object: 'response',
      created_at: expect.any(Number),
      status: 'completed',
      error: null,
      incomplete_details: null,
      instructions: 'be kind',
      max_output_tokens: 100,
      model: 'gpt-5.4',
      output: [
        {
          type: 'message',
          id: expect.stringMatching(/^msg_/u),
          status: 'completed',
          role: 'assistant',
          content: [
            { type: 'output_text', text: 'Echo: hello ✓ (saw 2 messages)', annotations: [], logprobs: [] },
          ],
        },
      ],
      parallel_tool_calls: true,
      previous_response_id: null,
      reasoning: { effort: null, summary: null },
      store: false,
      text: { format: { type: 'text' } },
      tool_choice: 'auto',
      tools: [],
      usage: {
        input_tokens: 9,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: 8,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 17,
      },
    });
  });

  it('counts as the gateway chat counts the same conversation (3.5, 3.8, O H)', async () => {
    const { usage } = (await org.chat(gpt, 'hello')).json.generation_details.parameters;
    const { usage: own } = (await org.responses('hello')).json;
    expect([own.input_tokens, own.output_tokens]).toEqual([usage.prompt_tokens, usage.completion_tokens]);
  });

  it('holds calls with arguments as text (3.8, O H)', async () => {
    const reply = await org.responses('call all tools', { tools });
    expect(reply.json.output).toEqual([
      {
        type: 'function_call',
        id: expect.stringMatching(/^fc_/u),
        call_id: expect.stringMatching(/^call_/u),
        name: 'get_weather',
        arguments: '{"city":"sample","days":2}',
        status: 'completed',
      },
      expect.objectContaining({ name: 'get_time', arguments: '{}' }),
    ]);
  });

  it.each([
    ['auto', []],
    ['none', []],
    ['required', ['get_weather']],
    [{ type: 'function', name: 'get_time' }, ['get_time']],
    [{ type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'get_time' }] }, []],
    [
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'get_time' }] },
      ['get_time'],
    ],
  ])('follows tool_choice %j (3.8, I L)', async (choice, names) => {
    expect(callsOf(await org.responses('hello', { tools, tool_choice: choice }))).toEqual(names);
  });

  it('makes one call at a time when parallel calls are off (3.8, O H)', async () => {
    const rest = { tools, parallel_tool_calls: false };
    expect(callsOf(await org.responses('call all tools', rest))).toEqual(['get_weather']);
  });

  it('is incomplete at the limit and behind a filter, and may hold a refusal (3.8, O H)', async () => {
    const cut = (await org.responses('x'.repeat(200), { max_output_tokens: 16 })).json;
    expect([cut.status, cut.incomplete_details, cut.output[0].status, cut.completed_at]).toEqual([
      'incomplete',
      { reason: 'max_output_tokens' },
      'incomplete',
      null,
    ]);
    await org.say(
      { match: {}, reply: { text: 'no', finish: 'content_filter' } },
      { match: {}, reply: { text: 'no', finish: 'refusal' } },
    );
    expect((await org.responses('x')).json.incomplete_details).toEqual({ reason: 'content_filter' });
    const refused = (await org.responses('x')).json;
    expect(refused.status).toBe('completed');
    expect(refused.output[0].content).toEqual([{ type: 'refusal', refusal: 'no' }]);
  });

  it('shows usage of a script in the words of OpenAI (3.8, O H)', async () => {
    const usage = { input: 100, output: 20, cacheRead: 30, reasoning: 5 };
    await org.say({ match: { surface: 'responses' }, reply: { text: 'so', usage } });
    expect((await org.responses('x')).json.usage).toEqual({
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 30 },
      output_tokens: 20,
      output_tokens_details: { reasoning_tokens: 5 },
      total_tokens: 120,
    });
  });

  it.each([
    [{ type: 'json_object' }, { echo: 'some json' }],
    [
      {
        type: 'json_schema',
        name: 'n',
        strict: true,
        schema: {
          type: 'object',
          properties: { n: { type: 'integer' } },
          required: ['n'],
          additionalProperties: false,
        },
      },
      { n: 1 },
    ],
  ])('answers with JSON for %j (3.8, I L)', async (format, expected) => {
    expect(JSON.parse(textOf(await org.responses('some json', { text: { format } })))).toEqual(expected);
  });
});

describe('the input', () => {
  it('is heard as items of every role and form (3.8, O H)', async () => {
    const reply = await org.responses([
      { role: 'developer', content: 'a' },
      { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'b' }] },
      user([{ type: 'input_text', text: 'c' }]),
      { type: 'message', role: 'assistant', id: 'msg_1', content: [{ type: 'output_text', text: 'd' }] },
      user('e'),
    ]);
    expect(textOf(reply)).toBe('Echo: e ✓ (saw 5 messages)');
  });

  it('brings images and PDFs to the model, also in outputs of calls (3.8, 9 #11, I L)', async () => {
    const image = { type: 'input_image', image_url: `data:image/png;base64,${base64('NONCE-img')}` };
    const file = {
      type: 'input_file',
      filename: 'a.pdf',
      file_data: `data:application/pdf;base64,${base64('NONCE-pdf')}`,
    };
    const seen = await org.responses([user([{ type: 'input_text', text: 'look' }, image, file])]);
    expect(textOf(seen)).toBe(
      'Echo: look ✓ (saw 1 message and image/png of 9 bytes, application/pdf of 9 bytes) [NONCE-img NONCE-pdf]',
    );
    const parts = [{ type: 'input_text', text: 'done' }, image];
    const after = await org.responses([user('x'), call('c1'), output('c1', parts)]);
    expect(textOf(after)).toBe('The tools say: done ✓ (saw 3 messages) [NONCE-img]');
  });

  it('takes several calls as one turn, their outputs in any order (3.8, O H)', async () => {
    const reply = await org.responses([
      user('x'),
      { role: 'assistant', content: 'so' },
      call('c1'),
      call('c2', { id: 'fc_2' }),
      output('c2', 'b'),
      output('c1', 'a'),
    ]);
    expect(textOf(reply)).toBe('The tools say: b; a ✓ (saw 4 messages)');
  });

  it.each([
    ["Missing required parameter: 'input'.", undefined],
    ["Missing required parameter: 'input'.", []],
    ["Invalid type for 'input'", 7],
    ["Invalid value: 'tool'. Supported values are: 'user'", [{ role: 'tool', content: 'x' }]],
    ["Invalid value: 'video'", [{ type: 'video' }]],
    ["Missing required parameter: 'input[0].content'", [{ role: 'user' }]],
    ["Invalid value: 'text'", [user([{ type: 'text', text: 'x' }])]],
    [
      "Invalid value: 'input_text'. Supported values are: 'output_text', 'refusal'",
      [{ role: 'assistant', content: [{ type: 'input_text', text: 'x' }] }],
    ],
    ["Invalid 'input[0].id': 'x_1'. Expected an ID that begins with 'msg'", [{ ...user('x'), id: 'x_1' }]],
    ["Missing required parameter: 'input[0].arguments'", [call('c1', { arguments: undefined })]],
    ["Invalid type for 'input[0].arguments'", [call('c1', { arguments: {} })]],
    ['No tool call found for function call output with call_id c9.', [user('x'), output('c9')]],
    ['No tool call found', [output('c1'), call('c1')]],
    ['No tool output found for function call c1.', [user('x'), call('c1'), user('y')]],
    ["Missing required parameter: 'input[1].output'", [call('c1'), { ...output('c1'), output: null }]],
    ["Item with id 'msg_1' not found", [{ type: 'item_reference', id: 'msg_1' }]],
    ["Item with id 'rs_1' not found", [{ type: 'reasoning', id: 'rs_1', summary: [] }, user('x')]],
    [
      'The encrypted content could not be verified',
      [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'AAAA' }, user('x')],
    ],
    [
      'Error while downloading https://example.com/a.png',
      [user([{ type: 'input_image', image_url: 'https://example.com/a.png' }])],
    ],
    ['Expected a base64-encoded data URL', [user([{ type: 'input_image', image_url: 'AAAA' }])]],
    ['Invalid MIME type', [user([{ type: 'input_image', image_url: 'data:image/tiff;base64,AAAA' }])]],
    ['Invalid base64 data', [user([{ type: 'input_image', image_url: 'data:image/png;base64,A*A=' }])]],
    ["Missing required parameter: 'input[0].content[0].file_data'", [user([{ type: 'input_file' }])]],
  ])('is refused with "%s" (3.8, O H)', async (message, input) => {
    const reply = await org.responses(input);
    expect(told(reply)).toEqual([400, expect.stringContaining(message)]);
  });

  it('may not hold PDFs for a model that takes images only (3.9, D)', async () => {
    const file = { type: 'input_file', file_data: 'data:application/pdf;base64,AAAA' };
    expect((await org.responses([user([file])], {}, gpt41)).status).toBe(400);
    expect((await org.responses([user([file])])).status).toBe(200);
  });

  it('is too long in the words of the vendor (7, O)', async () => {
    await org.set({ responsesErrorBody: 'vendor' });
    const reply = await org.responses('x'.repeat(900_000), {}, 'sfdc_ai__DefaultO3');
    expect(reply.json.error).toMatchObject({
      message: expect.stringMatching(/^This model's maximum context length is 200000 tokens/u),
      code: 'context_length_exceeded',
    });
  });
});

describe('the parameters', () => {
  const strict = { type: 'function', name: 'f', strict: true, parameters: { type: 'object' } };

  it.each([
    ["Unknown parameter: 'stop'.", { stop: ['x'] }],
    ["Unknown parameter: 'seed'.", { seed: 1 }],
    ["Unknown parameter: 'frequency_penalty'.", { frequency_penalty: 0 }],
    ["Unknown parameter: 'messages'.", { messages: [] }],
    ["Unexpected value 'max'", { reasoning: { effort: 'max' } }],
    ["Unexpected value 'none'", { reasoning: { effort: 'none' } }],
    ["Invalid value: 'long'.", { reasoning: { summary: 'long' } }],
    ["Unsupported parameter: 'temperature' is not supported", { temperature: 0.5 }],
    ["Unsupported parameter: 'top_p' is not supported", { top_p: 1 }],
    [
      "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16",
      { max_output_tokens: 15 },
    ],
    ['max_output_tokens is too large', { max_output_tokens: 128_001 }],
    ["Previous response with id 'resp_1' not found.", { previous_response_id: 'resp_1' }],
    ["'store' must be false", { store: true }],
    ["Invalid type for 'stream'", { stream: 'yes' }],
    ["Invalid type for 'instructions'", { instructions: ['x'] }],
    ["Invalid type for 'include'", { include: 'x' }],
    ["Invalid value: 'web_search'", { tools: [{ type: 'web_search' }] }],
    ["Missing required parameter: 'tools[0].name'.", { tools: [weather] }],
    ["Invalid 'tools[0].name'", { tools: [{ type: 'function', name: 'a b' }] }],
    [
      "Invalid schema for function 'f': schema must be",
      { tools: [{ type: 'function', name: 'f', parameters: { type: 'array' } }] },
    ],
    ["Invalid schema for function 'f': In context=()", { tools: [strict] }],
    ["Tool choice 'other' not found", { tools, tool_choice: { type: 'function', name: 'other' } }],
    ["Tool choice 'required' must be specified with", { tool_choice: 'required' }],
    ["Invalid value for 'tool_choice'", { tools, tool_choice: { type: 'web_search' } }],
    [
      "Missing required parameter: 'text.format.name'",
      { text: { format: { type: 'json_schema', schema: {} } } },
    ],
    [
      "Invalid schema for response_format 'n'",
      { text: { format: { type: 'json_schema', name: 'n', strict: true, schema: { type: 'object' } } } },
    ],
    ["must contain the word 'json'", { text: { format: { type: 'json_object' } } }],
  ])('are refused with "%s" (3.8, 7, O H)', async (message, rest) => {
    expect(told(await org.responses('x', rest))).toEqual([400, expect.stringContaining(message)]);
  });

  it.each(['low', 'medium', 'high', 'xhigh'])('take effort %s (3.8, O H)', async (effort) => {
    const reply = (await org.responses('x', { reasoning: { effort } })).json;
    expect(reply.usage.output_tokens_details.reasoning_tokens).toBeGreaterThan(0);
    expect(reply.output.map((item: FreeJson) => item.type)).toEqual(['reasoning', 'message']);
  });

  it('take sampling, but no effort, on a model that does not reason (8 #14, O H)', async () => {
    expect((await org.responses('x', { temperature: 0.5, top_p: 1 }, gpt41)).status).toBe(200);
    expect((await org.responses('x', { temperature: 1.5 }, gpt41)).status).toBe(400);
    expect(told(await org.responses('x', { reasoning: { effort: 'low' } }, gpt41))).toEqual([
      400,
      "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
    ]);
  });

  it('refuse sampling only beside an effort where the org has it so (3.8, O H)', async () => {
    await org.set({ responsesSampling: 'when-reasoning-is-asked' });
    expect((await org.responses('x', { temperature: 0.5 })).status).toBe(200);
    expect((await org.responses('x', { temperature: 0.5, reasoning: { effort: 'low' } })).status).toBe(400);
  });

  it('take what clients send without meaning (3.8, I L)', async () => {
    const rest = {
      store: false,
      metadata: { a: 'b' },
      prompt_cache_key: 'k',
      truncation: 'disabled',
      service_tier: 'auto',
      user: 'u',
      text: { verbosity: 'low' },
    };
    expect((await org.responses('x', rest)).status).toBe(200);
  });
});

describe('reasoning', () => {
  const sealed = { include: ['reasoning.encrypted_content'], reasoning: { effort: 'low', summary: 'auto' } };

  it('is summed up and sealed on demand, and comes back unchanged (3.8, I L)', async () => {
    await org.say({ match: {}, reply: { text: 'a', reasoning: 'because' } });
    const [item, message] = (await org.responses('x', sealed)).json.output;
    expect(item).toEqual({
      type: 'reasoning',
      id: expect.stringMatching(/^rs_/u),
      summary: [{ type: 'summary_text', text: 'because' }],
      encrypted_content: expect.any(String),
    });
    expect(item.encrypted_content).not.toContain('because');
    expect((await org.responses([user('x'), item, message, user('y')])).status).toBe(200);
    expect(told(await org.responses([user('x'), item]))).toEqual([
      400,
      expect.stringContaining('without its required following item'),
    ]);
  });

  it('is neither when nobody asks (3.8, I L)', async () => {
    await org.say({ match: {}, reply: { text: 'a', reasoning: 'because' } });
    const [item] = (await org.responses('x')).json.output;
    expect(item).toEqual({ type: 'reasoning', id: expect.any(String), summary: [] });
  });
});

describe('admission', () => {
  it.each([claude, gemini])('knows only the GPT family, not %s (3.3, 9 #4, #6, I M)', async (model) => {
    expect((await org.responses('x', {}, model)).status).toBe(404);
  });

  it('knows the ids of each base path, and no vendor ids (3.3, D)', async () => {
    const path = '/einstein/gpt/code/v1.1/responses';
    expect((await org.post(path, { model: 'llmgateway__OpenAIGPT54', input: 'x' })).status).toBe(200);
    expect((await org.post(path, { model: gpt, input: 'x' })).status).toBe(404);
    expect(told(await org.responses('x', {}, 'gpt-5.4'))).toEqual([400, 'model not available: gpt-5.4']);
  });

  it('can be off while invoke is on, and has a limit of its own (3.2, O L)', async () => {
    await org.set({ requestsPerMinute: { responses: 1 } });
    expect((await org.responses('x')).status).toBe(200);
    expect((await org.responses('x')).status).toBe(429);
    expect((await org.invoke('x')).status).toBe(200);
    await org.set({ responsesAvailable: false, requestsPerMinute: {} });
    expect((await org.responses('x')).status).toBe(404);
  });

  it('has errors in the form of the gateway or of the vendor (9 #8, I M)', async () => {
    const message = "Unknown parameter: 'stop'.";
    expect((await org.responses('x', { stop: [] })).json).toMatchObject({
      errorCode: 'BAD_ARGUMENT',
      message,
    });
    await org.set({ responsesErrorBody: 'vendor' });
    expect((await org.responses('x', { stop: [] })).json).toEqual({
      error: { message, type: 'invalid_request_error', param: 'stop', code: 'unknown_parameter' },
    });
    await org.say({ match: {}, fault: { type: 'status', status: 503 } });
    expect((await org.responses('x')).json.error).toMatchObject({ type: 'server_error', param: null });
  });
});
