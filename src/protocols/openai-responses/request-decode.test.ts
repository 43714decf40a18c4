// Requests as clients send them: what each item, tool and setting means, what is refused by name, and what is told as lost.

import { describe, expect, it } from 'vitest';

import { GatewayError } from '../../core/errors/index.ts';
import type { JsonObject, JsonValue } from '../../core/neutral/index.ts';
import { JsonReader } from '../../core/wire/index.ts';
import { decodeResponsesRequest, encodeCompaction } from './index.ts';

function decode(body: JsonObject) {
  return decodeResponsesRequest(new JsonReader({ model: 'm', input: 'hi', ...body }), { shape: 'response' });
}

const decodeItems = (...input: JsonValue[]) => decode({ input }).call.messages;

function faultOf(body: JsonObject): { readonly code: string; readonly param: string | undefined } {
  try {
    decode(body);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return { code: thrown.code, param: thrown.param };
    throw thrown;
  }
  throw new Error('decoded all the same');
}

const called = (id: string, name = 'run') => ({
  type: 'function_call',
  call_id: id,
  name,
  arguments: `{"id":"${id}"}`,
});
const answered = (id: string, output: JsonValue = `done ${id}`) => ({
  type: 'function_call_output',
  call_id: id,
  output,
});
const said = (role: string, text: string) => ({ role, content: text });

describe('input items', () => {
  it('puts instructions first, and reads developers as system', () => {
    const { messages } = decode({
      instructions: 'Be brief.',
      input: [said('developer', 'Be careful.')],
    }).call;
    expect(messages).toEqual([
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      { role: 'system', content: [{ type: 'text', text: 'Be careful.' }] },
    ]);
  });

  it('makes one turn of what a model made in one go', () => {
    const messages = decodeItems(
      said('user', 'go'),
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }], encrypted_content: 'gAAA' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Going.' }] },
      called('a'),
      called('b'),
      answered('b'),
      answered('a'),
    );
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
    expect(messages[1]?.content).toMatchObject([
      { type: 'reasoning', text: 'Hm.', seal: { maker: 'openai', value: 'gAAA' } },
      { type: 'text', text: 'Going.' },
      { type: 'tool-call', id: 'a' },
      { type: 'tool-call', id: 'b' },
    ]);
    expect(messages[2]?.content).toMatchObject([{ callId: 'a' }, { callId: 'b' }]);
  });

  it('keeps calls that were answered one after another apart', () => {
    const messages = decodeItems(called('a'), answered('a'), called('b'), answered('b'));
    expect(messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'assistant', 'tool']);
  });

  it('matches calls whose ids begin anew with each turn', () => {
    const turn = (text: string) => [called('a'), answered('a', text)];
    const messages = decodeItems(...turn('one'), ...turn('two'));
    expect(messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'assistant', 'tool']);
    expect(JSON.stringify(messages[1])).toContain('one');
    expect(JSON.stringify(messages[3])).toContain('two');
  });

  it('puts an output behind its call though words of the user stand between', () => {
    const messages = decodeItems(called('a'), said('user', 'wait'), answered('a'));
    expect(messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'user']);
  });

  it('reads outputs with files in them', () => {
    const image = { type: 'input_image', image_url: 'data:image/png;base64,AAAA' };
    const messages = decodeItems(called('a'), answered('a', [{ type: 'input_text', text: 'see' }, image]));
    expect(messages[1]?.content).toMatchObject([{ content: [{ type: 'text' }, { type: 'image' }] }]);
  });

  it('tells a call without an output, and an output without a call', () => {
    expect(faultOf({ input: [called('a')] })).toEqual({ code: 'invalid_request', param: 'input[0]' });
    expect(faultOf({ input: [answered('a')] })).toEqual({
      code: 'invalid_request',
      param: 'input[0].call_id',
    });
    const twice = [called('a'), answered('a'), answered('a')];
    expect(faultOf({ input: twice }).param).toBe('input[2].call_id');
  });

  it('gives a seal back to the call that it was made for, wherever its carrier stands', () => {
    const carrier = { type: 'reasoning', summary: [], encrypted_content: 'sealed-call:gem:a%3A1:sig:nature' };
    for (const items of [
      [carrier, called('a:1')],
      [called('a:1'), carrier],
    ]) {
      const [turn] = decodeItems(...items, answered('a:1'));
      expect(turn?.content).toMatchObject([
        { type: 'tool-call', id: 'a:1', seal: { maker: 'gem', value: 'sig:nature' } },
      ]);
    }
    const [alone] = decodeItems(carrier, said('user', 'on'));
    expect(alone?.content).toMatchObject([{ type: 'reasoning', seal: { maker: 'gem' } }]);
  });

  it('goes on from a summary of its own, and refuses one that another server made', () => {
    const compaction = (encrypted: string) => ({ type: 'compaction', encrypted_content: encrypted });
    const [summary] = decodeItems(compaction(encodeCompaction('Long: ž')), said('user', 'on'));
    expect(JSON.stringify(summary)).toContain('Long: ž');
    expect(faultOf({ input: [compaction('gAAAA')] })).toMatchObject({ code: 'unsupported' });
  });

  it.each([
    [''],
    [[]],
    [[said('user', '')]],
    [[{ type: 'reasoning', summary: [], encrypted_content: 'gA' }]],
    [[{ type: 'additional_tools', tools: [] }]],
  ])('refuses an input that says nothing: %j', (input) => expect(faultOf({ input }).param).toBe('input'));

  it.each(['web_search_call', 'local_shell_call', 'mcp_call', 'image_generation_call', 'anything'])(
    'refuses the item %s by name',
    (type) => expect(faultOf({ input: [{ type }] })).toEqual({ code: 'unsupported', param: 'input[0].type' }),
  );
});

