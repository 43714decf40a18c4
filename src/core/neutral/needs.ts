// What a call needs from whoever carries it. An essential need is carried, emulated or refused, never lost; a droppable
// one may be dropped and is then told in `loss`.

import type { Call, Message } from './call.ts';

export const ESSENTIAL_NEEDS = [
  'tools',
  'tool-history',
  'tool-choice',
  'images',
  'documents',
  'json-object',
  'json-schema',
  'stop',
  'output-limit',
] as const;

export const DROPPABLE_NEEDS = [
  // See docs/decisions/0005-reasoning-is-droppable.md.
  'reasoning',
  'temperature',
  'top-p',
  'top-k',
  'seed',
  'frequency-penalty',
  'presence-penalty',
  'parallel-tool-calls',
  'strict-tools',
  'reasoning-history',
  'cache-hints',
  'labels',
] as const;

export type EssentialNeed = (typeof ESSENTIAL_NEEDS)[number];
export type DroppableNeed = (typeof DROPPABLE_NEEDS)[number];
export type Need = EssentialNeed | DroppableNeed;

const ESSENTIAL: ReadonlySet<Need> = new Set<Need>(ESSENTIAL_NEEDS);

export function isEssential(need: Need): need is EssentialNeed {
  return ESSENTIAL.has(need);
}

function addMessageNeeds(message: Message, needs: Set<Need>): void {
  if (message.role === 'tool') needs.add('tool-history');
  for (const part of message.content) {
    if ('cache' in part && part.cache !== undefined) needs.add('cache-hints');
    if (part.type === 'image') needs.add('images');
    else if (part.type === 'document') needs.add('documents');
    else if (part.type === 'tool-call') needs.add('tool-history');
    else if (part.type === 'reasoning') needs.add('reasoning-history');
    else if (part.type === 'tool-result') {
      for (const inner of part.content) {
        if (inner.type === 'image') needs.add('images');
        if (inner.type === 'document') needs.add('documents');
      }
    }
  }
}

function addToolNeeds(call: Call, needs: Set<Need>): void {
  if (call.tools.length === 0) return;
  // Tools with the choice `none` still belong to the prompt of a model that called them before, so they count.
  needs.add('tools');
  if (call.toolChoice.type !== 'auto') needs.add('tool-choice');
  if (call.parallelToolCalls === false) needs.add('parallel-tool-calls');
  if (call.tools.some((tool) => tool.strict === true)) needs.add('strict-tools');
  if (call.tools.some((tool) => tool.cache !== undefined)) needs.add('cache-hints');
}

function addSamplingNeeds(call: Call, needs: Set<Need>): void {
  const { sampling } = call;
  if (sampling.temperature !== undefined) needs.add('temperature');
  if (sampling.topP !== undefined) needs.add('top-p');
  if (sampling.topK !== undefined) needs.add('top-k');
  if (sampling.seed !== undefined) needs.add('seed');
  if (sampling.frequencyPenalty !== undefined && sampling.frequencyPenalty !== 0)
    needs.add('frequency-penalty');
  if (sampling.presencePenalty !== undefined && sampling.presencePenalty !== 0) needs.add('presence-penalty');
}

/** Everything the call asks for beyond text in and text out. */
export function needsOf(call: Call): ReadonlySet<Need> {
  const needs = new Set<Need>();
  for (const message of call.messages) addMessageNeeds(message, needs);
  addToolNeeds(call, needs);
  addSamplingNeeds(call, needs);
  if (call.format.type !== 'text') needs.add(call.format.type);
  if (call.stop.length > 0) needs.add('stop');
  if (call.maxOutputTokens !== undefined) needs.add('output-limit');
  if (call.reasoning !== undefined && call.reasoning.effort !== 'none') needs.add('reasoning');
  if (Object.keys(call.labels).length > 0) needs.add('labels');
  return needs;
}
