// A call to the body of `POST {base}/model/{model}/invoke` (reference 3.7): first the call as this surface can carry it, each
// change told in loss, then Anthropic's public format without `model`, `stream` and betas. Both ways in end in the same
// encoder. A caller's own body of that format only lends its parsed values (texts, schemas, files, inputs of tools), so that
// nothing large is copied, and what is sent cannot depend on the way.

import type { Call, JsonObject, Loss, Message, Need } from '../../../core/neutral/index.ts';
import {
  encodeMessagesRequest,
  toolInputsOf,
  type MessagesEncoding,
} from '../../../protocols/anthropic/index.ts';
import { encodePathSegment, planCarriage, upstreamModelName } from '../generations/index.ts';
import type { Adaptation, SurfaceContext, UpstreamRequest } from '../port.ts';
import { CARRIES } from './carries.ts';
import { assertMediaOf } from './media.ts';

export type Encoded = { readonly request: UpstreamRequest; readonly loss: readonly Loss[] };

export type EncodeOptions = { readonly surfaceId: string; readonly basePath: string };

const VERSION = 'bedrock-2023-05-31';
/** For a caller that gave no limit: the format demands one. */
const OUTPUT_TOKENS_DEFAULT = 8192;

export function encodeCall(call: Call, context: SurfaceContext, options: EncodeOptions): Encoded {
  return encode(call, context, options, undefined);
}

/** @param native The body that `call` was decoded from. */
export function encodeNative(
  native: JsonObject,
  call: Call,
  context: SurfaceContext,
  options: EncodeOptions,
): Encoded {
  return encode(call, context, options, toolInputsOf(native));
}

function encode(
  call: Call,
  context: SurfaceContext,
  options: EncodeOptions,
  inputs: readonly JsonObject[] | undefined,
): Encoded {
  const { dropped } = planCarriage(call, context.model, options.surfaceId, (need, model) =>
    CARRIES[need](model),
  );
  assertMediaOf(call.messages);
  const loss: Loss[] = [...dropped];
  const carried = withoutSampling(withoutDropped(call, dropped), context, loss);
  const encoded = encodeMessagesRequest(carried, {
    maxTokens: chooseMaxTokens(call.maxOutputTokens, context, loss),
    thinking: thinkingOf(context.adaptations),
    cacheMarkers: context.adaptations.has('plain-cache-markers') ? 'plain' : 'as-asked',
    effortMax: context.adaptations.has('clamp-effort') ? 'high' : undefined,
    inputs,
  });
  const model = encodePathSegment(upstreamModelName(context.model.apiName, options.basePath));
  return {
    request: {
      path: `${options.basePath}/model/${model}/invoke${context.stream ? '-with-response-stream' : ''}`,
      accept: context.stream ? 'application/vnd.amazon.eventstream' : 'application/json',
      body: JSON.stringify({ anthropic_version: VERSION, ...encoded.body }),
    },
    loss: [...loss, ...encoded.loss],
  };
}

function thinkingOf(adaptations: ReadonlySet<Adaptation>): MessagesEncoding['thinking'] {
  if (adaptations.has('strip-reasoning')) return 'stripped';
  return adaptations.has('adaptive-reasoning') ? 'adaptive' : 'as-asked';
}

function chooseMaxTokens(limit: number | undefined, context: SurfaceContext, loss: Loss[]): number {
  const cap = context.model.outputTokensMax;
  if (limit === undefined) return Math.min(OUTPUT_TOKENS_DEFAULT, cap ?? OUTPUT_TOKENS_DEFAULT);
  const sent = Math.min(limit, cap ?? limit);
  if (sent !== limit) loss.push({ need: 'output-limit', how: 'adjusted', note: `${limit} sent as ${sent}` });
  return sent;
}

/** The call without what the table denies of it, which has been told. */
function withoutDropped(call: Call, dropped: readonly Loss[]): Call {
  let carried = call;
  for (const { need } of dropped) carried = CLEAR[need]?.(carried) ?? carried;
  return carried;
}

const CLEAR: { readonly [N in Need]?: (call: Call) => Call } = {
  reasoning: (call) => ({ ...call, reasoning: undefined }),
  seed: (call) => ({ ...call, sampling: { ...call.sampling, seed: undefined } }),
  'frequency-penalty': (call) => ({ ...call, sampling: { ...call.sampling, frequencyPenalty: undefined } }),
  'presence-penalty': (call) => ({ ...call, sampling: { ...call.sampling, presencePenalty: undefined } }),
  'strict-tools': (call) => ({ ...call, tools: call.tools.map((tool) => ({ ...tool, strict: undefined })) }),
  labels: (call) => ({ ...call, labels: {} }),
  'reasoning-history': (call) => ({ ...call, messages: call.messages.map(withoutReasoning) }),
};

function withoutReasoning(message: Message): Message {
  if (message.role !== 'assistant') return message;
  return { ...message, content: message.content.filter((part) => part.type !== 'reasoning') };
}

function withoutSampling(call: Call, context: SurfaceContext, loss: Loss[]): Call {
  if (!context.adaptations.has('drop-sampling')) return call;
  const { temperature, topP, topK } = call.sampling;
  const note = 'the model refused it';
  if (temperature !== undefined) loss.push({ need: 'temperature', how: 'dropped', note });
  if (topP !== undefined) loss.push({ need: 'top-p', how: 'dropped', note });
  if (topK !== undefined) loss.push({ need: 'top-k', how: 'dropped', note });
  return {
    ...call,
    sampling: { ...call.sampling, temperature: undefined, topP: undefined, topK: undefined },
  };
}
