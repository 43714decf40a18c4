// The generators of every dialect, by its id. A dialect of the registry without a row here, or with a route that its row does
// not know, fails test/fuzz/fuzz.test.ts.

import { ANTHROPIC_MESSAGES } from './dialects/anthropic-messages.ts';
import { BEDROCK_INVOKE } from './dialects/bedrock-invoke.ts';
import { OPENAI_CHAT } from './dialects/openai-chat.ts';
import { OPENAI_COMPLETIONS } from './dialects/openai-completions.ts';
import { OPENAI_EMBEDDINGS } from './dialects/openai-embeddings.ts';
import { OPENAI_RESPONSES } from './dialects/openai-responses.ts';
import type { DialectGenerator } from './generator.ts';

export const GENERATORS: ReadonlyMap<string, DialectGenerator> = new Map([
  ['openai-chat', OPENAI_CHAT],
  ['openai-responses', OPENAI_RESPONSES],
  ['anthropic-messages', ANTHROPIC_MESSAGES],
  ['openai-completions', OPENAI_COMPLETIONS],
  ['openai-embeddings', OPENAI_EMBEDDINGS],
  ['bedrock-invoke', BEDROCK_INVOKE],
]);
