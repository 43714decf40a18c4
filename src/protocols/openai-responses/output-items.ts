// The items of an answer's output: what each looks like while it is under way and when it has ended, and which events tell of
// it. One table, by kind.

import type { JsonObject, Seal } from '../../core/neutral/index.ts';
import { objectOf, parseJson } from '../../core/wire/index.ts';
import { encodeCallSeal, encodeSeal } from './seal.ts';
import { unwrapInput, type KnownTool } from './tool-names.ts';

/** `incomplete`: the model was cut off in the middle of it. */
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export type TextItem = { readonly kind: 'text'; readonly id: string };
export type ReasoningItem = { readonly kind: 'reasoning'; readonly id: string };
export type CallItem = {
  readonly kind: 'call';
  readonly id: string;
  readonly callId: string;
  readonly tool: KnownTool;
};
export type OutputItem = TextItem | ReasoningItem | CallItem;

const ID_PREFIXES = { function: 'fc', custom: 'ctc', tool_search: 'tsc' } as const satisfies Record<
  KnownTool['kind'],
  string
>;

export function callItemId(tool: KnownTool, newId: () => string): string {
  return `${ID_PREFIXES[tool.kind]}_${newId()}`;
}

export function textPart(text: string): JsonObject {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

export function summaryPart(text: string): JsonObject {
  return { type: 'summary_text', text };
}

/** @param text What was said in it so far: words, a summary, or a call's arguments. */
export function encodeItem(item: OutputItem, status: ItemStatus, text: string, seal?: Seal): JsonObject {
  switch (item.kind) {
    case 'text':
      return {
        id: item.id,
        type: 'message',
        status,
        role: 'assistant',
        content: status === 'in_progress' ? [] : [textPart(text)],
      };
    case 'reasoning': {
      const encrypted = encodeSeal(seal);
      return {
        id: item.id,
        type: 'reasoning',
        summary: text === '' ? [] : [summaryPart(text)],
        ...(encrypted === undefined ? {} : { encrypted_content: encrypted }),
      };
    }
    case 'call':
      return encodeCall(item, status, text);
  }
}

function encodeCall(item: CallItem, status: ItemStatus, text: string): JsonObject {
  const { id, callId, tool } = item;
  const named = {
    call_id: callId,
    name: tool.name,
    ...(tool.namespace === undefined ? {} : { namespace: tool.namespace }),
  };
  switch (tool.kind) {
    case 'function':
      return { id, type: 'function_call', status, arguments: text, ...named };
    case 'custom':
      return { id, type: 'custom_tool_call', status, input: inputOf(text), ...named };
    case 'tool_search':
      return {
        id,
        type: 'tool_search_call',
        status,
        call_id: callId,
        execution: 'client',
        arguments: objectOf(parseJson(text)),
      };
  }
}

/** The text for a custom tool. */
export function inputOf(argumentText: string): string {
  return argumentText === '' ? '' : unwrapInput(argumentText, parseJson);
}

/** The item that carries a call's seal: reasoning without a word, behind its call. */
export function encodeSealItem(callId: string, seal: Seal, newId: () => string): JsonObject {
  return {
    id: `rs_${newId()}`,
    type: 'reasoning',
    summary: [],
    encrypted_content: encodeCallSeal(callId, seal),
  };
}
