// The rules of a stream of chat-completion chunks, as data: what each stands on, and what to do about it. `grammar.ts` holds a
// stream to them.

import type { StreamRule } from '../../core/wire/index.ts';

const CHUNK = 'OpenAI, "The chat completion chunk object"';
const CHOICE = `${CHUNK}, "choices"`;
const CALLS = `${CHUNK}, "choices[].delta.tool_calls"`;
const CREATE = 'OpenAI, "Create chat completion"';
const OURS = 'A promise of this gateway';

export const CHAT_RULES = {
  'data-json': {
    clause: `${CREATE}, "stream": each event's data is a chunk, and the last is [DONE]`,
    fix: 'Write one JSON object as the data of each event, and [DONE] after the last.',
  },
  'event-line': {
    clause: `${OURS}: chunks have no event line, as the official service has it`,
    fix: 'Leave the event line out.',
    strict: true,
  },
  'chunk-shape': {
    clause: `${CHUNK}: id, object, created, model, choices`,
    fix: 'Give each chunk id, object "chat.completion.chunk", created in seconds and model.',
  },
  'chunk-choices': {
    clause: `${CHUNK}, "choices": also on the chunk of the usage, where it is empty; the official SDK fails without`,
    fix: 'Give every chunk a "choices" array.',
  },
  'chunk-same': {
    clause: `${CHUNK}, "id" and "created": the same in each chunk`,
    fix: 'Repeat the id, created and model of the first chunk in all others.',
  },
  'message-id': {
    clause: `${OURS}: ids of completions begin with chatcmpl-`,
    fix: 'Begin the id with chatcmpl-.',
    strict: true,
  },
  'choice-shape': {
    clause: `${CHOICE}: index, delta, finish_reason`,
    fix: 'Give each choice an index from 0, a delta object and a finish_reason, null until the last.',
  },
  'choice-order': {
    clause: `${OURS}: choices begin in order`,
    fix: 'Begin choice 0 before choice 1, and leave no number out.',
    strict: true,
  },
  'role-first': {
    clause: `${CHOICE}, "delta.role"; the official SDK and LangChain lose the message without`,
    fix: 'Give the first delta of each choice "role": "assistant".',
  },
  'role-once': {
    clause: `${OURS}: the role is told once, as the official service has it`,
    fix: 'Leave the role out of all deltas but the first.',
    strict: true,
  },
  'delta-shape': {
    clause: `${CHOICE}, "delta"`,
    fix: 'Give the content, refusal and reasoning of a delta as strings or null, its tool_calls as an array.',
  },
  'finish-known': {
    clause: `${CHOICE}, "finish_reason"`,
    fix: 'Use stop, length, tool_calls, content_filter or function_call.',
  },
  'after-finish': {
    clause: `${CHOICE}, "finish_reason": null until the choice is complete`,
    fix: 'Send nothing of a choice after its finish_reason.',
  },
  'finish-missing': {
    clause: `${CHOICE}, "finish_reason"; the official SDK raises on a stream without`,
    fix: 'End each choice with a chunk that has its finish_reason, before [DONE].',
  },
  'finish-tools': {
    clause: `${CHOICE}, "finish_reason": tool_calls if the model called a tool`,
    fix: 'Use tool_calls only where tools are called.',
  },
  'finish-tools-told': {
    clause: `${OURS}: a choice that calls tools does not end with stop; clients run tools on this word`,
    fix: 'End a choice that calls tools with tool_calls.',
    strict: true,
  },
  'call-index': {
    clause: `${CALLS}, "index": the official SDK loses calls without`,
    fix: 'Number the calls of a choice from 0 in each piece, without a gap.',
  },
  'call-start': {
    clause: `${CALLS}, "id", "type", "function.name": the official SDK fails without`,
    fix: 'Give the first piece of a call its id, type "function" and function.name, or "custom" and custom.name.',
  },
  'call-start-empty': {
    clause: `${OURS}: the first piece of a call has empty arguments`,
    fix: 'Send the arguments in pieces after the first.',
    strict: true,
  },
  'call-id': {
    clause: `${CALLS}, "id": what a tool's result is matched by`,
    fix: 'Make an id for each call and use it once.',
  },
  'call-piece': {
    clause: `${CALLS}: pieces of a call are joined by their index`,
    fix: 'Give later pieces function.arguments (custom.input) as a string, and no other id or name.',
  },
  'call-once': {
    clause: `${OURS}: id, type and name of a call are told once, since some clients join what is told again`,
    fix: 'Give later pieces of a call nothing but index and function.arguments.',
    strict: true,
  },
  'call-one': {
    clause: `${OURS}: one call at a time, which every client can follow`,
    fix: 'Send all pieces of a call before the next one begins.',
    strict: true,
  },
  'call-arguments': {
    clause: `${CALLS}, "function.arguments": JSON; the pieces add up to it`,
    fix: 'Send the whole JSON object of the arguments, {} at least; only a reply that was cut may end inside it.',
  },
  'usage-shape': {
    clause: `${CHUNK}, "usage": prompt_tokens, completion_tokens, total_tokens`,
    fix: 'Give the usage whole numbers of which total_tokens is the sum; null on other chunks.',
  },
  'usage-place': {
    clause: `${CREATE}, "stream_options.include_usage": one more chunk with the usage before [DONE], its choices empty`,
    fix: 'Send the usage once, after every finish_reason, in a chunk whose choices are empty.',
  },
  'error-shape': {
    clause: 'OpenAI, "Error codes": {"error": {"message", "type", "param", "code"}}',
    fix: 'Give an error a message.',
  },
  'error-last': {
    clause: `${OURS}: no [DONE] after an error, which a client could take for a proper end`,
    fix: 'End the stream with the error.',
    strict: true,
  },
  'after-end': {
    clause: `${CREATE}, "stream": [DONE] is the last`,
    fix: 'Send nothing after [DONE] or an error.',
  },
  ending: {
    clause: `${CREATE}, "stream": terminated by [DONE]`,
    fix: 'End the stream with "data: [DONE]", or with a chunk that has an "error".',
  },
} as const satisfies Readonly<Record<string, StreamRule>>;

export type ChatRule = keyof typeof CHAT_RULES;
