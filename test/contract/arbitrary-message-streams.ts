// Random replies of a model in Anthropic's format, as the events of a stream and as a whole message: blocks of every type
// with odd ids, empty pieces and content in their starts, pings anywhere, every reason to stop, and damage.

import * as fc from 'fast-check';

import type { JsonObject, JsonValue } from '../../src/core/neutral/index.ts';

/** One event of a stream. */
export type Frame = JsonObject;

type Block = {
  readonly start: JsonObject;
  readonly deltas: readonly JsonObject[];
  readonly whole: JsonObject;
};

export type Script = { readonly frames: readonly Frame[]; readonly whole: JsonObject };

const piece = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('', ' ', '"}}', '\u2028\n'),
);

const textBlock: fc.Arbitrary<Block> = fc
  .tuple(fc.array(piece, { maxLength: 4 }), fc.constantFrom('', '', 'begun '))
  .map(([pieces, begun]) => ({
    start: { type: 'text', text: begun },
    deltas: pieces.map((text) => ({ type: 'text_delta', text })),
    whole: { type: 'text', text: begun + pieces.join('') },
  }));

const thinkingBlock: fc.Arbitrary<Block> = fc
  .record({
    pieces: fc.array(piece, { maxLength: 3 }),
    begun: fc.constantFrom('', '', 'c2ln'),
    signatures: fc.array(fc.constantFrom('AAAA', 'c2ln'), { maxLength: 2 }),
  })
  .map(({ pieces, begun, signatures }) => ({
    start: { type: 'thinking', thinking: '', signature: begun },
    deltas: [
      ...pieces.map((thinking) => ({ type: 'thinking_delta', thinking })),
      ...signatures.map((signature) => ({ type: 'signature_delta', signature })),
    ],
    whole: { type: 'thinking', thinking: pieces.join(''), signature: begun + signatures.join('') },
  }));

const redactedBlock: fc.Arbitrary<Block> = fc.constantFrom('', 'cmVk').map((data) => ({
  start: { type: 'redacted_thinking', data },
  deltas: [],
  whole: { type: 'redacted_thinking', data },
}));

const input = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,4}$/),
  fc.constantFrom<JsonValue>(1, 'é"}}', null, []),
  {
    maxKeys: 3,
  },
);

const toolBlock: fc.Arbitrary<Block> = fc
  .record({
    id: fc.constantFrom('toolu_1', 'toolu_2', 'a:b', ''),
    name: fc.constantFrom('look', 'find'),
    input,
    cuts: fc.array(fc.nat(20), { maxLength: 3 }),
    blank: fc.constantFrom('', ' '),
    inStart: fc.boolean(),
  })
  .map(({ id, name, input: value, cuts, blank, inStart }) => {
    const json = JSON.stringify(value);
    const places = [0, ...cuts.map((place) => place % (json.length + 1)).sort((a, b) => a - b), json.length];
    const pieces = places.slice(1).map((end, index) => json.slice(places[index], end));
    // A call without arguments has no text at all.
    const told = json === '{}' ? [] : [blank, ...pieces];
    return {
      start: { type: 'tool_use', id, name, input: inStart ? value : {} },
      deltas: inStart ? [] : told.map((partial) => ({ type: 'input_json_delta', partial_json: partial })),
      whole: { type: 'tool_use', id, name, input: value },
    };
  });

/** A block of a tool that nobody asked for, and a block nobody knows yet. */
const foreignBlock: fc.Arbitrary<Block> = fc.constantFrom('server_tool_use', 'new_block').map((type) => ({
  start: { type, id: 'srvtoolu_1', name: 'search', input: {} },
  deltas: [
    { type: 'input_json_delta', partial_json: '{"q":1}' },
    { type: 'new_delta', text: 'x' },
  ],
  whole: { type, id: 'srvtoolu_1', name: 'search', input: { q: 1 } },
}));

const STOPS: readonly JsonObject[] = [
  { stop_reason: 'end_turn', stop_sequence: null },
  { stop_reason: 'tool_use', stop_sequence: null },
  { stop_reason: 'max_tokens', stop_sequence: null },
  { stop_reason: 'stop_sequence', stop_sequence: 'END' },
  { stop_reason: 'stop_sequence', stop_sequence: null },
  { stop_reason: 'refusal', stop_sequence: null },
  { stop_reason: 'pause_turn', stop_sequence: null },
  { stop_reason: 'new_reason', stop_sequence: null },
  { stop_reason: null, stop_sequence: null },
];

const count = fc.constantFrom(0, 1, 7, 2000);
const usage: fc.Arbitrary<JsonObject> = fc.record(
  {
    input_tokens: count,
    output_tokens: count,
    cache_creation_input_tokens: count,
    cache_read_input_tokens: count,
    service_tier: fc.constant('standard'),
  },
  { requiredKeys: [] },
);

const METRICS: JsonObject = {
  'amazon-bedrock-invocationMetrics': {
    inputTokenCount: 9,
    outputTokenCount: 5,
    cacheReadInputTokenCount: 3,
  },
};

export const messageScript: fc.Arbitrary<Script> = fc
  .record({
    blocks: fc.array(
      fc.oneof(
        { weight: 3, arbitrary: textBlock },
        { weight: 2, arbitrary: thinkingBlock },
        redactedBlock,
        { weight: 3, arbitrary: toolBlock },
        foreignBlock,
      ),
      { maxLength: 5 },
    ),
    stop: fc.constantFrom(...STOPS),
    first: usage,
    last: fc.option(usage, { nil: undefined }),
    metrics: fc.constantFrom<JsonObject>({}, METRICS),
    pings: fc.array(fc.nat(20), { maxLength: 2 }),
  })
  .map(({ blocks, stop, first, last, metrics, pings }) => {
    const head = { id: 'msg_up', type: 'message', role: 'assistant', model: 'vendor-model' };
    const frames: Frame[] = [
      { type: 'message_start', message: { ...head, content: [], stop_reason: null, usage: first } },
      ...blocks.flatMap(({ start, deltas }, index): Frame[] => [
        { type: 'content_block_start', index, content_block: start },
        ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
        { type: 'content_block_stop', index },
      ]),
      { type: 'message_delta', delta: stop, ...(last === undefined ? {} : { usage: last }) },
      { type: 'message_stop', ...metrics },
    ];
    for (const place of pings) frames.splice(place % (frames.length + 1), 0, { type: 'ping' });
    const content = blocks.map((block) => block.whole);
    return { frames, whole: { ...head, content, ...stop, usage: { ...first, ...last } } };
  });

const INTRUDERS: readonly Frame[] = [
  { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
  { type: 'new_event', data: 1 },
  { errorCode: 'LIMIT_EXCEEDED', message: 'Too many.' },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'stray' } },
  { type: 'content_block_delta', index: 7, delta: { type: 'input_json_delta', partial_json: '{' } },
  { type: 'content_block_stop', index: 3 },
  { type: 'message_stop' },
];

/** A stream with frames lost, doubled or put in, or cut short. */
export const damagedFrames: fc.Arbitrary<readonly Frame[]> = fc
  .tuple(
    messageScript,
    fc.constantFrom('lose', 'double', 'intrude', 'cut'),
    fc.nat(40),
    fc.constantFrom(...INTRUDERS),
  )
  .map(([{ frames }, how, at, intruder]) => {
    const place = at % frames.length;
    const frame = frames[place] ?? intruder;
    if (how === 'cut') return frames.slice(0, place);
    if (how === 'lose') return frames.toSpliced(place, 1);
    return frames.toSpliced(place, 0, how === 'double' ? frame : intruder);
  });
