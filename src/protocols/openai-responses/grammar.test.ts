// The grammar of response events: a good stream, and one for each rule that breaks it and no other.

import { describe, expect, it } from 'vitest';

import {
  edit,
  framesOf,
  put,
  rulesBroken,
  twice,
  typeOf,
  without,
  type Change,
  type Piece,
  type Pieces,
} from '../../../test/fakes/broken-streams.ts';
import { runGrammarContract } from '../../../test/contract/stream-grammar.ts';
import type { JsonObject, JsonValue } from '../../core/neutral/index.ts';
import { createResponseGrammar, RESPONSE_FIELDS } from './grammar.ts';
import { RESPONSE_RULES, type ResponseRule } from './grammar-rules.ts';

const ITEMS = {
  reasoning: { id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }] },
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_text', text: 'Hello' }],
  },
  call: { id: 'fc_1', type: 'function_call', call_id: 'c1', name: 'look', arguments: '{"a":1}' },
} as const satisfies Readonly<Record<string, JsonObject>>;
const OUTPUT = Object.values(ITEMS);
const USAGE = { input_tokens: 3, output_tokens: 4, total_tokens: 7 };

const response = (fields: JsonObject): JsonObject => ({
  ...Object.fromEntries(RESPONSE_FIELDS.map((field) => [field, null])),
  id: 'resp_1',
  object: 'response',
  created_at: 7,
  model: 'm',
  output: [],
  ...fields,
});
const UNDER_WAY = response({ status: 'in_progress' });
const event = (type: string, fields: JsonObject): JsonObject => ({ type: `response.${type}`, ...fields });
const part = (item: JsonObject, index: number, list: 'content' | 'summary', text: string): Pieces => {
  const [name, delta, kind] =
    list === 'content'
      ? ['content_part', 'output_text', 'output_text']
      : ['reasoning_summary_part', 'reasoning_summary_text', 'summary_text'];
  const place = { item_id: item['id'] ?? '', output_index: index, [`${list}_index`]: 0 };
  return [
    event(`${name}.added`, { ...place, part: { type: kind, text: '' } }),
    event(`${delta}.delta`, { ...place, delta: text.slice(0, 2) }),
    event(`${delta}.delta`, { ...place, delta: text.slice(2) }),
    event(`${delta}.done`, { ...place, text }),
    event(`${name}.done`, { ...place, part: { type: kind, text } }),
  ];
};
const item = (index: number, done: JsonObject, empty: JsonObject, inside: Pieces): Pieces => [
  event('output_item.added', { output_index: index, item: { ...done, ...empty } }),
  ...inside,
  event('output_item.done', { output_index: index, item: done }),
];
const called = { item_id: 'fc_1', output_index: 2 };

/** As a writer would number them. */
const numbered = (pieces: Pieces): Pieces => {
  let next = 0;
  return pieces.map((piece) => {
    if (typeof piece === 'string') return piece;
    next += 1;
    return { ...piece, sequence_number: next - 1 };
  });
};

const completed = (status: string, fields: JsonObject): JsonObject =>
  event(status, { response: response({ status, ...fields }) });

const GOOD: Pieces = numbered([
  event('created', { response: UNDER_WAY }),
  event('in_progress', { response: UNDER_WAY }),
  ...item(0, ITEMS.reasoning, { summary: [] }, part(ITEMS.reasoning, 0, 'summary', 'Hm')),
  ...item(1, ITEMS.message, { content: [] }, part(ITEMS.message, 1, 'content', 'Hello')),
  ...item(2, ITEMS.call, { arguments: '' }, [
    event('function_call_arguments.delta', { ...called, delta: '{"a"' }),
    event('function_call_arguments.delta', { ...called, delta: ':1}' }),
    event('function_call_arguments.done', { ...called, arguments: '{"a":1}' }),
  ]),
  completed('completed', { output: OUTPUT, usage: USAGE }),
  '[DONE]',
]);

const is =
  (type: string) =>
  (piece: Piece): boolean =>
    typeof piece !== 'string' && piece['type'] === (type === 'error' ? type : `response.${type}`);
