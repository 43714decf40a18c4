// What a call has cost where Salesforce did not say: streams end early, clients leave, and some models are never counted.
// What was produced is charged for all the same, so it is estimated, and marked as such.

import type { Usage } from '../../core/neutral/index.ts';
import type { ReplyContext } from '../../dialects/port.ts';
import type { CallResult } from '../upstream-call.ts';
import { tokensOfCharacters } from './count.ts';

/** @param isEnded Whether the call was ended from this side: by the client, the time limit, a sibling or a shutdown. */
export function settleUsage(
  result: Pick<CallResult, 'failure' | 'committed' | 'accepted' | 'usage' | 'producedCharacters'>,
  context: Pick<ReplyContext, 'inputTokensEstimate'>,
  isEnded: boolean,
): Usage {
  const { failure, usage } = result;
  if (failure === undefined) {
    const isTold = usage.inputTokens !== undefined && usage.outputTokens !== undefined;
    return isTold ? usage : fill(result, context);
  }
  // A call that Salesforce itself failed before it produced anything costs nothing.
  const isOurs = isEnded || failure.error.code === 'shutting_down';
  const isCharged = result.committed || (result.accepted && isOurs);
  return isCharged ? fill(result, context) : usage;
}

function fill(
  { failure, usage, producedCharacters }: Pick<CallResult, 'failure' | 'usage' | 'producedCharacters'>,
  context: Pick<ReplyContext, 'inputTokensEstimate'>,
): Usage {
  const produced = tokensOfCharacters(producedCharacters);
  const told = usage.outputTokens;
  // Some formats tell a first count with the reply's beginning: of a stream cut short it says little.
  const isShort = failure !== undefined && told !== undefined && told < produced;
  const outputTokens = (isShort ? undefined : told) ?? (produced === 0 ? undefined : produced);
  if (usage.inputTokens !== undefined && outputTokens === told) return usage;
  return {
    ...usage,
    inputTokens: usage.inputTokens ?? context.inputTokensEstimate,
    outputTokens,
    estimated: true,
  };
}
