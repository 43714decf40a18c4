// A rough count of a call's input tokens, for dialects that must name a number before the upstream does.

import type { Call, Message } from '../core/neutral/index.ts';

/** Measured on prose: 3.4 characters a token for the densest tokeniser in use (reference 2.10). Never under by design. */
const CHARACTERS_PER_TOKEN = 3.3;
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_MEDIA = 1_600;

export function estimateInputTokens(call: Call): number {
  let characters = 0;
  let tokens = 0;
  for (const message of call.messages) {
    tokens += TOKENS_PER_MESSAGE;
    const counted = countMessage(message);
    characters += counted.characters;
    tokens += counted.media * TOKENS_PER_MEDIA;
  }
  for (const tool of call.tools) {
    characters += tool.name.length + (tool.description?.length ?? 0) + JSON.stringify(tool.parameters).length;
  }
  return tokens + Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

function countMessage(message: Message): { characters: number; media: number } {
  let characters = 0;
  let media = 0;
  for (const part of message.content) {
    switch (part.type) {
      case 'text':
      case 'reasoning':
        characters += part.text.length;
        break;
      case 'tool-call':
        characters += part.name.length + part.arguments.length;
        break;
      case 'tool-result':
        for (const inner of part.content) {
          if (inner.type === 'text') characters += inner.text.length;
          else media += 1;
        }
        break;
      case 'image':
      case 'document':
        media += 1;
    }
  }
  return { characters, media };
}