const changed = (type: string, path: readonly (string | number)[], next?: JsonValue, nth = 0): Change =>
  edit(is(type), (piece) => put(piece, path, next), nth);
const after = (type: string, pieces: Pieces, nth = 0): Change =>
  edit(is(type), (piece) => [piece, ...pieces], nth);
const all =
  (...changes: readonly Change[]): Change =>
  (pieces) =>
    numbered(changes.reduce((broken, change) => change(broken), pieces));

const error = {
  type: 'error',
  code: 'server_error',
  message: 'Busy',
  param: null,
  error: { message: 'Busy' },
};
const failed = (message: JsonValue): JsonObject =>
  completed('failed', { error: { code: 'server_error', message }, output: [] });
const failing =
  (...ending: Pieces): Change =>
  (pieces) =>
    numbered([...pieces.slice(0, 5), ...ending, '[DONE]']);

const BROKEN: Readonly<Record<ResponseRule, Change>> = {
  'data-json': (pieces) => [...pieces.slice(0, 3), '{"type":', ...pieces.slice(3)],
  'event-line': (pieces) => pieces,
  'event-known': all(after('in_progress', [event('novelty', {})])),
  sequence: changed('output_text.delta', ['sequence_number'], 99, 1),
  'created-first': all(without(is('created'))),
  'in-progress-second': all(without(is('in_progress'))),
  'response-shape': changed('completed', ['response', 'object'], 'reply'),
  'response-fields': changed('completed', ['response', 'truncation']),
  'response-id': changed('completed', ['response', 'id'], 'resp_2'),
  'response-id-form': (pieces) =>
    pieces.map((piece) =>
      typeof piece !== 'string' && 'response' in piece ? put(piece, ['response', 'id'], 'x') : piece,
    ),
  'under-way-state': changed('created', ['response', 'status'], 'completed'),
  'item-index': changed('output_item.added', ['output_index'], 5, 1),
  'item-shape': all(
    changed('output_item.added', ['item', 'id'], '', 2),
    changed('output_item.done', ['item', 'id'], '', 2),
    changed('completed', ['response', 'output', 2, 'id'], ''),
    ...[0, 1].map((nth) => changed('function_call_arguments.delta', ['item_id'], '', nth)),
    changed('function_call_arguments.done', ['item_id'], ''),
  ),
  'item-id-form': all(
    changed('output_item.added', ['item', 'id'], 'x', 2),
    changed('output_item.done', ['item', 'id'], 'x', 2),
    changed('completed', ['response', 'output', 2, 'id'], 'x'),
    ...[0, 1].map((nth) => changed('function_call_arguments.delta', ['item_id'], 'x', nth)),
    changed('function_call_arguments.done', ['item_id'], 'x'),
  ),
  'item-one': (pieces) => {
    // The call begins inside the message.
    const [added] = pieces.filter(is('output_item.added')).slice(2);
    const rest = pieces.filter((piece) => piece !== added);
    return added === undefined ? pieces : all(after('content_part.done', [added]))(rest);
  },
  'item-outside': all(
    after('in_progress', [event('output_text.delta', { ...called, content_index: 0, delta: 'x' })]),
  ),
  'item-id': changed('output_text.delta', ['item_id'], 'msg_9'),
  'item-type': all(
    after('content_part.added', [
      event('function_call_arguments.delta', { ...called, item_id: 'msg_1', output_index: 1, delta: '' }),
    ]),
  ),
  'part-index': changed('output_text.delta', ['content_index'], 3),
  'part-outside': all(without(is('content_part.added'))),
  'part-still-open': all(without(is('content_part.done'))),
  'text-same': all(without(is('output_text.delta')), (pieces) => pieces),
  'item-still-open': all(
    without(is('output_item.done'), 2),
    changed('completed', ['response', 'output'], OUTPUT.slice(0, 2)),
  ),
  'status-same': changed('completed', ['response', 'status'], 'incomplete'),
  'output-same': changed('completed', ['response', 'output', 1, 'content', 0, 'text'], 'Hallo'),
  'output-sealed-same': changed('completed', ['response', 'output', 0, 'encrypted_content'], 'anew'),
  'usage-shape': changed('completed', ['response', 'usage'], null),
  'error-shape': failing({ ...error, message: null, error: { message: null } }, failed('Busy')),
  'error-both': failing(error, failed('Other')),
  'done-last': (pieces) => pieces.slice(0, -1),
  'after-end': (pieces) => [...pieces, '[DONE]'],
  ending: (pieces) => pieces.slice(0, -2),
};

