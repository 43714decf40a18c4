// A call to the body of `POST /einstein/platform/v1/models/{model}/chat-generations` (reference 2.4): text and roles, and
// nothing else. Unknown fields would be taken in silence and do nothing (reference 2.9), so none is sent.

import type { Call, Loss, Message } from '../../../core/neutral/index.ts';
import { encodePathSegment, joinText, planCarriage, splitSystem } from '../generations/index.ts';
import type { SurfaceContext, UpstreamRequest } from '../port.ts';

export type Encoded = { readonly request: UpstreamRequest; readonly loss: readonly Loss[] };

type UpstreamMessage = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string };

export function encodeCall(call: Call, context: SurfaceContext, surfaceId: string): Encoded {
  const carriage = planCarriage(call, context.model, surfaceId, () => false);
  const { localization } = context.trust;
  const body = {
    messages: encodeMessages(call.messages),
    ...(localization !== undefined && { localization }),
  };
  return {
    request: {
      path: `/einstein/platform/v1/models/${encodePathSegment(context.model.apiName)}/chat-generations`,
      accept: 'application/json',
      body: JSON.stringify(body),
    },
    loss: carriage.dropped,
  };
}

function encodeMessages(messages: readonly Message[]): UpstreamMessage[] {
  const { system, rest } = splitSystem(messages);
  const out: UpstreamMessage[] = system === undefined ? [] : [{ role: 'system', content: system }];
  for (const message of rest) {
    // Tools' answers are an essential need this surface denies: a call with one was refused above.
    if (message.role === 'tool') continue;
    const content = joinText(message.content);
    // Only thinking was in it, and that has no field here.
    if (message.role === 'assistant' && content === '') continue;
    out.push({ role: message.role, content });
  }
  return out;
}
