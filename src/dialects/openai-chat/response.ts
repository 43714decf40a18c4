// Whole answers: a reply as `chat.completion`, and the model lists. A reply always has a choice, even when the model
// said nothing: clients read `choices[0]` without asking.

import { GatewayError } from '../../core/errors/index.ts';
import { DistinctIds, EMPTY_CHOICE, type Choice, type Model } from '../../core/neutral/index.ts';
import { onePiece } from '../../core/wire/index.ts';
import { encodeCallSeal, encodeFinishReason, encodeUsage } from '../../protocols/openai-chat/index.ts';
import { encodeExtension, safetiesOf } from '../extension.ts';
import type { Answer, OperationResult, ReplyContext } from '../port.ts';
import { FUNCTIONS } from './request.ts';

function answer(body: unknown): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

export function completionId(newId: () => string): string {
  return onePiece('chatcmpl-', newId());
}

export function toolCallId(id: string, newId: () => string): string {
  // A call without an id could never be answered.
  return id === '' ? onePiece('call_', newId()) : id;
}

/** The older word for the same ending. */
export function inFunctions(reason: string): string {
  return reason === 'tool_calls' ? 'function_call' : reason;
}

type ToolCall = {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
};

function encodeChoice(choice: Choice, index: number, { manner, newId }: ReplyContext) {
  let text = '';
  let reasoning = '';
  const toolCalls: ToolCall[] = [];
  let ids: DistinctIds | undefined;
  const speaksFunctions = manner === FUNCTIONS;
  for (const part of choice.parts) {
    if (part.type === 'text') text += part.text;
    else if (part.type === 'reasoning') reasoning += part.text;
    else {
      ids ??= new DistinctIds();
      toolCalls.push({
        id: ids.take(toolCallId(part.id, newId)),
        type: 'function',
        function: { name: part.name, arguments: part.arguments },
        ...encodeCallSeal(part.seal),
      });
    }
  }
  const reason = encodeFinishReason(choice.finish, toolCalls.length > 0);
  // What is undefined is left out of JSON; a spread for each such field would cost as much as writing it.
  return {
    index,
    message: {
      role: 'assistant',
      content: text === '' && toolCalls.length > 0 ? null : text,
      refusal: null,
      reasoning_content: reasoning === '' ? undefined : reasoning,
      tool_calls: speaksFunctions || toolCalls.length === 0 ? undefined : toolCalls,
      // Of several calls only the first: the older word has no room for more, and the model may call again.
      function_call: speaksFunctions ? toolCalls[0]?.function : undefined,
    },
    logprobs: null,
    finish_reason: speaksFunctions ? inFunctions(reason) : reason,
  };
}

function encodeReply(result: Extract<OperationResult, { type: 'reply' }>): Answer {
  const { reply, context } = result;
  const choices = reply.choices.length === 0 ? [EMPTY_CHOICE] : reply.choices;
  const { servedModel, usage } = reply;
  const salesforce = encodeExtension({ safeties: safetiesOf(choices), servedModel, usage }, 'unknown');
  return answer({
    id: completionId(context.newId),
    object: 'chat.completion',
    created: context.createdS,
    model: context.call.model,
    choices: choices.map((choice, index) => encodeChoice(choice, index, context)),
    usage: encodeUsage(usage),
    salesforce,
  });
}

/** `context_window` and `max_output_tokens` are extensions that several clients read; absent where unknown. */
function encodeModel(model: Model) {
  return {
    id: model.id,
    object: 'model',
    created: model.createdS,
    owned_by: model.ownedBy,
    ...(model.contextTokens === undefined ? {} : { context_window: model.contextTokens }),
    ...(model.outputTokensMax === undefined ? {} : { max_output_tokens: model.outputTokensMax }),
  };
}

export function encodeResult(result: OperationResult): Answer {
  if (result.type === 'reply') return encodeReply(result);
  if (result.type === 'model') return answer(encodeModel(result.model));
  if (result.type === 'models') return answer({ object: 'list', data: result.models.map(encodeModel) });
  throw new GatewayError('internal', 'This format has no answer of this kind.', { detail: result.type });
}
