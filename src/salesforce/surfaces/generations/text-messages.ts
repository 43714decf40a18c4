// Messages as both surfaces take them: content is one string (reference 2.4, 3.4), and the system's words come first.

import { GatewayError } from '../../../core/errors/index.ts';
import type { Message } from '../../../core/neutral/index.ts';

/** Between text parts that were apart in the client's message. */
const BETWEEN_PARTS = '\n';
const BETWEEN_SYSTEM_MESSAGES = '\n\n';

export function joinText(parts: readonly Message['content'][number][]): string {
  let joined: string | undefined;
  for (const part of parts) {
    if (part.type !== 'text') continue;
    joined = joined === undefined ? part.text : joined + BETWEEN_PARTS + part.text;
  }
  return joined ?? '';
}

/**
 * The leading system messages as one text, and the rest in order. Clients send their instructions in several messages;
 * a provider's system slot is one (reference 3.4, `system_prompt_strategy`). A later system message keeps its place.
 */
export function splitSystem(messages: readonly Message[]): {
  readonly system: string | undefined;
  readonly rest: readonly Message[];
} {
  let system = '';
  let leading = 0;
  for (const message of messages) {
    if (message.role !== 'system') break;
    const text = joinText(message.content);
    system = leading === 0 ? text : system + BETWEEN_SYSTEM_MESSAGES + text;
    leading += 1;
  }
  return {
    system: system === '' ? undefined : system,
    rest: leading === 0 ? messages : messages.slice(leading),
  };
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
