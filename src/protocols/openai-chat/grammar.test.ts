// The grammar of chat-completion chunks: a good stream, and one for each rule that breaks it and no other.

import { describe, expect, it } from 'vitest';

import {
  edit,
  framesOf,
  put,
  rulesBroken,
  without,
  type Change,
  type Pieces,
} from '../../../test/fakes/broken-streams.ts';
import { runGrammarContract } from '../../../test/contract/stream-grammar.ts';
import type { JsonObject, JsonValue } from '../../core/neutral/index.ts';
import { createChatGrammar } from './grammar.ts';
import { CHAT_RULES, type ChatRule } from './grammar-rules.ts';

const HEAD = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 7, model: 'm' };
const choose = (delta: JsonObject, finish: string | null = null, index = 0): JsonObject => ({
  ...HEAD,
  choices: [{ index, delta, finish_reason: finish }],
});
const begin = (index: number, id: string): JsonObject =>
  choose({ tool_calls: [{ index, id, type: 'function', function: { name: 'look', arguments: '' } }] });
const piece = (index: number, text: string): JsonObject =>
  choose({ tool_calls: [{ index, function: { arguments: text } }] });
const usage: JsonObject = {
  ...HEAD,
  choices: [],
  usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
};

const GOOD: Pieces = [
  choose({ role: 'assistant', content: '' }),
  choose({ reasoning_content: 'Hm' }),
  choose({ content: 'Hello' }),
  begin(0, 'call_1'),
  piece(0, '{"a"'),
  piece(0, ':1}'),
  begin(1, 'call_2'),
  piece(1, '{}'),
  choose({}, 'tool_calls'),
  usage,
  '[DONE]',
];

const DELTA = ['choices', 0, 'delta'] as const;
const CALL = [...DELTA, 'tool_calls', 0] as const;
const at =
  (place: number, path: readonly (string | number)[], next?: JsonValue): Change =>
  (pieces) =>
    edit(
      (one) => one === pieces[place],
      (one) => put(one, path, next),
    )(pieces);
const insertAfter =
  (place: number, ...added: Pieces): Change =>
  (pieces) => [...pieces.slice(0, place + 1), ...added, ...pieces.slice(place + 1)];
const second = (finish: string | null): Pieces => [
  choose({ role: 'assistant', content: '' }, null, 1),
  choose({ content: 'Or' }, finish, 1),
];

const BROKEN: Readonly<Record<ChatRule, Change>> = {
  'data-json': insertAfter(2, '{"id":'),
  'event-line': (pieces) => pieces,
  'chunk-shape': (pieces) =>
    pieces.map((one) => (typeof one === 'string' ? one : { ...one, object: 'chunk' })),
  'chunk-choices': at(9, ['choices']),
  'chunk-same': at(4, ['id'], 'chatcmpl-2'),
  'message-id': (pieces) => pieces.map((one) => (typeof one === 'string' ? one : { ...one, id: 'x1' })),
  'choice-shape': at(2, ['choices', 0, 'finish_reason']),
  'choice-order': insertAfter(2, ...second('stop').map((one) => put(one, ['choices', 0, 'index'], 3))),
  'role-first': at(0, [...DELTA, 'role']),
  'role-once': at(2, [...DELTA, 'role'], 'assistant'),
  'delta-shape': at(2, [...DELTA, 'content'], 5),
  'finish-known': at(8, ['choices', 0, 'finish_reason'], 'done'),
  'after-finish': insertAfter(8, choose({ content: 'more' }, 'tool_calls')),
  'finish-missing': (pieces) => [...insertAfter(2, ...second(null))(pieces).slice(0, -2), '[DONE]'],
  'finish-tools': (pieces) => [...pieces.slice(0, 3), ...pieces.slice(8)],
  'finish-tools-told': at(8, ['choices', 0, 'finish_reason'], 'stop'),
  'call-index': at(5, [...CALL, 'index']),
  'call-start': at(3, [...CALL, 'type']),
  'call-start-empty': (pieces) => [
    ...at(3, [...CALL, 'function', 'arguments'], '{"a"')(pieces).slice(0, 4),
    ...pieces.slice(5),
  ],
  'call-id': at(6, [...CALL, 'id'], 'call_1'),
  'call-piece': at(4, [...CALL, 'id'], 'call_9'),
  'call-once': at(4, [...CALL, 'id'], 'call_1'),
  'call-one': (pieces) => [
    ...pieces.slice(0, 5),
    ...pieces.slice(6, 7),
    ...pieces.slice(5, 6),
    ...pieces.slice(7),
  ],
  'call-arguments': at(5, [...CALL, 'function', 'arguments'], ':'),
  'usage-shape': at(9, ['usage', 'total_tokens'], 8),
  'usage-place': (pieces) => [...pieces.slice(0, 8), usage, ...pieces.slice(8, 9), ...pieces.slice(10)],
  'error-shape': (pieces) => [...pieces.slice(0, 5), { error: { code: 5 } }],
  'error-last': (pieces) => [...pieces.slice(0, 5), { error: { message: 'Busy' } }, '[DONE]'],
  'after-end': insertAfter(10, '[DONE]'),
  ending: (pieces) => pieces.slice(0, -1),
};

