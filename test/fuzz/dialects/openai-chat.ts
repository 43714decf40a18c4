// Chat completions for the fuzz: conversations with tools in both spellings, media and every setting; and what no reading of
// the format allows.

import type { Chance } from '../../faults/schedule.ts';
import {
  drop,
  append,
  many,
  maybe,
  set,
  type DialectGenerator,
  type Draft,
  type Fields,
  type Spoil,
  type Tree,
} from '../generator.ts';
import { expectModelList, expectOneModel, readChat } from '../readers/openai.ts';
import { readOpenaiError } from '../readers/errors.ts';
import { argumentsOf, MODELS, PDF, PNG, readsDocuments, reasons, schema, text, toolNames } from '../words.ts';

function userContent(chance: Chance, model: string): Tree {
  if (chance.happens(0.5)) return text(chance);
  return many(chance, 1, 3, (): Fields => {
    const part = chance.pick(['text', 'text', 'image', 'file']);
    if (part === 'image') {
      const detail = chance.happens(0.3) ? { detail: chance.pick(['auto', 'low', 'high']) } : {};
      return { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}`, ...detail } };
    }
    if (part === 'file' && readsDocuments(model)) {
      return { type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${PDF}` } };
    }
    return {
      type: 'text',
      text: text(chance),
      ...(chance.happens(0.1) ? { cache_control: { type: 'ephemeral' } } : {}),
    };
  });
}

/** An assistant's calls and their results. */
function toolTurn(chance: Chance, names: readonly string[], turn: number): Fields[] {
  const calls = many(chance, 1, 3, (index): Fields => ({
    id: `call_${turn}_${index}`,
    type: 'function',
    function: {
      name: chance.pick(names),
      arguments: chance.pick([JSON.stringify(argumentsOf(chance)), '', '{"cut":']),
    },
  }));
  const content: Tree = chance.pick<Tree>([null, '', [], text(chance)]);
  const results = calls.map((call): Fields => ({
    role: 'tool',
    tool_call_id: call['id'] ?? '',
    content: chance.happens(0.8) ? text(chance) : [{ type: 'text', text: text(chance) }],
  }));
  return [{ role: 'assistant', content, tool_calls: calls }, ...results];
}

function functionTurn(chance: Chance, names: readonly string[]): Fields[] {
  const name = chance.pick(names);
  return [
    {
      role: 'assistant',
      content: null,
      function_call: { name, arguments: JSON.stringify(argumentsOf(chance)) },
    },
    { role: 'function', name, content: text(chance) },
  ];
}

function messages(chance: Chance, model: string, names: readonly string[], legacy: boolean): Fields[] {
  const made: Fields[] = [];
  if (chance.happens(0.4)) made.push({ role: chance.pick(['system', 'developer']), content: text(chance) });
  made.push({ role: 'user', content: userContent(chance, model) });
  for (let turn = 0, turns = chance.between(0, 3); turn < turns; turn += 1) {
    if (names.length > 0 && chance.happens(0.6)) {
      made.push(...(legacy ? functionTurn(chance, names) : toolTurn(chance, names, turn)));
    } else
      made.push({
        role: 'assistant',
        content: chance.happens(0.7) ? text(chance) : [{ type: 'text', text: 'so' }],
      });
    made.push({ role: 'user', content: userContent(chance, model) });
  }
  return made;
}

function addTools(chance: Chance, body: Fields, names: readonly string[], legacy: boolean): void {
  if (names.length === 0) return;
  const described = names.map((name): Fields => ({
    name,
    ...(chance.happens(0.7) ? { description: text(chance) } : {}),
    ...(chance.happens(0.8) ? { parameters: schema(chance) } : {}),
  }));
  const [first = ''] = names;
  if (legacy) {
    body['functions'] = described;
    maybe(chance, 0.3, body, 'function_call', () => chance.pick<Tree>(['auto', 'none', { name: first }]));
    return;
  }
  body['tools'] = described.map((one): Fields => ({ type: 'function', function: one }));
  const named: Fields = { type: 'function', function: { name: first } };
  const allowed: Fields = { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [named] } };
  maybe(chance, 0.4, body, 'tool_choice', () =>
    chance.pick<Tree>(['auto', 'none', 'required', named, allowed]),
  );
  maybe(chance, 0.2, body, 'parallel_tool_calls', () => chance.happens(0.5));
}

const FORMATS: readonly Fields[] = [
  { type: 'text' },
  { type: 'json_object' },
  { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } },
];

