// How long a call's texts are, in characters. Files have no part in it: no limit in characters counts them.

import type { Message } from '../../core/neutral/index.ts';

export function charactersOf(messages: readonly Message[]): number {
  let characters = 0;
  for (const message of messages) characters += charactersOfMessage(message);
  return characters;
}

export function charactersOfMessage(message: Message): number {
  let characters = 0;
  for (const part of message.content) {
    switch (part.type) {
      case 'text':
      case 'reasoning':
        characters += part.text.length;
        break;
      case 'tool-call':
        characters += part.arguments.length;
        break;
      case 'tool-result':
        for (const inner of part.content) if (inner.type === 'text') characters += inner.text.length;
        break;
      case 'image':
      case 'document':
        break;
    }
  }
  return characters;
}
