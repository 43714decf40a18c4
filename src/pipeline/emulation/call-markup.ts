// The marks between which a model writes its tool calls as text, and shows their results. They hold a word that occurs
// nowhere in the conversation, made anew for each call: so nothing that a user or a tool's result says can ever be one of
// them, and every text reaches the model byte for byte, with nothing to escape.

import type { Call, ToolCallPart, ToolResultPart } from '../../core/neutral/index.ts';

export type CallMarkup = {
  readonly open: string;
  readonly close: string;
  /** Opens a result; attributes and `>` follow. */
  readonly result: string;
  readonly resultClose: string;
};

/** Six hexadecimal digits: short for the model, and nobody else has to guess them. */
const WORD_CHARACTERS = 6;
const TRIES_MAX = 8;

/** @param newId a fresh id of hexadecimal digits */
export function createMarkup(call: Call, newId: () => string): CallMarkup {
  let word = '';
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    word = newId().slice(0, WORD_CHARACTERS);
    const taken = `-${word}`;
    if (!textsOf(call, (text) => text.includes(taken))) break;
  }
  return {
    open: `<call-${word}>`,
    close: `</call-${word}>`,
    result: `<result-${word}`,
    resultClose: `</result-${word}>`,
  };
}

/** Whether any text that will stand in the prompt answers the question with yes. */
function textsOf(call: Call, holds: (text: string) => boolean): boolean {
  return (
    call.messages.some((message) =>
      message.content.some((part) => {
        if (part.type === 'text') return holds(part.text);
        if (part.type === 'tool-call') return holds(part.arguments) || holds(part.id);
        if (part.type !== 'tool-result') return false;
        return holds(part.callId) || part.content.some((inner) => inner.type === 'text' && holds(inner.text));
      }),
    ) || call.tools.some((tool) => holds(JSON.stringify(tool)))
  );
}

/** A call that was made, as the model would have written it. */
export function formatCall(part: ToolCallPart, markup: CallMarkup): string {
  const { open, close } = markup;
  return `${open}{"id":${JSON.stringify(part.id)},"name":${JSON.stringify(part.name)},"arguments":${part.arguments}}${close}`;
}

export function formatResult(part: ToolResultPart, markup: CallMarkup): string {
  const texts = part.content.flatMap((inner) => (inner.type === 'text' ? [inner.text] : []));
  const named = part.name === '' ? '' : ` tool=${JSON.stringify(part.name)}`;
  const failed = part.isError ? ' error="true"' : '';
  const opening = `${markup.result} id=${JSON.stringify(part.callId)}${named}${failed}>`;
  return `${opening}\n${texts.join('\n')}\n${markup.resultClose}`;
}
