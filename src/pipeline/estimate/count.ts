// Counts a call in the units of an average tokeniser, from what can be counted cheaply: lengths, with a look at samples to
// tell prose from what tokenisers cannot shorten. How a model's own tokeniser differs is learnt, not known here.

import type { Call, JsonValue, Message, Tool } from '../../core/neutral/index.ts';
import { mediaTokens } from './media-tokens.ts';

/** Measured on prose: 3.4 characters a token for the densest tokeniser in use. */
const TOKENS_PER_CHARACTER = 1 / 3.3;
/** Measured on base64: 0.945 tokens a character. */
const TOKENS_PER_DENSE_CHARACTER = 0.95;
/** A byte beyond one a character: other scripts cost about a token a character and have two or three bytes each. */
const TOKENS_PER_EXTRA_BYTE = 0.45;

const TOKENS_PER_CALL = 8;
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_TOOL_CALL = 16;
/** Tools bring a prompt of the vendor's own (350 tokens with the dearest) and a frame around each. */
const TOKENS_OF_TOOL_PROMPT = 350;
const TOKENS_PER_TOOL = 16;

/** Samples of a text, and characters of each. A sample with neither blank nor punctuation is dense. */
const SAMPLES_MAX = 32;
const SAMPLE_CHARACTERS = 48;
const CHARACTERS_PER_SAMPLE = 256;

export type Counted = {
  readonly tokens: number;
  /** Of images and documents, counted from above; not among `tokens`. */
  readonly mediaTokens: number;
};

export function countCall(call: Call): Counted {
  let tokens = TOKENS_PER_CALL;
  let media = 0;
  for (const message of call.messages) {
    tokens += TOKENS_PER_MESSAGE + messageTokens(message);
    media += messageMediaTokens(message);
  }
  if (call.tools.length > 0) tokens += TOKENS_OF_TOOL_PROMPT;
  for (const tool of call.tools) tokens += toolTokens(tool);
  const { format } = call;
  // A schema is told to the model one way or another.
  if (format.type === 'json-schema') {
    tokens += TOKENS_OF_TOOL_PROMPT + jsonCharacters(format.schema) * TOKENS_PER_CHARACTER;
  }
  return { tokens: Math.ceil(tokens), mediaTokens: media };
}

/** No more than `countCall` counts, from the lengths of the texts alone; the same for prose without tools. */
export function countAtLeast(call: Call): number {
  let characters = 0;
  for (const { content } of call.messages) {
    for (const part of content) if (part.type === 'text') characters += part.text.length;
  }
  const tokens =
    TOKENS_PER_CALL + call.messages.length * TOKENS_PER_MESSAGE + characters * TOKENS_PER_CHARACTER;
  return Math.ceil(tokens);
}

/** Whether the call holds images or documents. */
export function holdsMedia(call: Call): boolean {
  for (const message of call.messages) {
    for (const part of message.content) {
      if (part.type === 'image' || part.type === 'document') return true;
      if (part.type === 'tool-result' && part.content.some((inner) => inner.type !== 'text')) return true;
    }
  }
  return false;
}

function messageTokens(message: Message): number {
  let tokens = 0;
  for (const part of message.content) {
    switch (part.type) {
      case 'text':
      case 'reasoning':
        tokens += textTokens(part.text);
        break;
      case 'tool-call':
        tokens += TOKENS_PER_TOOL_CALL + textTokens(part.name) + textTokens(part.arguments);
        break;
      case 'tool-result':
        tokens += TOKENS_PER_TOOL_CALL;
        for (const inner of part.content) if (inner.type === 'text') tokens += textTokens(inner.text);
        break;
      case 'image':
      case 'document':
        break;
    }
  }
  return tokens;
}

function messageMediaTokens(message: Message): number {
  let tokens = 0;
  for (const part of message.content) {
    if (part.type === 'image' || part.type === 'document') tokens += mediaTokens(part);
    else if (part.type === 'tool-result') {
      for (const inner of part.content) if (inner.type !== 'text') tokens += mediaTokens(inner);
    }
  }
  return tokens;
}

/** For text of which only the length was kept. */
export function tokensOfCharacters(characters: number): number {
  return Math.ceil(characters * TOKENS_PER_CHARACTER);
}

/** Exported for its test. */
export function textTokens(text: string): number {
  const { length } = text;
  const extraBytes = Buffer.byteLength(text) - length;
  const dense = length < SAMPLE_CHARACTERS ? 0 : denseShare(text);
  const perCharacter = TOKENS_PER_CHARACTER + dense * (TOKENS_PER_DENSE_CHARACTER - TOKENS_PER_CHARACTER);
  return length * perCharacter + extraBytes * TOKENS_PER_EXTRA_BYTE;
}

/** The share of samples, spread evenly over the text, that are dense. */
function denseShare(text: string): number {
  const samples = Math.min(SAMPLES_MAX, Math.ceil(text.length / CHARACTERS_PER_SAMPLE));
  const last = text.length - SAMPLE_CHARACTERS;
  let dense = 0;
  for (let sample = 0; sample < samples; sample += 1) {
    const start = samples === 1 ? 0 : Math.floor((last * sample) / (samples - 1));
    if (isDense(text, start)) dense += 1;
  }
  return dense / samples;
}

/** Ends at the first blank, so prose costs a few characters a sample. */
function isDense(text: string, start: number): boolean {
  for (let index = start; index < start + SAMPLE_CHARACTERS; index += 1) {
    if (!isOfBase64(text.charCodeAt(index))) return false;
  }
  return true;
}

function isOfBase64(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x2f && code <= 0x39) ||
    code === 0x2b ||
    code === 0x2d ||
    code === 0x3d ||
    code === 0x5f
  );
}

function toolTokens(tool: Tool): number {
  const characters = tool.name.length + (tool.description?.length ?? 0) + jsonCharacters(tool.parameters);
  return TOKENS_PER_TOOL + characters * TOKENS_PER_CHARACTER;
}

/** Length of the JSON text, near enough, without making it. The decoder has bounded the depth. */
function jsonCharacters(value: JsonValue): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 5;
  let characters = 2;
  if (isList(value)) {
    for (const item of value) characters += jsonCharacters(item) + 1;
    return characters;
  }
  // Pairs are not made: a call with many tools has thousands of members.
  for (const name in value) {
    const inner = value[name];
    if (inner !== undefined) characters += name.length + 4 + jsonCharacters(inner);
  }
  return characters;
}

// The built-in guard does not tell a readonly list from an object.
function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
