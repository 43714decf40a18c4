// Why a response ended, in neutral words. The format tells a status; a reason only where the response is incomplete.

import type { FinishReason, JsonObject } from '../../core/neutral/index.ts';
import { objectOf, textOf } from '../../core/wire/index.ts';

export type Finish = { readonly reason: FinishReason; readonly raw: string | undefined };

export type FinishEvidence = { readonly toolSeen: boolean; readonly refused: boolean };

export function decodeFinish(response: JsonObject, evidence: FinishEvidence): Finish {
  const status = textOf(response['status']);
  const cut = textOf(objectOf(response['incomplete_details'])['reason']);
  if (status === 'incomplete' || cut !== undefined) {
    // Whatever cut it, it is not whole: a client that takes it for whole would run half a tool call.
    return { reason: cut === 'content_filter' ? 'content-filter' : 'length', raw: cut ?? status };
  }
  if (evidence.toolSeen) return { reason: 'tool-calls', raw: status };
  return { reason: evidence.refused ? 'refusal' : 'stop', raw: status };
}
