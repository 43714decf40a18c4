// Reasoning as this surface takes it (reference 3.8): efforts from `low` to `xhigh`, no token budgets, no `none`; and which
// of a history's reasoning goes back. What is sent with another value than the caller's is told.

import type { Call, Loss, Message, ReasoningEffort } from '../../../core/neutral/index.ts';
import { SEAL_MAKER } from '../../../protocols/openai-responses/index.ts';
import type { SurfaceContext } from '../port.ts';

export type Adjust = (loss: Loss) => void;

type UpstreamEffort = 'low' | 'medium' | 'high' | 'xhigh';

const EFFORTS: Readonly<Record<Exclude<ReasoningEffort, 'none'>, UpstreamEffort>> = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'xhigh',
  // Reference 3.8: 400 "Unexpected value 'max'".
  max: 'xhigh',
};

/** Reference 3.7: budgets as efforts. */
const LOW_BUDGET_TOKENS_MAX = 2_048;
const MEDIUM_BUDGET_TOKENS_MAX = 8_192;

/** Whether the call wants the model to reason, and the model can. */
export function asksForReasoning(call: Call, context: SurfaceContext): boolean {
  return context.model.carries.reasoning && call.reasoning !== undefined && call.reasoning.effort !== 'none';
}

/** Undefined leaves it to the model. */
export function chooseEffort(
  call: Call,
  context: SurfaceContext,
  adjust: Adjust,
): UpstreamEffort | undefined {
  const { reasoning } = call;
  if (reasoning === undefined || !context.model.carries.reasoning) return undefined;
  const { effort, budgetTokens } = reasoning;
  if (effort === 'none') {
    // The nearest thing to none that is taken: no word about it.
    adjust({ need: 'reasoning', how: 'adjusted', note: 'none left to the model' });
    return undefined;
  }
  if (effort === undefined && budgetTokens === undefined) return undefined;
  const wanted = effort === undefined ? effortOfBudget(budgetTokens ?? 0) : EFFORTS[effort];
  const sent = wanted === 'xhigh' && context.adaptations.has('clamp-effort') ? 'high' : wanted;
  if (effort === undefined) {
    adjust({ need: 'reasoning', how: 'adjusted', note: `a token budget sent as effort ${sent}` });
  } else if (sent !== effort)
    adjust({ need: 'reasoning', how: 'adjusted', note: `${effort} sent as ${sent}` });
  return sent;
}

function effortOfBudget(budgetTokens: number): UpstreamEffort {
  if (budgetTokens <= LOW_BUDGET_TOKENS_MAX) return 'low';
  return budgetTokens <= MEDIUM_BUDGET_TOKENS_MAX ? 'medium' : 'high';
}

/** The messages with the reasoning that may go back, and no other. */
export function keepOwnReasoning(call: Call, context: SurfaceContext, adjust: Adjust): readonly Message[] {
  const canEcho = context.model.carries.reasoning && !context.adaptations.has('strip-reasoning');
  let kept = 0;
  let left = 0;
  const messages = call.messages.map((message): Message => {
    if (message.role !== 'assistant') return message;
    const content = message.content.filter((part) => {
      if (part.type !== 'reasoning') return true;
      const goesBack = canEcho && part.seal?.maker === SEAL_MAKER;
      if (goesBack) kept += 1;
      else left += 1;
      return goesBack;
    });
    return { ...message, content };
  });
  // Where the table denies it, it has been told already.
  if (left > 0 && context.model.carries.reasoning) {
    const note = canEcho ? 'only what this format sealed goes back' : 'the model refused it';
    adjust({ need: 'reasoning-history', how: kept > 0 ? 'adjusted' : 'dropped', note });
  }
  return messages;
}
