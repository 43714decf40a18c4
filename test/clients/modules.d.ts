// The few shapes of the SDKs under `test/clients/` that its tests use. They are installed for those tests alone, and the
// type check must hold without them.

declare module 'ai' {
  type Asked = {
    readonly model: unknown;
    readonly prompt: string;
    readonly tools?: Readonly<Record<string, unknown>>;
    readonly output?: unknown;
    readonly stopWhen?: unknown;
    readonly maxRetries?: number;
  };
  type Told = { readonly text: string; readonly output: unknown; readonly finishReason: string };
  export function generateText(asked: Asked): Promise<Told>;
  export function streamText(asked: Asked): {
    readonly textStream: AsyncIterable<string>;
    readonly finishReason: PromiseLike<string>;
    readonly usage: PromiseLike<{ readonly outputTokens: number | undefined }>;
  };
  export function embed(asked: {
    readonly model: unknown;
    readonly value: string;
    readonly maxRetries?: number;
  }): Promise<{ readonly embedding: readonly number[] }>;
  export function stepCountIs(count: number): unknown;
  export function jsonSchema(schema: object): unknown;
  export function tool(options: {
    readonly description: string;
    readonly inputSchema: unknown;
    readonly execute: (input: { readonly city: string }) => Promise<string>;
  }): unknown;
  export const Output: { object(options: { readonly schema: unknown }): unknown };
}

declare module '@ai-sdk/openai' {
  type Model = (id: string) => unknown;
  export function createOpenAI(options: {
    readonly baseURL: string;
    readonly apiKey: string;
  }): Model & { readonly chat: Model; readonly textEmbeddingModel: Model };
}

declare module '@ai-sdk/anthropic' {
  export function createAnthropic(options: {
    readonly baseURL: string;
    readonly apiKey: string;
  }): (id: string) => unknown;
}

declare module '@ai-sdk/openai-compatible' {
  export function createOpenAICompatible(options: {
    readonly name: string;
    readonly baseURL: string;
    readonly apiKey: string;
    readonly supportsStructuredOutputs: boolean;
    readonly includeUsage: boolean;
  }): (id: string) => unknown;
}

declare module '@langchain/core/messages' {
  export const HumanMessage: new (text: string) => object;
  export const ToolMessage: new (fields: {
    readonly content: string;
    readonly tool_call_id: string;
  }) => object;
}

declare module '@langchain/openai' {
  import type { LangChainModel } from 'langchain-shapes';
  export class OpenAIEmbeddings {
    constructor(options: object);
    embedQuery(text: string): Promise<readonly number[]>;
  }
  export class ChatOpenAI implements LangChainModel {
    constructor(options: object);
    invoke: LangChainModel['invoke'];
    stream: LangChainModel['stream'];
    bindTools: LangChainModel['bindTools'];
    withStructuredOutput: LangChainModel['withStructuredOutput'];
  }
}

declare module '@langchain/anthropic' {
  import type { LangChainModel } from 'langchain-shapes';
  export class ChatAnthropic implements LangChainModel {
    constructor(options: object);
    invoke: LangChainModel['invoke'];
    stream: LangChainModel['stream'];
    bindTools: LangChainModel['bindTools'];
    withStructuredOutput: LangChainModel['withStructuredOutput'];
  }
}

declare module 'langchain-shapes' {
  export type LangChainMessage = {
    readonly text: string;
    readonly tool_calls?: readonly {
      readonly id?: string;
      readonly name: string;
      readonly args: { readonly city?: string };
    }[];
  };
  export type LangChainModel = {
    invoke(input: string | readonly unknown[]): Promise<LangChainMessage>;
    stream(input: string): Promise<AsyncIterable<LangChainMessage>>;
    bindTools(tools: readonly object[]): LangChainModel;
    withStructuredOutput(
      schema: object,
      options?: { readonly method: string },
    ): { invoke(input: string): Promise<unknown> };
  };
}
