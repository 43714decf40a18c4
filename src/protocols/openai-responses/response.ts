// A response object to a reply: whole answers, and the end of streams, which carry one too.

import {
  ReplyFold,
  type Event,
  type JsonObject,
  type JsonValue,
  type Reply,
} from '../../core/neutral/index.ts';
import { isJsonObject, objectsOf, textOf } from '../../core/wire/index.ts';
import { decodeErrorBody, type ResponsesError } from './errors.ts';
import { decodeFinish } from './finish.ts';
import { Output } from './output.ts';
import { decodeUsage } from './usage.ts';

/** What the end of a response says of it. `empty`: it is complete and holds nothing at all, which no model says. */
export type Conclusion =
  | { readonly type: 'finished' }
  | { readonly type: 'empty' }
  /** `error` is undefined where the response says that it failed and not why. */
  | { readonly type: 'failed'; readonly error: ResponsesError | undefined };

export type ResponseOutcome =
  | { readonly type: 'reply'; readonly reply: Reply }
  | Exclude<Conclusion, { type: 'finished' }>;

/** Whether the value is a response object at all. */
export function isResponse(value: JsonValue | undefined): value is JsonObject {
  return isJsonObject(value) && (value['object'] === 'response' || Array.isArray(value['output']));
}

/** Who answers. Undefined where the object does not say. */
export function decodeReplyStart(response: JsonObject): Extract<Event, { type: 'reply-start' }> {
  return { type: 'reply-start', servedModel: textOf(response['model']), upstreamId: textOf(response['id']) };
}

const UNFINISHED: ReadonlySet<string | undefined> = new Set(['failed', 'cancelled', 'queued', 'in_progress']);

/** Ends the output with what the response object says, and tells why it ended and what it cost. */
export function conclude(response: JsonObject, output: Output, emit: (event: Event) => void): Conclusion {
  const error = decodeErrorBody({ error: response['error'] ?? null });
  const status = textOf(response['status']);
  if (error !== undefined || UNFINISHED.has(status)) return { type: 'failed', error };
  // Where a stream told no items, the response at its end may still hold them.
  if (!output.hasItems) {
    for (const [index, item] of objectsOf(response['output']).entries()) output.endItem(index, item);
  }
  output.end();
  const { reason, raw } = decodeFinish(response, output);
  if (!output.hasItems && reason === 'stop') return { type: 'empty' };
  emit({ type: 'finish', choice: 0, reason, raw, stopSequence: undefined });
  const usage = decodeUsage(response['usage']);
  if (usage !== undefined) emit({ type: 'usage', usage });
  return { type: 'finished' };
}

/** @throws GatewayError `upstream_protocol` for output that no reply can be made of. */
export function decodeResponse(response: JsonObject, newId: () => string): ResponseOutcome {
  const fold = new ReplyFold();
  const emit = (event: Event): void => fold.push(event);
  emit(decodeReplyStart(response));
  const conclusion = conclude(response, new Output(newId, emit), emit);
  return conclusion.type === 'finished' ? { type: 'reply', reply: fold.reply() } : conclusion;
}