runGrammarContract({
  create: createResponseGrammar,
  rules: RESPONSE_RULES,
  good: GOOD,
  broken: BROKEN,
  nameOf: typeOf,
  wrongNameOf: () => undefined,
  shows: () => true,
});

describe('a stream of response events', () => {
  const judge = (pieces: Pieces, strict = true): string[] =>
    rulesBroken(createResponseGrammar({ strict }), framesOf(pieces, typeOf));

  it('gives the response that it ends with', () => {
    const grammar = createResponseGrammar({ strict: true });
    rulesBroken(grammar, framesOf(GOOD, typeOf));
    expect(grammar).toMatchObject({ ending: 'finished', response: { output: OUTPUT }, error: undefined });
  });

  it('may fail anywhere, with an item open', () => {
    for (const at of GOOD.slice(0, -2).keys()) {
      if (at < 2) continue;
      const before = GOOD.slice(0, at);
      const output = before
        .filter(is('output_item.done'))
        .map((piece) => (piece as { item: JsonObject }).item);
      const end = put(failed('Busy'), ['response', 'output'], output);
      const grammar = createResponseGrammar({ strict: true });
      expect(rulesBroken(grammar, framesOf(numbered([...before, error, end, '[DONE]']), typeOf))).toEqual([]);
      expect(grammar).toMatchObject({ ending: 'failed', error: { message: 'Busy' } });
    }
  });

  it('may tell again that it is under way, with what is done by then', () => {
    const again = (output: JsonValue): JsonObject =>
      event('in_progress', { response: put(UNDER_WAY, ['output'], output) });
    const kept = all(
      after('in_progress', [again([])]),
      after('output_item.done', [again([ITEMS.reasoning])]),
    );
    expect(judge(kept(GOOD))).toEqual([]);
    expect(judge(all(after('output_item.done', [again([])]))(GOOD))).toEqual(['under-way-state']);
  });

  it('may have several parts, and items side by side where no more than the format is asked', () => {
    const two = { ...ITEMS.message, content: [...ITEMS.message.content, { type: 'refusal', refusal: 'No' }] };
    const place = { item_id: 'msg_1', output_index: 1, content_index: 1 };
    const more: Pieces = [
      event('content_part.added', { ...place, part: { type: 'refusal', refusal: '' } }),
      event('refusal.delta', { ...place, delta: 'No' }),
      event('refusal.done', { ...place, refusal: 'No' }),
      event('content_part.done', { ...place, part: { type: 'refusal', refusal: 'No' } }),
    ];
    const pieces = all(
      after('content_part.done', more),
      changed('output_item.done', ['item'], two, 1),
      changed('completed', ['response', 'output', 1], two),
    )(GOOD);
    expect(judge(pieces)).toEqual([]);
    expect(judge(BROKEN['item-one'](GOOD), false)).toEqual([]);
  });

  it('may tell encrypted reasoning anew in each event, as the official service does', () => {
    const seals = [
      changed('output_item.added', ['item', 'encrypted_content'], 'one'),
      changed('output_item.done', ['item', 'encrypted_content'], 'two'),
      changed('completed', ['response', 'output', 0, 'encrypted_content'], 'three'),
    ];
    expect(judge(all(...seals)(GOOD), false)).toEqual([]);
    expect(judge(all(...seals)(GOOD))).toEqual(['output-sealed-same']);
  });

  it('does not count a doubled event twice where its number says so', () => {
    expect(judge(twice(is('in_progress'))(GOOD), false)).toEqual(['sequence']);
  });
});
