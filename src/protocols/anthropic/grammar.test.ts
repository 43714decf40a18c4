// The grammar of Messages streams: a good stream, and one for each rule that breaks it and no other.

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
  type Pieces,
} from '../../../test/fakes/broken-streams.ts';
import { runGrammarContract } from '../../../test/contract/stream-grammar.ts';
import type { JsonObject } from '../../core/neutral/index.ts';
import { createMessageGrammar } from './grammar.ts';
import { MESSAGE_RULES, type MessageRule } from './grammar-rules.ts';

const USAGE = {
  input_tokens: 5,
  output_tokens: 1,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
};
const delta = (index: number, fields: JsonObject): JsonObject => ({
  type: 'content_block_delta',
  index,
  delta: fields,
});
const block = (
  index: number,
  fields: JsonObject,
  ...deltas: readonly JsonObject[]
): readonly JsonObject[] => [
  { type: 'content_block_start', index, content_block: fields },
  ...deltas.map((fields_) => delta(index, fields_)),
  { type: 'content_block_stop', index },
];
const call = (index: number, id: string, ...pieces: readonly string[]): readonly JsonObject[] =>
  block(
    index,
    { type: 'tool_use', id, name: 'look', input: {} },
    ...pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
  );

const GOOD: Pieces = [
  {
    type: 'message_start',
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: USAGE,
    },
  },
  { type: 'ping' },
  ...block(
    0,
    { type: 'thinking', thinking: '', signature: '' },
    { type: 'thinking_delta', thinking: 'Hm' },
    { type: 'signature_delta', signature: 's' },
  ),
  ...block(
    1,
    { type: 'text', text: '' },
    { type: 'text_delta', text: 'Hel' },
    { type: 'text_delta', text: 'lo' },
  ),
  ...call(2, 'call_1', '{"a"', ':1}'),
  ...call(3, 'call_2', '{}'),
  { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: USAGE },
  { type: 'message_stop' },
];

const is =
  (type: string) =>
  (piece: JsonObject): boolean =>
    piece['type'] === type;
const change = (
  type: string,
  path: readonly (string | number)[],
  next?: JsonObject[string],
  nth = 0,
): Change => edit(is(type), (piece) => put(piece, path, next), nth);
const insertAfter = (type: string, pieces: Pieces, nth = 0): Change =>
  edit(is(type), (piece) => [piece, ...pieces], nth);

/** As a writer would who put a block in front. */
function renumber(pieces: Pieces): Pieces {
  let index = -1;
  return pieces.map((piece) => {
    if (typeof piece === 'string' || !('index' in piece)) return piece;
    if (piece['type'] === 'content_block_start') index += 1;
    return { ...piece, index };
  });
}

