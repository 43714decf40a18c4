// The rules of a Messages stream, as data: what each stands on, and what to do about it. `grammar.ts` holds a stream to them.

import type { StreamRule } from '../../core/wire/index.ts';

const PAGE = 'Anthropic, "Streaming messages"';
const FLOW = `${PAGE}, "Event types": message_start, blocks, message_delta, message_stop`;
const BLOCKS = `${PAGE}, "Event types": content_block_start, deltas, content_block_stop, for one index at a time`;
const REFERENCE = 'Anthropic, Messages API reference';
const OURS = 'A promise of this gateway';

export const MESSAGE_RULES = {
  'data-json': {
    clause: `${PAGE}, "Event types": each event has JSON data`,
    fix: 'Write one JSON object as the data of each event; there is no [DONE] in this format.',
  },
  'event-line': {
    clause: `${PAGE}, "Event types": each event has a name and the same "type" in its data`,
    fix: 'Begin each frame with "event: <type>", where <type> is the data\'s own; the official clients skip others.',
  },
  'event-known': {
    clause: `${OURS}: no event that a client may not know`,
    fix: 'Leave the event out.',
    strict: true,
  },
  'start-first': { clause: FLOW, fix: 'Begin the stream with message_start.' },
  'start-once': { clause: FLOW, fix: 'Send message_start once.' },
  'start-shape': {
    clause: `${FLOW}; message_start holds a Message with empty content`,
    fix: 'Give message_start a "message" with id, type "message", role "assistant", model, content [], stop_reason null and stop_sequence null.',
  },
  'start-usage': {
    clause: `${REFERENCE}, "usage": the official clients add these counts without asking`,
    fix: 'Give message_start.message a "usage" with input_tokens and output_tokens.',
  },
  'message-id': {
    clause: `${OURS}: ids of messages begin with msg_`,
    fix: 'Begin message.id with msg_.',
    strict: true,
  },
  'cache-usage': {
    clause: `${OURS}: every count of the usage is a number`,
    fix: 'Give the usage all of input_tokens, output_tokens, cache_creation_input_tokens and cache_read_input_tokens.',
    strict: true,
  },
  'opening-ping': {
    clause: `${OURS}: a ping follows message_start, as the official service has it`,
    fix: 'Send a ping right after message_start, and none before it.',
    strict: true,
  },
  'block-still-open': { clause: BLOCKS, fix: 'Send content_block_stop before what follows the block.' },
  'block-index': {
    clause: BLOCKS,
    fix: 'Number blocks from 0 without a gap, and name the open block in each event.',
  },
  'block-shape': {
    clause: `${BLOCKS}; clients take content from deltas alone`,
    fix: 'Start a block with its type and without content: text "", thinking "", input {}; tool calls with id and name.',
  },
  'block-known': {
    clause: `${OURS}: text, thinking, redacted_thinking and tool_use blocks only`,
    fix: 'Leave the block out.',
    strict: true,
  },
  'block-late': { clause: FLOW, fix: 'Send all blocks before message_delta.' },
  'thinking-signature': {
    clause: `${OURS}: a thinking block starts with an empty signature`,
    fix: 'Start the thinking block with "signature": "".',
    strict: true,
  },
  'tool-id': {
    clause: `${REFERENCE}, "tool_use": ids match ^[a-zA-Z0-9_-]+$ and are used once; the next request is refused otherwise`,
    fix: 'Make an id of letters, digits, _ and - for each call, and use it once.',
  },
  'delta-outside-block': { clause: BLOCKS, fix: 'Send content_block_start before the deltas of a block.' },
  'delta-type': {
    clause: `${PAGE}, "Content block delta types"`,
    fix: 'Send text_delta to text, thinking_delta and signature_delta to thinking, input_json_delta to tool_use blocks.',
  },
  'signature-last': {
    clause: `${PAGE}, "Thinking delta": signature_delta comes just before content_block_stop`,
    fix: 'Send the signature as the last delta of its block, once.',
  },
  'stop-outside-block': { clause: BLOCKS, fix: 'Send content_block_stop once for each content_block_start.' },
  'tool-arguments': {
    clause: `${PAGE}, "Input JSON delta": the pieces add up to the JSON of the tool's input`,
    fix: 'Send the whole JSON object of the input; only a reply that was cut may end inside it.',
  },
  'tool-arguments-empty': {
    clause: `${OURS}: a call without arguments has the input {}`,
    fix: 'Send {} as the input of a call without arguments.',
    strict: true,
  },
  'delta-once': {
    clause: `${OURS}: one message_delta`,
    fix: 'Send message_delta once, after the last block.',
    strict: true,
  },
  'stop-reason': {
    clause: `${REFERENCE}, "stop_reason": not null at the end of a stream`,
    fix: 'Give message_delta.delta a stop_reason.',
  },
  'stop-reason-known': {
    clause: `${OURS}: only stop reasons that all clients know`,
    fix: 'Use end_turn, max_tokens, stop_sequence, tool_use or refusal.',
    strict: true,
  },
  'stop-sequence': {
    clause: `${REFERENCE}, "stop_sequence": not null where stop_reason is stop_sequence, and only there`,
    fix: 'Name the stop sequence with the stop_reason stop_sequence, and give null with any other.',
  },
  'stop-reason-tools': {
    clause: `${REFERENCE}, "stop_reason": tool_use where tools are called; clients run tools on this word`,
    fix: 'End a message that calls tools with tool_use, and no other.',
  },
  'delta-usage': {
    clause: `${PAGE}, "Event types": message_delta has the cumulative usage`,
    fix: 'Give message_delta a "usage" with output_tokens.',
  },
  'stop-before-delta': { clause: FLOW, fix: 'Send message_delta before message_stop.' },
  'empty-text': {
    clause: `${REFERENCE}: empty text blocks are refused when they come back in the next request`,
    fix: 'Leave out a text block that has no text.',
    strict: true,
  },
  'after-end': { clause: FLOW, fix: 'Send nothing after message_stop or error.' },
  'error-shape': {
    clause: `${PAGE}, "Error events"`,
    fix: 'Give error events {"type":"error","error":{"type","message"}}.',
  },
  ending: {
    clause: `${FLOW}; the official clients raise on a stream without message_stop`,
    fix: 'End the stream with message_stop, or with an error event.',
  },
} as const satisfies Readonly<Record<string, StreamRule>>;

export type MessageRule = keyof typeof MESSAGE_RULES;