const FUNCTION = { type: 'function', name: 'run', parameters: { type: 'object' } };

describe('tools', () => {
  it('knows groups by their own names, and keeps the name of the group apart', () => {
    const { call } = decode({
      tools: [FUNCTION, { type: 'namespace', name: 'mcp__files__', tools: [FUNCTION] }],
    });
    expect(call.tools.map(({ name }) => name)).toEqual(['run', 'mcp__files__run']);
  });

  it('tells long names of groups apart within the length that models take', () => {
    const group = (name: string) => ({
      type: 'namespace',
      name: `${'n'.repeat(70)}${name}`,
      tools: [FUNCTION],
    });
    const names = decode({ tools: [group('a'), group('b')] }).call.tools.map(({ name }) => name);
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  });

  it('makes a function of a custom tool, with its grammar in the description', () => {
    const format = { type: 'grammar', syntax: 'lark', definition: 'start: "x"' };
    const [tool] = decode({ tools: [{ type: 'custom', name: 'patch', description: 'Edits.', format }] }).call
      .tools;
    expect(tool?.parameters).toMatchObject({
      required: ['input'],
      properties: { input: { type: 'string' } },
    });
    expect(tool?.description).toMatch(/^Edits\.[^]*start: "x"$/);
  });

  it('adds what a search of the client found, once', () => {
    const search = { type: 'tool_search', execution: 'client', parameters: { type: 'object' } };
    const found = (id: string) => [
      { type: 'tool_search_call', call_id: id, execution: 'client', arguments: { query: 'q' } },
      {
        type: 'tool_search_output',
        call_id: id,
        tools: [{ type: 'namespace', name: 'g', tools: [FUNCTION] }],
      },
    ];
    const { call } = decode({ tools: [search], input: [...found('a'), ...found('b')] });
    expect(call.tools.map(({ name }) => name)).toEqual(['tool_search', 'g__run']);
    expect(call.messages[0]?.content).toMatchObject([{ name: 'tool_search', arguments: '{"query":"q"}' }]);
    expect(JSON.stringify(call.messages[1])).toContain('g__run');
  });

  it('gives all tools at once where the server was to search them, and says so', () => {
    const { call } = decode({ tools: [{ ...FUNCTION, defer_loading: true }, { type: 'tool_search' }] });
    expect(call.tools.map(({ name }) => name)).toEqual(['run']);
    expect(call.labels).toEqual({ 'tools.tool_search': true });
  });

  it('leaves a web search out where it is only offered, and refuses it where it is what is asked for', () => {
    const search = { type: 'web_search' };
    expect(decode({ tools: [FUNCTION, search] }).call.labels).toEqual({ 'tools.web_search': true });
    expect(faultOf({ tools: [search] })).toEqual({ code: 'unsupported', param: 'tools[0].type' });
    const chosen = { tools: [FUNCTION, search], tool_choice: search };
    expect(faultOf(chosen)).toEqual({ code: 'unsupported', param: 'tool_choice.type' });
  });

  it.each(['file_search', 'code_interpreter', 'mcp', 'computer_use_preview', 'local_shell', 'unheard_of'])(
    'refuses the tool %s by name',
    (type) =>
      expect(faultOf({ tools: [FUNCTION, { type }] })).toEqual({
        code: 'unsupported',
        param: 'tools[1].type',
      }),
  );

  it('takes every form of choice', () => {
    const tools = [
      FUNCTION,
      { type: 'custom', name: 'patch' },
      { type: 'namespace', name: 'g', tools: [FUNCTION] },
    ];
    const choose = (choice: JsonValue) => decode({ tools, tool_choice: choice }).call;
    for (const type of ['auto', 'none', 'required']) expect(choose(type).toolChoice).toEqual({ type });
    expect(choose({ type: 'function', name: 'run' }).toolChoice).toEqual({ type: 'named', name: 'run' });
    expect(choose({ type: 'custom', name: 'patch' }).toolChoice).toEqual({ type: 'named', name: 'patch' });
    const grouped = choose({ type: 'function', name: 'run', namespace: 'g' });
    expect(grouped.toolChoice).toEqual({ type: 'named', name: 'g__run' });
    const allowed = choose({
      type: 'allowed_tools',
      mode: 'required',
      tools: [{ type: 'custom', name: 'patch' }],
    });
    expect(allowed.toolChoice).toEqual({ type: 'required' });
    expect(allowed.tools.map(({ name }) => name)).toEqual(['patch']);
    expect(faultOf({ tools, tool_choice: { type: 'function', name: 'gone' } }).param).toBe(
      'tool_choice.name',
    );
    expect(faultOf({ tool_choice: 'required' }).param).toBe('tool_choice');
  });

  it('refuses two tools of one name', () => {
    expect(faultOf({ tools: [FUNCTION, FUNCTION] }).param).toBe('tools[1].name');
  });
});