/** Each breaks the rule it stands under, and no other. */
const BROKEN: Readonly<Record<MessageRule, Change>> = {
  'data-json': insertAfter('ping', ['{"type":']),
  'event-line': (pieces) => pieces,
  'event-known': insertAfter('ping', [{ type: 'novelty' }]),
  'start-first': (pieces) => pieces.slice(2),
  'start-once': (pieces) => [...pieces.slice(0, 2), ...pieces.slice(0, 1), ...pieces.slice(2)],
  'start-shape': change('message_start', ['message', 'role'], 'user'),
  'start-usage': change('message_start', ['message', 'usage', 'input_tokens']),
  'message-id': change('message_start', ['message', 'id'], 'x1'),
  'cache-usage': change('message_start', ['message', 'usage', 'cache_read_input_tokens']),
  'opening-ping': without(is('ping')),
  'block-still-open': without(is('content_block_stop')),
  'block-index': change('content_block_delta', ['index'], 7),
  'block-shape': change('content_block_start', ['content_block', 'text'], 'Hel', 1),
  'block-known': (pieces) => renumber(insertAfter('ping', block(0, { type: 'novelty' }))(pieces)),
  'block-late': (pieces) => [...pieces.slice(0, -1), ...call(4, 'call_3', '{}'), ...pieces.slice(-1)],
  'thinking-signature': change('content_block_start', ['content_block', 'signature']),
  'tool-id': change('content_block_start', ['content_block', 'id'], 'call_1', 3),
  'delta-outside-block': without(is('content_block_start'), 1),
  'delta-type': change('content_block_delta', ['delta', 'type'], 'text_delta'),
  'signature-last': insertAfter(
    'content_block_delta',
    [delta(0, { type: 'signature_delta', signature: 's' })],
    1,
  ),
  'stop-outside-block': twice(is('content_block_stop')),
  'tool-arguments': change('content_block_delta', ['delta', 'partial_json'], ':', 5),
  'tool-arguments-empty': change('content_block_delta', ['delta', 'partial_json'], '', 6),
  'delta-once': twice(is('message_delta')),
  'stop-reason': change('message_delta', ['delta', 'stop_reason'], null),
  'stop-reason-known': change('message_delta', ['delta', 'stop_reason'], 'pause_turn'),
  'stop-sequence': change('message_delta', ['delta', 'stop_sequence'], 'END'),
  'stop-reason-tools': change('message_delta', ['delta', 'stop_reason'], 'end_turn'),
  'delta-usage': change('message_delta', ['usage']),
  'stop-before-delta': without(is('message_delta')),
  'empty-text': (pieces) =>
    change(
      'content_block_delta',
      ['delta', 'text'],
      '',
      3,
    )(change('content_block_delta', ['delta', 'text'], '', 2)(pieces)),
  'after-end': (pieces) => [...pieces, { type: 'ping' }],
  'error-shape': (pieces) => [...pieces.slice(0, 5), { type: 'error', error: 'Overloaded' }],
  ending: without(is('message_stop')),
};

const judge = (pieces: Pieces): string[] =>
  rulesBroken(createMessageGrammar({ strict: true }), framesOf(pieces, typeOf));

runGrammarContract({
  create: createMessageGrammar,
  rules: MESSAGE_RULES,
  good: GOOD,
  broken: BROKEN,
  nameOf: typeOf,
  wrongNameOf: () => undefined,
  // A piece of text, or of JSON that is JSON without it, may be missing: the format has no sum of it.
  shows: (piece) => typeof piece !== 'string' && !is('content_block_delta')(piece) && !is('ping')(piece),
});

describe('a Messages stream', () => {
  it('adds up to its message', () => {
    const grammar = createMessageGrammar({ strict: true });
    rulesBroken(grammar, framesOf(GOOD, typeOf));
    expect(grammar).toMatchObject({ ending: 'finished', error: undefined });
    expect(grammar.message).toMatchObject({
      id: 'msg_1',
      stop_reason: 'tool_use',
      content: [
        { type: 'thinking', thinking: 'Hm', signature: 's' },
        { type: 'text', text: 'Hello' },
        { type: 'tool_use', id: 'call_1', input: { a: 1 } },
        { type: 'tool_use', id: 'call_2', input: {} },
      ],
    });
  });

  it('may end with an error anywhere, and only a cut reply inside the input of a tool', () => {
    for (const at of GOOD.slice(0, -1).keys()) {
      const error = { type: 'error', error: { type: 'overloaded_error', message: 'Busy' } };
      const grammar = createMessageGrammar({ strict: true });
      expect(rulesBroken(grammar, framesOf([...GOOD.slice(0, at), error], typeOf))).toEqual([]);
      expect(grammar).toMatchObject({
        ending: 'failed',
        error: { type: 'overloaded_error', message: 'Busy' },
      });
    }
    const cut = change(
      'message_delta',
      ['delta', 'stop_reason'],
      'max_tokens',
    )(BROKEN['tool-arguments'](GOOD));
    expect(judge(cut)).toEqual([]);
  });
});
