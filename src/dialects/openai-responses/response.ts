// Whole answers: a response, a compaction, a count of tokens, and what is told of stored responses. A whole response is what its
// stream would have ended with, made by the same encoder.

import { GatewayError } from '../../core/errors/index.ts';
import { eventsOf, type JsonObject } from '../../core/neutral/index.ts';
import {
  decodeResponse,
  encodeCompaction,
  encodeUsage,
  readEcho,
  ResponseStreamEncoder,
} from '../../protocols/openai-responses/index.ts';
import { extensionOfReply } from '../extension.ts';
import type { Answer, OperationResult, ReplyContext } from '../port.ts';

function answer(body: unknown): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function responseId(newId: () => string): string {
  return `resp_${newId()}`;
}

export function encoderParts(context: ReplyContext) {
  return {
    id: responseId(context.newId),
    model: context.call.model,
    createdS: context.createdS,
    echo: readEcho(context.echo),
    newId: context.newId,
    nowS: context.nowS ?? (() => context.createdS),
  };
}

type ReplyResult = Extract<OperationResult, { type: 'reply' }>;

function encodeReply({ reply, context }: ReplyResult): Answer {
  const parts = encoderParts(context);
  const encoder = new ResponseStreamEncoder(parts);
  for (const event of eventsOf(reply)) encoder.push(event);
  const resource = encoder.finish(extensionOfReply(reply, 'unknown'));
  return { ...answer(resource), finished: { id: parts.id, resource, itemIds: encoder.itemIds } };
}

/**
 * A response of the format's own on its way through. It is read and written anew, so that it has our id, our settings and the
 * tools of the client's own kinds, as its stream has.
 *
 * @throws GatewayError where the body is no whole response.
 */
export function encodeNative(body: JsonObject, context: ReplyContext): Answer {
  const outcome = decodeResponse(body, context.newId);
  if (outcome.type === 'reply') return encodeReply({ type: 'reply', reply: outcome.reply, context });
  throw new GatewayError('upstream_protocol', 'Salesforce sent a response that is not whole.');
}

function encodeCompacted({ reply, context }: ReplyResult): Answer {
  const texts = (reply.choices[0]?.parts ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : []));
  const item = {
    id: `cmp_${context.newId()}`,
    type: 'compaction',
    encrypted_content: encodeCompaction(texts.join('\n')),
  };
  return answer({
    id: responseId(context.newId),
    object: 'response.compaction',
    created_at: context.createdS,
    output: [item],
    usage: encodeUsage(reply.usage),
  });
}

type ItemsResult = Extract<OperationResult, { type: 'stored-items' }>;

/** Items that the client gave no id get one of their place, the same each time. */
function identify(item: JsonObject, index: number, responseItself: JsonObject): JsonObject {
  if (typeof item['id'] === 'string') return item;
  const own = typeof responseItself['id'] === 'string' ? responseItself['id'].replace(/^resp_/, '') : '';
  return { id: `item_${own}_${index}`, ...item };
}

function encodeItems({ stored, page }: ItemsResult): Answer {
  const items = stored.input.map((item, index) => identify(item, index, stored.resource));
  if (page.order === 'desc') items.reverse();
  const from = page.after === undefined ? 0 : items.findIndex((item) => item['id'] === page.after) + 1;
  const data = items.slice(from, from + page.limit);
  return answer({
    object: 'list',
    data,
    first_id: data[0]?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
    has_more: from + page.limit < items.length,
  });
}

export function encodeResult(result: OperationResult): Answer {
  switch (result.type) {
    case 'reply':
      return readEcho(result.context.echo).shape === 'compaction'
        ? encodeCompacted(result)
        : encodeReply(result);
    case 'token-count':
      return answer({ object: 'response.input_tokens', input_tokens: result.inputTokens });
    case 'stored-response':
      return answer(result.stored.resource);
    case 'stored-items':
      return encodeItems(result);
    case 'deleted-response':
      return answer({ id: result.id, object: 'response', deleted: true });
    default:
      throw new GatewayError('internal', 'This format has no answer of this kind.', { detail: result.type });
  }
}
