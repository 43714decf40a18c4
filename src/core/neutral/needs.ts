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

function add(need: Need, needs: Need[]): void {
  if (!needs.includes(need)) needs.push(need);
}

function addMessageNeeds(message: Message, needs: Need[]): void {
  if (message.role === 'tool') add('tool-history', needs);
  for (const part of message.content) {
    if ('cache' in part && part.cache !== undefined) add('cache-hints', needs);
    if (part.type === 'image') add('images', needs);
    else if (part.type === 'document') add('documents', needs);
    else if (part.type === 'tool-call') add('tool-history', needs);
    else if (part.type === 'reasoning') add('reasoning-history', needs);
    else if (part.type === 'tool-result') {
      for (const inner of part.content) {
        if (inner.type === 'image') add('images', needs);
        if (inner.type === 'document') add('documents', needs);
      }
    }
  }
}

function addToolNeeds(call: Call, needs: Need[]): void {
  if (call.tools.length === 0) return;
  // Tools with the choice `none` still belong to the prompt of a model that called them before, so they count.
  add('tools', needs);
  if (call.toolChoice.type !== 'auto') add('tool-choice', needs);
  if (call.parallelToolCalls === false) add('parallel-tool-calls', needs);
  if (call.tools.some((tool) => tool.strict === true)) add('strict-tools', needs);
  if (call.tools.some((tool) => tool.cache !== undefined)) add('cache-hints', needs);
}

function addSamplingNeeds(call: Call, needs: Need[]): void {
  const { sampling } = call;
  if (sampling.temperature !== undefined) add('temperature', needs);
  if (sampling.topP !== undefined) add('top-p', needs);
  if (sampling.topK !== undefined) add('top-k', needs);
  if (sampling.seed !== undefined) add('seed', needs);
  if (sampling.frequencyPenalty !== undefined && sampling.frequencyPenalty !== 0)
    add('frequency-penalty', needs);
  if (sampling.presencePenalty !== undefined && sampling.presencePenalty !== 0)
    add('presence-penalty', needs);
}

/** Everything the call asks for beyond text in and text out, each need once. A list: there are few, and all are looked at. */
export function needsOf(call: Call): readonly Need[] {
  const needs: Need[] = [];
  for (const message of call.messages) addMessageNeeds(message, needs);
  addToolNeeds(call, needs);
  addSamplingNeeds(call, needs);
  if (call.format.type !== 'text') add(call.format.type, needs);
  if (call.stop.length > 0) add('stop', needs);
  if (call.maxOutputTokens !== undefined) add('output-limit', needs);
  if (call.reasoning !== undefined && call.reasoning.effort !== 'none') add('reasoning', needs);
  if (Object.keys(call.labels).length > 0) add('labels', needs);
  return needs;
}
