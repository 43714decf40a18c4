// A call to the body of `POST {base}/responses` (reference 3.8): first the call as this surface can carry it, each change
// told in loss, then the public format.

import {
  mediaFault,
  type Call,
  type Loss,
  type Message,
  type Sampling,
} from '../../../core/neutral/index.ts';
import { encodeRequest } from '../../../protocols/openai-responses/index.ts';
import { planCarriage, upstreamModelName } from '../generations/index.ts';
import type { SurfaceContext, UpstreamRequest } from '../port.ts';
import { CARRIES } from './carries.ts';
import { asksForReasoning, chooseEffort, keepOwnReasoning, type Adjust } from './reasoning.ts';

export type Encoded = { readonly request: UpstreamRequest; readonly loss: readonly Loss[] };

export type EncodeOptions = {
  readonly surfaceId: string;
  readonly basePath: string;
  readonly reasoningBack: boolean;
};

/** OpenAI's own limit: less is refused. */
export const OUTPUT_TOKENS_MIN = 16;
/** Reference 8.14: 0 to 1 everywhere on the gateway. */
const TEMPERATURE_MAX = 1;

export function encodeCall(call: Call, context: SurfaceContext, options: EncodeOptions): Encoded {
  const { dropped } = planCarriage(call, context.model, options.surfaceId, (need, model) =>
    CARRIES[need](model),
  );
  refuseAddresses(call.messages);
  const loss: Loss[] = [...dropped];
  const adjust = (entry: Loss): void => void loss.push(entry);
  const carried: Call = {
    ...call,
    messages: keepOwnReasoning(call, context, adjust),
    sampling: chooseSampling(call, context, adjust),
    maxOutputTokens: clampOutput(call.maxOutputTokens, context, adjust),
  };
  const body = encodeRequest(carried, {
    model: upstreamModelName(context.model.apiName, options.basePath),
    stream: context.stream,
    effort: chooseEffort(call, context, adjust),
    reasoningBack:
      options.reasoningBack && asksForReasoning(call, context) && !context.adaptations.has('strip-reasoning'),
  });
  return {
    request: {
      path: `${options.basePath}/responses`,
      accept: context.stream ? 'text/event-stream' : 'application/json',
      body: JSON.stringify(body),
    },
    loss,
  };
}

/** Nobody shall fetch for a caller what the gateway's own rules did not let it fetch. */
function refuseAddresses(messages: readonly Message[]): void {
  for (const message of messages) {
    for (const part of message.content) {
      for (const inner of part.type === 'tool-result' ? part.content : [part]) {
        if ((inner.type === 'image' || inner.type === 'document') && inner.source.type === 'url') {
          throw mediaFault(
            inner,
            `Media by URL cannot be sent to Salesforce; send the ${inner.type} as base64.`,
          );
        }
      }
    }
  }
}

/** Reference 3.8: with reasoning on, temperature and top-p are refused. */
function chooseSampling(call: Call, context: SurfaceContext, adjust: Adjust): Sampling {
  const { temperature, topP } = call.sampling;
  const refused = context.adaptations.has('drop-sampling');
  if (refused || asksForReasoning(call, context)) {
    const note = refused ? 'the model refused it' : 'the model takes none while it reasons';
    if (temperature !== undefined) adjust({ need: 'temperature', how: 'dropped', note });
    if (topP !== undefined) adjust({ need: 'top-p', how: 'dropped', note });
    return { ...call.sampling, temperature: undefined, topP: undefined };
  }
  if (temperature === undefined || temperature <= TEMPERATURE_MAX) return call.sampling;
  adjust({ need: 'temperature', how: 'adjusted', note: `${temperature} sent as ${TEMPERATURE_MAX}` });
  return { ...call.sampling, temperature: TEMPERATURE_MAX };
}

function clampOutput(limit: number | undefined, context: SurfaceContext, adjust: Adjust): number | undefined {
  if (limit === undefined) return undefined;
  const sent = Math.max(Math.min(limit, context.model.outputTokensMax ?? limit), OUTPUT_TOKENS_MIN);
  if (sent !== limit) adjust({ need: 'output-limit', how: 'adjusted', note: `${limit} sent as ${sent}` });
  return sent;
}
