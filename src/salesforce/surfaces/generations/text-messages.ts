// Messages as both surfaces take them: content is one string (reference 2.4, 3.4), and the system's words come first.

import { GatewayError } from '../../../core/errors/index.ts';
import type { Message, SystemMessage, TextPart } from '../../../core/neutral/index.ts';

/** Between text parts that were apart in the client's message. */
const BETWEEN_PARTS = '\n';
const BETWEEN_SYSTEM_MESSAGES = '\n\n';

export function joinText(parts: readonly { readonly type: string }[]): string {
  return parts
    .filter((part): part is TextPart => part.type === 'text')
    .map((part) => part.text)
    .join(BETWEEN_PARTS);
}

/**
 * The leading system messages as one text, and the rest in order. Clients send their instructions in several messages;
 * a provider's system slot is one (reference 3.4, `system_prompt_strategy`). A later system message keeps its place.
 */
export function splitSystem(messages: readonly Message[]): {
  readonly system: string | undefined;
  readonly rest: readonly Message[];
} {
  const leading: SystemMessage[] = [];
  for (const message of messages) {
    if (message.role !== 'system') break;
    leading.push(message);
  }
  const system = leading.map((message) => joinText(message.content)).join(BETWEEN_SYSTEM_MESSAGES);
  return { system: system === '' ? undefined : system, rest: messages.slice(leading.length) };
}

/** One segment of an upstream path. A client's name must not change the path: no separator, and no way up. */
export function encodePathSegment(text: string): string {
  if (/^\.*$/.test(text) || !text.isWellFormed()) {
    throw new GatewayError('model_not_found', 'The model has a name that cannot be asked for.', {
      param: 'model',
    });
  }
  return encodeURIComponent(text);
}