describe('settings', () => {
  it.each([
    ['background', true],
    ['conversation', 'conv_1'],
    ['prompt', { id: 'p' }],
    ['top_logprobs', 3],
    ['messages', []],
    ['max_tokens', 5],
    ['response_format', { type: 'json_object' }],
    ['stop', ['x']],
    ['n', 2],
  ])('refuses %s by name', (name, value) => {
    expect(faultOf({ [name]: value })).toEqual({ code: 'unsupported', param: name });
  });

  it('refuses log probabilities by their place in include', () => {
    expect(faultOf({ include: ['message.output_text.logprobs'] })).toEqual({
      code: 'unsupported',
      param: 'include[0]',
    });
  });

  it('takes for granted what asks for nothing more than there is', () => {
    const { call } = decode({
      background: false,
      top_logprobs: 0,
      n: 1,
      truncation: 'disabled',
      service_tier: 'auto',
      include: ['reasoning.encrypted_content'],
      metadata: {},
      text: {},
      reasoning: {},
      stream_options: { include_obfuscation: false },
    });
    expect(call).toMatchObject({ labels: {}, reasoning: undefined, format: { type: 'text' } });
  });

  it('keeps as labels what nobody carries', () => {
    const hints = {
      truncation: 'auto',
      user: 'u',
      prompt_cache_key: 'k',
      metadata: { a: 'b' },
      unheard_of: 1,
    };
    expect(decode(hints).call.labels).toEqual(hints);
  });

  it('reads limits, formats and reasoning', () => {
    const schema = { type: 'object' };
    const { call } = decode({
      max_output_tokens: 9,
      temperature: 0.5,
      top_p: 0.9,
      presence_penalty: 1,
      frequency_penalty: -1,
      parallel_tool_calls: false,
      reasoning: { effort: 'high', summary: 'detailed' },
      text: { format: { type: 'json_schema', name: 'n', schema, strict: true } },
    });
    expect(call).toMatchObject({
      maxOutputTokens: 9,
      parallelToolCalls: false,
      sampling: { temperature: 0.5, topP: 0.9, presencePenalty: 1, frequencyPenalty: -1 },
      reasoning: { effort: 'high' },
      format: { type: 'json-schema', name: 'n', schema, strict: true },
      labels: { 'reasoning.summary': 'detailed' },
    });
    expect(faultOf({ temperature: 3 }).param).toBe('temperature');
    expect(faultOf({ text: { format: { type: 'json_schema', name: 'n' } } }).param).toBe(
      'text.format.schema',
    );
  });
});
