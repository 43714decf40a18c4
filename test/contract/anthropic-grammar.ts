// The grammar of a Messages stream, as strictly as any client reads it: the order of events, block numbers, delta types,
// the fields each event must have. Reads the text of a stream to its message, and throws at the first break. Independent of
// the code that writes streams, so that both cannot be wrong alike.

export type Block = Record<string, unknown> & { type: string };
export type ReadMessage = Record<string, unknown> & { content: Block[] };

export type MessageStreamReading = {
  /** The message the stream adds up to; undefined where it never began. */
  readonly message: ReadMessage | undefined;
  /** `open` where neither a proper end nor an error came. */
  readonly ending: 'finished' | 'failed' | 'open';
  readonly error: { readonly type: string; readonly message: string } | undefined;
  /** Names of the events in order. */
  readonly names: readonly string[];
};

type Json = Record<string, unknown>;
type Reader = (state: GrammarState, data: Json) => void;

const USAGE_FIELDS = [
  'input_tokens',
  'output_tokens',
  'cache_creation_input_tokens',
  'cache_read_input_tokens',
];
const STOP_REASONS: ReadonlySet<unknown> = new Set([
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'refusal',
]);
const TOOL_ID = /^[a-zA-Z0-9_-]+$/;

/** Where each type of block may stand open, and what deltas it takes. */
const DELTAS: Readonly<Record<string, readonly string[]>> = {
  text: ['text_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  redacted_thinking: [],
  tool_use: ['input_json_delta'],
};

function demand(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`stream grammar: ${what}`);
}

function expectObject(value: unknown, what: string): Json {
  demand(typeof value === 'object' && value !== null && !Array.isArray(value), `${what} is an object`);
  return value as Json;
}

function expectText(value: unknown, what: string): string {
  demand(typeof value === 'string', `${what} is a string`);
  return value;
}

/** Every count is there and is a number: clients add them up without asking. */
function expectMessageUsage(value: unknown): Json {
  const usage = expectObject(value, 'usage');
  for (const field of USAGE_FIELDS) {
    demand(Number.isSafeInteger(usage[field]) && Number(usage[field]) >= 0, `usage.${field} is a count`);
  }
  return usage;
}

/** Holds a whole message object to its shape. */
export function expectMessage(value: unknown): ReadMessage {
  const message = expectObject(value, 'message');
  demand(/^msg_./.test(expectText(message['id'], 'message.id')), 'message.id begins with msg_');
  demand(
    message['type'] === 'message' && message['role'] === 'assistant',
    'the message is an assistant message',
  );
  demand(expectText(message['model'], 'message.model') !== '', 'message.model is named');
  demand(Array.isArray(message['content']), 'message.content is an array');
  demand('stop_reason' in message && 'stop_sequence' in message, 'the message has its stop fields');
  expectMessageUsage(message['usage']);
  return message as ReadMessage;
}

class GrammarState {
  message: ReadMessage | undefined;
  open: { block: Block; pieces: string[]; hasSignature: boolean } | undefined;
  hasDelta = false;
  ending: 'finished' | 'failed' | 'open' = 'open';
  error: { type: string; message: string } | undefined;

  get begun(): ReadMessage {
    demand(this.message !== undefined, 'message_start comes first');
    return this.message;
  }
}

function readMessageStart(state: GrammarState, data: Json): void {
  demand(state.message === undefined, 'message_start comes once');
  const message = expectMessage(data['message']);
  demand(message.content.length === 0, 'message_start has no content');
  demand(
    message['stop_reason'] === null && message['stop_sequence'] === null,
    'message_start has not stopped',
  );
  state.message = message;
}

function readBlockStart(state: GrammarState, data: Json): void {
  const message = state.begun;
  demand(state.open === undefined, 'a block starts only when none is open');
  demand(!state.hasDelta, 'no block starts after message_delta');
  demand(data['index'] === message.content.length, `block index is ${message.content.length}`);
  const block = { ...expectObject(data['content_block'], 'content_block') } as Block;
  demand(Object.hasOwn(DELTAS, block.type), `block type ${block.type} is known`);
  if (block.type === 'text') demand(block['text'] === '', 'a text block starts empty');
  if (block.type === 'thinking') {
    demand(block['thinking'] === '' && block['signature'] === '', 'a thinking block starts empty');
  }
  if (block.type === 'redacted_thinking') expectText(block['data'], 'redacted_thinking.data');
  if (block.type === 'tool_use') {
    demand(TOOL_ID.test(expectText(block['id'], 'tool_use.id')), 'tool_use.id is a valid id');
    expectText(block['name'], 'tool_use.name');
    demand(JSON.stringify(block['input']) === '{}', 'tool_use starts with input {}');
    const twin = message.content.some((other) => other.type === 'tool_use' && other['id'] === block['id']);
    demand(!twin, 'tool_use.id is used once');
  }
  state.open = { block, pieces: [], hasSignature: false };
}

