// Messages for the fuzz: conversations with tools, media, thinking and entries of the system's among them; and what no
// reading of the format allows. Bedrock's bodies are these too.

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
  type Spoil,
  type Tree,
} from '../generator.ts';
import {
  expectMessageModel,
  expectMessageModels,
  expectTokenCount,
  readMessages,
} from '../readers/anthropic.ts';
import { readAnthropicError } from '../readers/errors.ts';
import { argumentsOf, MODELS, PDF, PNG, readsDocuments, reasons, schema, text, toolNames } from '../words.ts';
import { model as oneModel, models } from './openai-chat.ts';

const VERSION = { 'anthropic-version': '2023-06-01' };

const image = (): Fields => ({
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data: PNG },
});
const documentBlock = (chance: Chance, model: string): Fields =>
  readsDocuments(model) && chance.happens(0.5)
    ? { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PDF } }
    : {
        type: 'document',
        title: 'T',
        source: { type: 'text', media_type: 'text/plain', data: text(chance) },
      };

function block(chance: Chance, model: string): Fields {
  switch (chance.pick(['text', 'text', 'text', 'image', 'document', 'search'])) {
    case 'image':
      return image();
    case 'document':
      return documentBlock(chance, model);
    case 'search':
      return {
        type: 'search_result',
        title: 't',
        source: 's',
        content: [{ type: 'text', text: text(chance) }],
      };
    default: {
      const ttl = chance.happens(0.3) ? { ttl: chance.pick(['5m', '1h']) } : {};
      const cached: Fields = chance.happens(0.2) ? { cache_control: { type: 'ephemeral', ...ttl } } : {};
      return { type: 'text', text: text(chance), ...cached };
    }
  }
}

const userContent = (chance: Chance, model: string): Tree =>
  chance.happens(0.4) ? text(chance) : many(chance, 1, 4, () => block(chance, model));

function toolTurn(chance: Chance, model: string, names: readonly string[], turn: number): Fields[] {
  const calls = many(chance, 1, 3, (index): Fields => ({
    type: 'tool_use',
    id: `toolu_${turn}_${index}`,
    name: chance.pick(names),
    input: argumentsOf(chance),
  }));
  const results = calls.map((call): Fields => ({
    type: 'tool_result',
    tool_use_id: call['id'] ?? '',
    ...(chance.happens(0.8)
      ? { content: chance.happens(0.6) ? text(chance) : [{ type: 'text', text: 'r' }, image()] }
      : {}),
    ...(chance.happens(0.2) ? { is_error: true } : {}),
  }));
  const thinking: Fields[] = chance.happens(0.3)
    ? [{ type: 'thinking', thinking: text(chance), signature: 'c2ln' }]
    : [];
  return [
    { role: 'assistant', content: [...thinking, ...calls] },
    { role: 'user', content: chance.happens(0.5) ? results : [...results, block(chance, model)] },
  ];
}

function messages(chance: Chance, model: string, names: readonly string[]): Fields[] {
  const made: Fields[] = [{ role: 'user', content: userContent(chance, model) }];
  for (let turn = 0, turns = chance.between(0, 3); turn < turns; turn += 1) {
    if (names.length > 0 && chance.happens(0.6)) made.push(...toolTurn(chance, model, names, turn));
    else {
      made.push({
        role: 'assistant',
        content: chance.happens(0.5) ? text(chance) : [{ type: 'text', text: 'so' }],
      });
      made.push({ role: 'user', content: userContent(chance, model) });
    }
    if (chance.happens(0.1)) made.push({ role: 'system', content: text(chance) });
  }
  return made;
}

function addTools(chance: Chance, body: Fields, names: readonly string[]): void {
  if (names.length === 0) return;
  body['tools'] = names.map((name): Fields => ({
    name,
    input_schema: schema(chance),
    ...(chance.happens(0.6) ? { description: text(chance) } : {}),
    ...(chance.happens(0.2) ? { type: 'custom' } : {}),
  }));
  const choices: readonly Fields[] = [
    { type: 'auto' },
    { type: 'none' },
    { type: 'auto', disable_parallel_tool_use: true },
  ];
  const forced: readonly Fields[] = [{ type: 'any' }, { type: 'tool', name: names[0] ?? '' }];
  // Thinking bears no forced tool.
  const allowed = body['thinking'] === undefined ? [...choices, ...forced] : choices;
  maybe(chance, 0.4, body, 'tool_choice', () => structuredClone(chance.pick(allowed)));
}

function addThinking(chance: Chance, body: Fields, model: string): void {
  const kinds: readonly Fields[] = [
    { type: 'adaptive' },
    { type: 'enabled', budget_tokens: chance.between(1_024, 3_000) },
    { type: 'disabled' },
  ];
  if (reasons(model)) maybe(chance, 0.3, body, 'thinking', () => structuredClone(chance.pick(kinds)));
  if (body['thinking'] !== undefined) return;
  maybe(chance, 0.3, body, 'temperature', () => chance.pick([0, 0.5, 1]));
  maybe(chance, 0.2, body, 'top_p', () => chance.pick([0.1, 1, -1]));
  maybe(chance, 0.2, body, 'top_k', () => chance.pick([-1, 0, 1, 40]));
}