const nameless = (): undefined => undefined;
const judge = (pieces: Pieces, strict = true): string[] =>
  rulesBroken(createChatGrammar({ strict }), framesOf(pieces, nameless));

runGrammarContract({
  create: createChatGrammar,
  rules: CHAT_RULES,
  good: GOOD,
  broken: BROKEN,
  nameOf: nameless,
  wrongNameOf: () => 'chunk',
  // Text is told by no sum, and the usage and its place only where they come.
  shows: (one) => typeof one === 'string' || ![GOOD[1], GOOD[2], usage].includes(one),
});

describe('a stream of chat-completion chunks', () => {
  it('says its choices', () => {
    const grammar = createChatGrammar({ strict: true });
    rulesBroken(grammar, framesOf(GOOD, nameless));
    expect(grammar).toMatchObject({ ending: 'finished', model: 'm', usage: { total_tokens: 7 } });
    const called = (id: string, text: string) => ({
      id,
      type: 'function',
      function: { name: 'look', arguments: text },
    });
    expect(grammar.choices).toEqual([
      {
        content: 'Hello',
        reasoning: 'Hm',
        toolCalls: [called('call_1', '{"a":1}'), called('call_2', '{}')],
        finish: 'tool_calls',
      },
    ]);
  });

  it('may call a custom tool, whose input is no JSON', () => {
    const told = (call: JsonObject): JsonObject => choose({ tool_calls: [{ index: 2, ...call }] });
    const begun = told({ id: 'call_3', type: 'custom', custom: { name: 'patch', input: '' } });
    const more = told({ custom: { input: '*** Begin' } });
    const pieces = insertAfter(7, begun, more)(GOOD);
    expect(judge(pieces)).toEqual([]);
    const mixed = insertAfter(7, begun, told({ function: { arguments: '{}' } }))(GOOD);
    expect(judge(mixed)).toEqual(['call-piece']);
    const unnamed = insertAfter(7, put(begun, [...CALL, 'custom', 'name'], ''), more)(GOOD);
    expect(judge(unnamed)).toEqual(['call-start']);
  });

  it('may tell its choices in any order where no more than the format is asked', () => {
    expect(judge([...second('stop'), ...GOOD], true)).toEqual(['choice-order']);
    expect(judge([...second('stop'), ...GOOD], false)).toEqual([]);
  });

  it('may end with an error anywhere, and only a cut reply inside the arguments of a call', () => {
    for (const place of GOOD.slice(0, -1).keys())
      expect(judge([...GOOD.slice(0, place), { error: { message: 'Busy' } }])).toEqual([]);
    expect(judge(at(8, ['choices', 0, 'finish_reason'], 'length')(BROKEN['call-arguments'](GOOD)))).toEqual(
      [],
    );
    expect(judge(without((one) => one === usage)(GOOD))).toEqual([]);
  });
});
