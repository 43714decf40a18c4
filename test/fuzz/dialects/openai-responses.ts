// Responses for the fuzz: items of every kind, tools of every kind and every setting; stored responses that are not there; and
// what no reading of the format allows.

import type { Chance } from '../../faults/schedule.ts';
import {
  append,
  drop,
  many,
  maybe,
  set,
  type DialectGenerator,
  type Draft,
  type Fields,
  type RouteGenerator,
  type Spoil,
  type Tree,
} from '../generator.ts';
import { readOpenaiError } from '../readers/errors.ts';
import { expectCompaction, expectInputTokens, expectNothing, readResponses } from '../readers/responses.ts';
import { argumentsOf, MODELS, PDF, PNG, readsDocuments, reasons, schema, text, toolNames } from '../words.ts';

function userContent(chance: Chance, model: string): Tree {
  if (chance.happens(0.5)) return text(chance);
  return many(chance, 1, 3, (): Fields => {
    const part = chance.pick(['text', 'text', 'image', 'file']);
    if (part === 'image')
      return { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${PNG}` };
    if (part === 'file' && readsDocuments(model)) {
      return { type: 'input_file', filename: 'a.pdf', file_data: `data:application/pdf;base64,${PDF}` };
    }
    return { type: 'input_text', text: text(chance) };
  });
}

const user = (chance: Chance, model: string): Fields => ({
  ...(chance.happens(0.5) ? { type: 'message' } : {}),
  role: 'user',
  content: userContent(chance, model),
});

/** Calls and their outputs, which may stand in any order behind all calls. */
function toolTurn(chance: Chance, names: readonly string[], turn: number): Fields[] {
  const calls = many(chance, 1, 3, (index): Fields => {
    const call = { call_id: `call_${turn}_${index}`, name: chance.pick(names) };
    return chance.happens(0.8)
      ? { type: 'function_call', ...call, arguments: JSON.stringify(argumentsOf(chance)) }
      : { type: 'custom_tool_call', ...call, input: text(chance) };
  });
  const outputs = calls.map((call): Fields => ({
    type: call['type'] === 'function_call' ? 'function_call_output' : 'custom_tool_call_output',
    call_id: call['call_id'] ?? '',
    output: chance.happens(0.8) ? text(chance) : [{ type: 'input_text', text: text(chance) }],
  }));
  if (chance.happens(0.5)) outputs.reverse();
  return [...calls, ...outputs];
}

function items(chance: Chance, model: string, names: readonly string[]): Fields[] {
  const made: Fields[] = [];
  if (chance.happens(0.4)) made.push({ role: chance.pick(['system', 'developer']), content: text(chance) });
  made.push(user(chance, model));
  for (let turn = 0, turns = chance.between(0, 3); turn < turns; turn += 1) {
    if (chance.happens(0.2)) {
      made.push({
        type: 'reasoning',
        id: `rs_${turn}`,
        summary: [{ type: 'summary_text', text: text(chance) }],
      });
    }
    if (names.length > 0 && chance.happens(0.6)) made.push(...toolTurn(chance, names, turn));
    else
      made.push({
        role: 'assistant',
        content: [{ type: 'output_text', text: text(chance), annotations: [] }],
      });
    made.push(user(chance, model));
  }
  return made;
}

function addTools(chance: Chance, body: Fields, names: readonly string[]): void {
  const [first = ''] = names;
  if (first === '') return;
  const tools = names.map((name): Fields => ({
    type: 'function',
    name,
    ...(chance.happens(0.7) ? { description: text(chance) } : {}),
    ...(chance.happens(0.8) ? { parameters: schema(chance) } : {}),
  }));
  if (chance.happens(0.2)) tools.push({ type: 'custom', name: 'apply_patch', format: { type: 'text' } });
  if (chance.happens(0.1))
    tools.push({ type: 'namespace', name: 'agents', tools: [{ type: 'function', name: 'spawn' }] });
  if (chance.happens(0.1)) tools.push({ type: 'web_search' });
  body['tools'] = tools;
  const named: Fields = { type: 'function', name: first };
  const allowed: Fields = { type: 'allowed_tools', mode: 'auto', tools: [{ ...named }] };
  maybe(chance, 0.4, body, 'tool_choice', () =>
    chance.pick<Tree>(['auto', 'none', 'required', named, allowed]),
  );
  maybe(chance, 0.2, body, 'parallel_tool_calls', () => chance.happens(0.5));
}

const FORMATS: readonly Fields[] = [
  { format: { type: 'text' }, verbosity: 'low' },
  { format: { type: 'json_object' } },
  { format: { type: 'json_schema', name: 'answer', schema: { type: 'object' } } },
];

function bodyOf(chance: Chance): Fields {
  const model = chance.pick(MODELS);
  const names = chance.happens(0.5) ? toolNames(chance, 1) : [];
  const body: Fields = { model, input: chance.happens(0.2) ? text(chance) : items(chance, model, names) };
  addTools(chance, body, names);
  maybe(chance, 0.4, body, 'instructions', () => text(chance));
  maybe(chance, 0.5, body, 'store', () => chance.happens(0.3));
  maybe(chance, 0.3, body, 'max_output_tokens', () => chance.pick([16, 4_000, 1_000_000]));
  maybe(chance, 0.2, body, 'temperature', () => chance.pick([0, 1, 2]));
  maybe(chance, 0.2, body, 'top_p', () => chance.pick([0, 1]));
  maybe(chance, 0.1, body, 'text', () => structuredClone(chance.pick(FORMATS)));
  maybe(chance, 0.2, body, 'include', () => ['reasoning.encrypted_content']);
  maybe(chance, 0.1, body, 'truncation', () => chance.pick(['auto', 'disabled']));
  maybe(chance, 0.1, body, 'metadata', () => ({ a: 'b' }));
  maybe(chance, 0.1, body, 'client_metadata', () => ({ 'x y': '1' }));
  maybe(chance, 0.1, body, 'prompt_cache_key', () => text(chance));
  maybe(chance, 0.1, body, 'some_new_field', () => [null, { a: 1 }]);
  if (reasons(model)) {
    maybe(chance, 0.3, body, 'reasoning', () => ({ effort: chance.pick(['low', 'high']), summary: 'auto' }));
  }
  return body;
}

function valid(chance: Chance): Draft {
  const body = bodyOf(chance);
  maybe(chance, 0.5, body, 'stream', () => chance.happens(0.7));
  return { rest: '', body };
}

const validWhole = (chance: Chance): Draft => ({ rest: '', body: bodyOf(chance) });

const call = (id: Tree, name: Tree = 'f'): Fields => ({
  type: 'function_call',
  call_id: id,
  name,
  arguments: '{}',
});
const said = (...content: Tree[]): Fields => ({ role: 'user', content });

const SPOILS: readonly Spoil[] = [
  drop('model'),
  set('model', 7, '', [], null, {}),
  drop('input'),
  set('input', 7, {}, [], null, [7], [null], [{}], [[]], [{ type: 'message' }]),
  (body) => {
    body['input'] = '';
    delete body['instructions'];
  },
  append('input', { role: 'narrator', content: 'x' }, { role: 'user' }, said(7), {
    role: 'user',
    content: 7,
  }),
  append(
    'input',
    said({ type: 'smell' }),
    said({ type: 'input_text' }),
    said({ type: 'input_audio' }),
    said({}),
  ),
  append(
    'input',
    said({ type: 'input_image', file_id: 'f' }),
    said({ type: 'input_image', image_url: 'ftp://x' }),
  ),
  append('input', said({ type: 'input_file', file_data: 'x' }), {
    role: 'system',
    content: [{ type: 'input_image' }],
  }),
  append('input', { type: 'web_search_call', id: 'x' }, { type: 'computer_call' }, { type: 7 }),
  // An output without its call, and calls without their outputs.
  append(
    'input',
    { type: 'function_call_output', call_id: 'none', output: 'x' },
    { type: 'function_call_output', output: 'x' },
  ),
  append('input', call('unanswered'), call(''), call(7), call('a', ''), { type: 'function_call' }),
  append('input', { type: 'compaction', encrypted_content: 'of another server' }, { type: 'compaction' }),
  set('tools', 7, 'x', {}, [7], [{}], [{ type: 'function' }], [{ type: 'function', name: 'a b' }]),
  set(
    'tools',
    [{ type: 'computer_use_preview' }],
    [{ type: 'mcp', server_label: 'x' }],
    [{ type: 'namespace', name: 'x' }],
  ),
  set('tools', [
    { type: 'function', name: 'twice' },
    { type: 'function', name: 'twice' },
  ]),
  set('tool_choice', 'sometimes', 7, [], {}, { type: 'function', name: 'no_such_tool' }, { type: 'odd' }),
  set('instructions', 7, {}),
  set('max_output_tokens', 0, -1, 1.5, 'x', 2 ** 60),
  set('max_tool_calls', 0, 'x'),
  set('temperature', -1, 3, 'x'),
  set('top_p', 2, 'x'),
  set(
    'text',
    7,
    { format: {} },
    { format: { type: 'xml' } },
    { format: { type: 'json_schema' } },
    { verbosity: 'odd' },
  ),
  set('reasoning', 7, { effort: 'extreme' }, { summary: 'odd' }),
  set('include', 'x', [7], ['message.output_text.logprobs']),
  set('truncation', 'odd', 7),
  set('stream_options', 7),
  set('background', true, 'x'),
  set('conversation', 'c', {}),
  set('prompt', { id: 'p' }),
  set('top_logprobs', 3, 'x'),
  set('messages', []),
  set('max_tokens', 7),
  set('response_format', {}),
  set('stop', 'x'),
  set('n', 2),
  set('store', 'x', 1),
  set('metadata', 7, []),
  set('user', 7),
  set('previous_response_id', 'resp_of_nobody', '', 7),
];

/** Nobody stored a response of such a name. */
const stored: RouteGenerator = {
  valid: (chance) => ({
    rest: chance.pick(['resp_0', 'resp_of_nobody', '__proto__', 'x'.repeat(500), 'é/../x']),
    body: undefined,
  }),
  spoils: [],
  isRefused: true,
  read: expectNothing,
};

export const OPENAI_RESPONSES: DialectGenerator = {
  routes: {
    'POST /v1/responses': { valid, spoils: [...SPOILS, set('stream', 'x', 1)], read: readResponses },
    'GET /v1/responses': {
      ...stored,
      valid: () => ({ rest: '', body: undefined, headers: { upgrade: 'websocket', connection: 'upgrade' } }),
    },
    'POST /v1/responses/input_tokens': { valid: validWhole, spoils: SPOILS, read: expectInputTokens },
    'POST /v1/responses/compact': { valid: validWhole, spoils: SPOILS, read: expectCompaction },
    'GET /v1/responses/*': stored,
    'DELETE /v1/responses/*': stored,
    'POST /v1/responses/*/cancel': stored,
    'GET /v1/responses/*/input_items': stored,
  },
  readError: readOpenaiError,
};