function readBlockDelta(state: GrammarState, data: Json): void {
  const { open } = state;
  demand(open !== undefined, 'a delta comes inside a block');
  demand(data['index'] === state.begun.content.length, 'a delta names the open block');
  const delta = expectObject(data['delta'], 'delta');
  const type = expectText(delta['type'], 'delta.type');
  demand((DELTAS[open.block.type] ?? []).includes(type), `${type} does not belong into ${open.block.type}`);
  demand(!open.hasSignature, 'nothing follows the signature');
  if (type === 'text_delta') open.pieces.push(expectText(delta['text'], 'delta.text'));
  else if (type === 'thinking_delta') open.pieces.push(expectText(delta['thinking'], 'delta.thinking'));
  else if (type === 'input_json_delta') open.pieces.push(expectText(delta['partial_json'], 'partial_json'));
  else {
    open.block['signature'] = expectText(delta['signature'], 'delta.signature');
    open.hasSignature = true;
  }
}

/** What a client holds at the block's end. Arguments that are no JSON are kept as text: a cut reply may have them. */
function closeBlock(block: Block, text: string): Block {
  if (block.type === 'text') return { ...block, text };
  if (block.type === 'thinking') return { ...block, thinking: text };
  if (block.type !== 'tool_use') return block;
  demand(text.trim() !== '', 'a tool_use block has arguments, {} at least');
  try {
    return { ...block, input: JSON.parse(text) as unknown };
  } catch {
    return { ...block, input: text };
  }
}

function readBlockStop(state: GrammarState, data: Json): void {
  const { open } = state;
  demand(open !== undefined, 'a stop comes inside a block');
  const { content } = state.begun;
  demand(data['index'] === content.length, 'a stop names the open block');
  content.push(closeBlock(open.block, open.pieces.join('')));
  state.open = undefined;
}

function readMessageDelta(state: GrammarState, data: Json): void {
  const message = state.begun;
  demand(state.open === undefined, 'message_delta comes after the last block');
  demand(!state.hasDelta, 'message_delta comes once');
  state.hasDelta = true;
  const delta = expectObject(data['delta'], 'delta');
  demand(STOP_REASONS.has(delta['stop_reason']), 'stop_reason is known');
  const stopped = delta['stop_reason'] === 'stop_sequence';
  demand(stopped === (typeof delta['stop_sequence'] === 'string'), 'stop_sequence belongs to its reason');
  const hasTools = message.content.some((block) => block.type === 'tool_use');
  demand(delta['stop_reason'] !== 'tool_use' || hasTools, 'tool_use is said only of tool calls');
  demand(delta['stop_reason'] !== 'end_turn' || !hasTools, 'tool calls are told by stop_reason');
  const { type: _type, delta: _delta, usage, ...rest } = data;
  Object.assign(message, delta, { usage: expectMessageUsage(usage) }, rest);
}

function readMessageStop(state: GrammarState): void {
  demand(state.begun !== undefined && state.hasDelta, 'message_stop comes after message_delta');
  const empty = state.begun.content.filter((block) => block.type === 'text' && block['text'] === '');
  demand(empty.length === 0 || state.begun.content.length === 1, 'no empty text block beside content');
  state.ending = 'finished';
}

function readError(state: GrammarState, data: Json): void {
  const error = expectObject(data['error'], 'error');
  state.error = {
    type: expectText(error['type'], 'error.type'),
    message: expectText(error['message'], 'error.message'),
  };
  state.ending = 'failed';
}

const READERS: Readonly<Record<string, Reader>> = {
  message_start: readMessageStart,
  ping: (state) => demand(state.begun !== undefined, 'a ping comes inside the message'),
  content_block_start: readBlockStart,
  content_block_delta: readBlockDelta,
  content_block_stop: readBlockStop,
  message_delta: readMessageDelta,
  message_stop: readMessageStop,
  error: readError,
};

/** @throws where the grammar is broken, also where anything follows the ending. */
export function readMessageStream(text: string): MessageStreamReading {
  const state = new GrammarState();
  const names: string[] = [];
  demand(text === '' || text.endsWith('\n\n'), 'the last frame is whole');
  for (const frame of text.split('\n\n').slice(0, -1)) {
    // Not a dot: it stops at U+2028, which ends no line of an event stream and stands unescaped in JSON.
    const [, name, json] = /^event: ([a-z_]+)\ndata: ([^\n]*)$/.exec(frame) ?? [];
    demand(name !== undefined && json !== undefined, 'a frame is one event line and one data line');
    demand(state.ending === 'open', `nothing follows the ending, but ${name} does`);
    const data = expectObject(JSON.parse(json), 'data');
    demand(data['type'] === name, 'the event line and the type agree');
    const read = READERS[name];
    demand(read !== undefined, `event ${name} is known`);
    names.push(name);
    read(state, data);
  }
  if (state.ending !== 'failed' && names.length > 0) {
    demand(names[1] === undefined || names[1] === 'ping', 'a ping follows message_start');
  }
  return { message: state.message, ending: state.ending, error: state.error, names };
}
