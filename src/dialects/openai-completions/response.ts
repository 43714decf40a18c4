// Whole answers: a reply as `text_completion`. Only text has a place in the format; reasoning, which no request of it can
// ask for, is left out.

import { GatewayError } from '../../core/errors/index.ts';
import { EMPTY_CHOICE, type Choice } from '../../core/neutral/index.ts';
import { encodeFinishReason, encodeUsage } from '../../protocols/openai-chat/index.ts';
import { encodeExtension, safetiesOf } from '../extension.ts';
import type { Answer, OperationResult } from '../port.ts';

export const OBJECT = 'text_completion';

export function completionId(newId: () => string): string {
  return `cmpl-${newId()}`;
}

function encodeChoice(choice: Choice, index: number) {
  const text = choice.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  return { text, index, logprobs: null, finish_reason: encodeFinishReason(choice.finish, false) };
}

export function encodeResult(result: OperationResult): Answer {
  if (result.type !== 'reply') {
    throw new GatewayError('internal', 'This format has no answer of this kind.', { detail: result.type });
  }
  const { reply, context } = result;
  const choices = reply.choices.length === 0 ? [EMPTY_CHOICE] : reply.choices;
  const { servedModel, usage } = reply;
  const salesforce = encodeExtension({ safeties: safetiesOf(choices), servedModel, usage }, 'unknown');
  const body = {
    id: completionId(context.newId),
    object: OBJECT,
    created: context.createdS,
    model: context.call.model,
    choices: choices.map(encodeChoice),
    usage: encodeUsage(usage),
    ...(salesforce === undefined ? {} : { salesforce }),
  };
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