function valid(chance: Chance): Draft {
  const model = chance.pick(MODELS);
  const names = chance.happens(0.5) ? toolNames(chance, 1) : [];
  const legacy = chance.happens(0.2);
  const body: Fields = { model, messages: messages(chance, model, names, legacy) };
  addTools(chance, body, names, legacy);
  maybe(chance, 0.5, body, 'stream', () => chance.happens(0.7));
  if (body['stream'] === true) maybe(chance, 0.5, body, 'stream_options', () => ({ include_usage: true }));
  maybe(chance, 0.3, body, 'max_tokens', () => chance.pick([1, 100, 4_000, 1_000_000]));
  maybe(chance, 0.2, body, 'max_completion_tokens', () => chance.between(1, 4_000));
  maybe(chance, 0.3, body, 'temperature', () => chance.pick([0, 0.7, 1, 2]));
  maybe(chance, 0.2, body, 'top_p', () => chance.pick([0, 0.5, 1]));
  maybe(chance, 0.1, body, 'n', () => chance.between(1, 3));
  maybe(chance, 0.1, body, 'stop', () => chance.pick<Tree>(['END', ['a', 'b'], ['\n\n']]));
  maybe(chance, 0.1, body, 'seed', () => chance.pick([0, -1, Number.MAX_SAFE_INTEGER]));
  maybe(chance, 0.1, body, 'presence_penalty', () => chance.pick([-2, 0, 2]));
  maybe(chance, 0.1, body, 'response_format', () => structuredClone(chance.pick(FORMATS)));
  if (reasons(model))
    maybe(chance, 0.2, body, 'reasoning_effort', () => chance.pick(['low', 'medium', 'high']));
  maybe(chance, 0.1, body, 'metadata', () => ({ user: 'u', 'x y': '1' }));
  maybe(chance, 0.1, body, 'user', () => text(chance));
  maybe(chance, 0.1, body, 'store', () => chance.happens(0.5));
  maybe(chance, 0.1, body, 'some_new_field', () => ({ any: [1, null] }));
  maybe(chance, 0.1, body, chance.pick(['top_k', 'logit_bias', 'logprobs']), () => null);
  return { rest: '', body };
}

const HI: Fields = { role: 'user', content: 'hi' };

const SPOILS: readonly Spoil[] = [
  drop('model'),
  set('model', 7, '', true, ['gpt-4o'], {}, null),
  drop('messages'),
  set('messages', 7, '', {}, [], null, 'hi', [7], [null], [[]], [{}]),
  append(
    'messages',
    { role: 'narrator', content: 'x' },
    { role: 'user' },
    { role: 'user', content: 7 },
    { content: 'x' },
  ),
  append(
    'messages',
    { role: 'user', content: [{ type: 'smell' }] },
    { role: 'user', content: [{ text: 'x' }] },
  ),
  append('messages', {
    role: 'user',
    content: [{ type: 'input_audio', input_audio: { data: '', format: 'wav' } }],
  }),
  append('messages', { role: 'user', content: [{ type: 'image_url', image_url: { url: 'ftp://x/y' } }] }),
  append('messages', {
    role: 'user',
    content: [{ type: 'image_url', image_url: { url: 'data:image/png,x' } }],
  }),
  append('messages', { role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }),
  // A result without its call, and calls without their results.
  append('messages', { role: 'tool', tool_call_id: 'none', content: 'x' }, { role: 'tool', content: 'x' }),
  append('messages', { role: 'function', name: 'none', content: 'x' }),
  append('messages', {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
  }),
  set('tools', 7, {}, 'x', [7], [{}], [{ type: 'retrieval' }], [{ type: 'custom', custom: { name: 'x' } }]),
  set('tools', [{ type: 'function', function: { name: 'a b' } }], [{ type: 'function' }]),
  set('tool_choice', 'sometimes', 7, [], { type: 'function', function: { name: 'no_such_tool' } }),
  set('stream', 'yes', 1, [], {}),
  set('n', 0, -1, 9, 1.5, '2', [], 1e300),
  set('max_tokens', 0, -5, 1.5, 'many', 2 ** 60, []),
  set('max_completion_tokens', 0, -5, 1.5, 'many', {}),
  set('temperature', -0.1, 2.1, 'hot', [1], 1e308),
  set('top_p', -1, 1.1, 'x'),
  set('stop', 7, {}, '', [''], ['a', 'b', 'c', 'd', 'e'], [7]),
  set('seed', 0.5, 'x', 2 ** 53),
  set('frequency_penalty', 2.5, 'x'),
  set(
    'response_format',
    'json',
    {},
    { type: 'xml' },
    { type: 'json_schema' },
    { type: 'json_schema', json_schema: { name: '' } },
  ),
  set('reasoning_effort', 'extreme', 7, {}),
  set('logprobs', true, 'x'),
  set('top_logprobs', 3, -1, 'x'),
  set('audio', { voice: 'x' }),
  set('modalities', ['text', 'audio'], 'text'),
  set('logit_bias', { '50256': -100 }, []),
  set('web_search_options', {}),
  set('metadata', 'x', []),
  set('user', 7, {}),
  (body) => {
    body['tools'] = [
      { type: 'function', function: { name: 'twice' } },
      { type: 'function', function: { name: 'twice' } },
    ];
  },
  (body) => {
    body['messages'] = [HI, { role: 'assistant', content: 'x', audio: { id: 'a' } }, HI];
  },
];

export const models: Pick<DialectGenerator['routes'][string], 'valid' | 'spoils'> = {
  valid: () => ({ rest: '', body: undefined }),
  spoils: [],
};
export const model: Pick<DialectGenerator['routes'][string], 'valid' | 'spoils'> = {
  valid: (chance) => ({ rest: chance.pick(MODELS), body: undefined }),
  spoils: [],
};

export const OPENAI_CHAT: DialectGenerator = {
  routes: {
    'POST /v1/chat/completions': { valid, spoils: SPOILS, read: readChat },
    'GET /v1/models': { ...models, read: expectModelList },
    'GET /v1/models/*': { ...model, read: expectOneModel },
  },
  readError: readOpenaiError,
};
