// Every dialect of the gateway, one line each. A new one is its own folder and a line here; its contract.test.ts runs
// the contract that test/contract/dialect.ts holds it to.

import { createAnthropicMessages } from './anthropic-messages/index.ts';
import { createBedrockInvoke } from './bedrock-invoke/index.ts';
import { createOpenaiChat } from './openai-chat/index.ts';
import { createOpenaiCompletions } from './openai-completions/index.ts';
import { createOpenaiEmbeddings } from './openai-embeddings/index.ts';
import { createOpenaiResponses } from './openai-responses/index.ts';
import type { Dialect, RequestHeaders } from './port.ts';

export type DialectRegistry = {
  /** In the order in which routes are offered. */
  readonly all: readonly Dialect[];
  /** Who words the answer to a request that no route serves: the dialect that claims such headers, else the first. */
  fallback(headers: RequestHeaders): Dialect;
};

export function createDialects(): DialectRegistry {
  const first = createOpenaiChat();
  const all: readonly Dialect[] = [
    first,
    createAnthropicMessages(),
    createOpenaiResponses(),
    createOpenaiEmbeddings(),
    createOpenaiCompletions(),
    createBedrockInvoke(),
  ];
  return {
    all,
    fallback: (headers) =>
      all.find((dialect) => dialect.routes.some((route) => route.claims?.(headers) === true)) ?? first,
  };
}
