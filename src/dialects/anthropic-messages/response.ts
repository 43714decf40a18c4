// Whole answers: a message, a count of tokens, and the model lists.

import { GatewayError } from '../../core/errors/index.ts';
import type { JsonObject, Model } from '../../core/neutral/index.ts';
import { onePiece } from '../../core/wire/index.ts';
import { decodeMessage, encodeMessage, type MessageOptions } from '../../protocols/anthropic/index.ts';
import { extensionOfReply } from '../extension.ts';
import type { Answer, OperationResult, ReplyContext } from '../port.ts';

const MS_PER_S = 1000;

function answer(body: unknown): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

export function messageOptions(context: ReplyContext): MessageOptions {
  const { call, newId } = context;
  return {
    id: onePiece('msg_', newId()),
    model: call.model,
    newId,
    estimateInput: () => context.inputTokensEstimate,
  };
}

function encodeReply({ reply, context }: Extract<OperationResult, { type: 'reply' }>): Answer {
  return answer({
    ...encodeMessage(reply, messageOptions(context)),
    ...extensionOfReply(reply, 'estimated'),
  });
}

/**
 * A message of the format's own on its way through. It is read and written anew, so that it has the same blocks, stop reason
 * and counts as the stream of the same reply.
 *
 * @throws GatewayError where the body is no message.
 */
export function encodeNative(body: JsonObject, context: ReplyContext): Answer {
  return encodeReply({ type: 'reply', reply: decodeMessage(body), context });
}

function encodeModel(model: Model) {
  return {
    type: 'model',
    id: model.id,
    display_name: model.id,
    created_at: new Date(model.createdS * MS_PER_S).toISOString(),
    ...(model.contextTokens === undefined ? {} : { max_input_tokens: model.contextTokens }),
    ...(model.outputTokensMax === undefined ? {} : { max_tokens: model.outputTokensMax }),
  };
}

/** The whole list in one page, whatever page was asked for, without those that this format has no call for. */
function encodeModels(all: readonly Model[]): Answer {
  const models = all.filter((model) => model.family !== 'embedding');
  return answer({
    data: models.map(encodeModel),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  });
}

export function encodeResult(result: OperationResult): Answer {
  if (result.type === 'reply') return encodeReply(result);
  if (result.type === 'token-count') return answer({ input_tokens: result.inputTokens });
  if (result.type === 'models') return encodeModels(result.models);
  if (result.type === 'model') return answer(encodeModel(result.model));
  throw new GatewayError('internal', 'This format has no answer of this kind.');
}
