// The rules of a stream of response events, as data: what each stands on, and what to do about it. `grammar.ts` and
// `grammar-items.ts` hold a stream to them.

import type { StreamRule } from '../../core/wire/index.ts';

const EVENTS = 'OpenAI, "Streaming events" of Responses';
const OPEN = 'Open Responses specification, "Streaming"';
const OBJECT = 'Open Responses specification, the response object';
const ITEMS = `${OPEN}: an item is added, grows in parts, and is done, in that order`;
const OURS = 'A promise of this gateway';

export const RESPONSE_RULES = {
  'data-json': {
    clause: `${OPEN}: each event's data is JSON with its type`,
    fix: 'Write one JSON object with a "type" as the data of each event, and [DONE] after the last.',
  },
  'event-line': {
    clause: `${OPEN}: the event line matches the type in the body`,
    fix: 'Begin each frame with "event: <type>", where <type> is the data\'s own.',
  },
  'event-known': {
    clause: `${OURS}: no event that a client may not know`,
    fix: 'Leave the event out.',
    strict: true,
  },
  sequence: {
    clause: `${EVENTS}, "sequence_number": the place of the event`,
    fix: 'Number all events from 0, without a gap.',
  },
  'created-first': {
    clause: `${EVENTS}, "response.created"; the official SDK raises on any other first event`,
    fix: 'Begin with response.created, and send it once.',
  },
  'in-progress-second': {
    clause: `${OURS}: response.in_progress follows response.created, as the official service has it`,
    fix: 'Send response.in_progress right after response.created; later again only to keep the stream alive.',
    strict: true,
  },
  'response-shape': {
    clause: `${OBJECT}: id, object, created_at, status, model, output`,
    fix: 'Give the response id, object "response", created_at in seconds, status, model and output.',
  },
  'response-fields': {
    clause: `${OBJECT}: every field is there, null where it has no value`,
    fix: 'Give the response all fields of its object.',
    strict: true,
  },
  'response-id': {
    clause: `${EVENTS}: each tells the same response`,
    fix: 'Give the last response the id of the first.',
  },
  'response-id-form': {
    clause: `${OURS}: ids of responses begin with resp_`,
    fix: 'Begin the id with resp_.',
    strict: true,
  },
  'under-way-state': {
    clause: `${EVENTS}, "response.created", "response.in_progress": a response under way`,
    fix: 'Tell it with status in_progress (or queued), the items that are done as its output, and usage null.',
  },
  'item-index': {
    clause: `${EVENTS}, "output_index": the place of the item in the output`,
    fix: 'Number items from 0 in the order of response.output_item.added, and name them so in each event.',
  },
  'item-shape': {
    clause: `${EVENTS}, "response.output_item.added": an item with type and id`,
    fix: 'Give each item its type and a non-empty id.',
  },
  'item-id-form': {
    clause: `${OURS}: ids of items tell their type`,
    fix: 'Begin ids with msg_, rs_, fc_, ctc_ or tsc_.',
    strict: true,
  },
  'item-one': {
    clause: `${OURS}: one item at a time, which every client can follow`,
    fix: 'Send response.output_item.done before the next item.',
    strict: true,
  },
  'item-outside': { clause: ITEMS, fix: 'Send response.output_item.added before what is inside the item.' },
  'item-id': {
    clause: `${EVENTS}, "item_id": the id of the item that grows`,
    fix: 'Name the open item by the id it was added with, also when it is done.',
  },
  'item-type': {
    clause: `${EVENTS}: parts and deltas belong to types of items`,
    fix: 'Send text to messages, summaries to reasoning, arguments to function calls, input to custom calls; keep the type.',
  },
  'part-index': {
    clause: `${EVENTS}, "content_index" and "summary_index": the place of the part in its item`,
    fix: 'Number parts from 0 and name the open one in each event.',
  },
  'part-outside': {
    clause: `${ITEMS}; the official SDK raises on a delta without its part`,
    fix: 'Send the part\'s "added" event before its deltas, and none after it is done.',
  },
  'part-still-open': {
    clause: ITEMS,
    fix: 'Send the part\'s text "done" and its own "done" before what follows it.',
  },
  'text-same': {
    clause: `${EVENTS}: what is done repeats all that the deltas said`,
    fix: 'Repeat in each "done" event exactly what the deltas said.',
  },
  'item-still-open': {
    clause: ITEMS,
    fix: 'Send response.output_item.done for each item before the last event.',
  },
  'status-same': {
    clause: `${EVENTS}: response.completed, incomplete and failed tell a response of that status`,
    fix: 'Give the last response the status that its event is named after.',
  },
  'output-same': {
    clause: `${EVENTS}, "response.completed": the output is the items that are done; clients read one or the other`,
    fix: "Repeat in the last response's output exactly the items of response.output_item.done.",
  },
  'output-sealed-same': {
    clause: `${OURS}: encrypted reasoning is told alike each time; the official service encrypts it anew`,
    fix: 'Repeat the encrypted_content of response.output_item.done.',
    strict: true,
  },
  'usage-shape': {
    clause: `${OBJECT}, "usage": input_tokens, output_tokens, total_tokens`,
    fix: 'Give the last response a usage of whole numbers.',
  },
  'error-shape': {
    clause: `${EVENTS}, "error" and response.failed: each has a message`,
    fix: 'Give the error event a message, and the failed response an error with code and message.',
  },
  'error-both': {
    clause: `${OURS}: an error is told as an event and in the failed response, in the same words`,
    fix: 'Send an error event, then response.failed with the same message.',
    strict: true,
  },
  'done-last': {
    clause: `${OPEN}: the last frame is the literal [DONE]; the official service leaves it out`,
    fix: 'Close the stream with "data: [DONE]" after the last event, and not before.',
    strict: true,
  },
  'after-end': { clause: EVENTS, fix: 'Send nothing but [DONE] after the last event.' },
  ending: {
    clause: `${EVENTS}; Codex reconnects five times on a stream without response.completed`,
    fix: 'End with response.completed, response.incomplete or response.failed.',
  },
} as const satisfies Readonly<Record<string, StreamRule>>;

export type ResponseRule = keyof typeof RESPONSE_RULES;