export function messagesBody(chance: Chance, model: string = chance.pick(MODELS)): Fields {
  const names = chance.happens(0.5) ? toolNames(chance, 1) : [];
  const body: Fields = {
    model,
    max_tokens: chance.pick([1, 100, 8_000, 64_000]),
    messages: messages(chance, model, names),
  };
  maybe(chance, 0.4, body, 'system', () =>
    chance.happens(0.5)
      ? text(chance)
      : [{ type: 'text', text: text(chance), cache_control: { type: 'ephemeral' } }],
  );
  maybe(chance, 0.5, body, 'stream', () => chance.happens(0.7));
  addThinking(chance, body, model);
  addTools(chance, body, names);
  maybe(chance, 0.2, body, 'stop_sequences', () => many(chance, 0, 3, (index) => `stop${index}`));
  maybe(chance, 0.2, body, 'metadata', () => ({ user_id: '{"id":"u"}' }));
  maybe(chance, 0.1, body, 'context_management', () => ({ edits: [{ type: 'clear_thinking_20251015' }] }));
  maybe(chance, 0.1, body, 'service_tier', () => chance.pick(['auto', 'standard_only']));
  maybe(chance, 0.1, body, 'output_config', () => ({ effort: chance.pick(['low', 'high']) }));
  maybe(chance, 0.1, body, 'some_new_field', () => ({ a: [null] }));
  return body;
}

const valid = (chance: Chance): Draft => ({ rest: '', body: messagesBody(chance), headers: VERSION });

function validCount(chance: Chance): Draft {
  const body = messagesBody(chance);
  delete body['stream'];
  if (chance.happens(0.7)) delete body['max_tokens'];
  return { rest: '', body, headers: VERSION };
}

const call = (id: Tree, name: Tree = 'f', input: Tree = {}): Fields => ({
  role: 'assistant',
  content: [{ type: 'tool_use', id, name, input }],
});
const said = (...content: Tree[]): Fields => ({ role: 'user', content });

/** Those that hold whatever the path, for Bedrock's bodies too. */
export const BODY_SPOILS: readonly Spoil[] = [
  drop('messages'),
  set('messages', 7, '', {}, [], null, [7], [null], [{}], [[]]),
  append(
    'messages',
    { role: 'narrator', content: 'x' },
    { role: 'user' },
    { role: 'user', content: 7 },
    { content: 'x' },
  ),
  append(
    'messages',
    said({ type: 'smell' }),
    said({}),
    said(7),
    said({ type: 'text' }),
    said({ type: 'text', text: 7 }),
  ),
  append('messages', said(), { role: 'user', content: '' }),
  append(
    'messages',
    said({ type: 'image', source: { type: 'file', file_id: 'f' } }),
    said({ type: 'image' }),
  ),
  append(
    'messages',
    said({ type: 'image', source: { type: 'base64', media_type: 'image/tiff', data: 'AA' } }),
  ),
  append('messages', said({ type: 'image', source: { type: 'url', url: 'http://x/y' } })),
  // A result without its call, and a call without its result.
  append(
    'messages',
    said({ type: 'tool_result', tool_use_id: 'none', content: 'x' }),
    said({ type: 'tool_result' }),
  ),
  append('messages', call('unanswered'), call(''), call(7), call('a', ''), call('a', 'f', 'text')),
  append('messages', said({ type: 'server_tool_use', id: 'a', name: 'web_search', input: {} })),
  append('messages', said({ type: 'text', text: 'x', cache_control: { type: 'eternal' } })),
  set('max_tokens', 0, -1, 1.5, 'many', [], 2 ** 60),
  set('system', 7, {}, [7], [{ type: 'image' }]),
  set('tools', 7, 'x', {}, [7], [{}], [{ name: 'a b' }], [{ name: '' }], [{ name: 'x', input_schema: 7 }]),
  set(
    'tools',
    [{ type: 'web_search_20250305', name: 'web_search' }],
    [{ type: 'bash_20250124', name: 'bash' }],
  ),
  set('tools', [{ name: 'twice' }, { name: 'twice' }]),
  set(
    'tool_choice',
    'auto',
    7,
    {},
    { type: 'sometimes' },
    { type: 'tool' },
    { type: 'tool', name: 'no_such_tool' },
  ),
  set('temperature', -0.1, 1.1, 'hot', [1]),
  set('top_p', 1.1, 'x'),
  set('top_k', -2, 0.5, 'x'),
  set('stop_sequences', 'x', 7, [7], ['']),
  set('thinking', 'on', {}, { type: 'deep' }, { type: 'enabled', budget_tokens: -1 }),
  set('thread', { type: 'create' }, 'x'),
  set('metadata', 'x', 7, []),
  set('output_config', 7, { effort: 'extreme' }, { format: {} }, { format: { type: 'xml' } }),
  set('mcp_servers', [{ url: 'https://x' }], 7),
  set('cache_control', 7, { type: 'x' }),
];

const SPOILS: readonly Spoil[] = [
  drop('model'),
  set('model', 7, '', [], null, {}),
  set('stream', 'yes', 1, [], {}),
  ...BODY_SPOILS,
];

export const ANTHROPIC_MESSAGES: DialectGenerator = {
  routes: {
    'POST /v1/messages': { valid, spoils: [...SPOILS, drop('max_tokens')], read: readMessages },
    'POST /v1/messages/count_tokens': { valid: validCount, spoils: SPOILS, read: expectTokenCount },
    'GET /v1/models': {
      ...models,
      valid: (chance) => ({ ...models.valid(chance), headers: VERSION }),
      read: expectMessageModels,
    },
    'GET /v1/models/*': {
      ...oneModel,
      valid: (chance) => ({ ...oneModel.valid(chance), headers: VERSION }),
      read: expectMessageModel,
    },
  },
  readError: readAnthropicError,
};
