// Whole answers: a message, with its counts in headers too, as this format has them.
//
// Extension, documented for clients: a message may carry a top-level `salesforce` object, as those of anthropic-messages do.

import { GatewayError } from '../../core/errors/index.ts';
import type { JsonObject } from '../../core/neutral/index.ts';
import { decodeMessage, encodeMessage, type MessageOptions } from '../../protocols/anthropic/index.ts';
import { extensionOfReply } from '../extension.ts';
import type { Answer, OperationResult, ReplyContext } from '../port.ts';

export function messageOptions(context: ReplyContext): MessageOptions {
  const { call, newId } = context;
  return {
    id: `msg_bdrk_${newId()}`,
    model: call.model,
    newId,
    estimateInput: () => context.inputTokensEstimate,
  };
}

function encodeReply({ reply, context }: Extract<OperationResult, { type: 'reply' }>): Answer {
  const message = encodeMessage(reply, messageOptions(context));
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'x-amzn-bedrock-input-token-count': String(message.usage.input_tokens),
      'x-amzn-bedrock-output-token-count': String(message.usage.output_tokens),
    },
    body: JSON.stringify({ ...message, ...extensionOfReply(reply, 'estimated') }),
  };
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

export function encodeResult(result: OperationResult): Answer {
  if (result.type === 'reply') return encodeReply(result);
  throw new GatewayError('internal', 'This format has no answer of this kind.', { detail: result.type });
}
