// What a client wants from a model, in no vendor's words. Dialects decode into it, surfaces encode from it.

import type { JsonObject, JsonValue } from './json.ts';

/** An opaque token of the model's own (a thinking signature, a thought signature). It goes back only to its maker. */
export type Seal = { readonly maker: string; readonly value: string };

/** The caller marks the end of a prefix worth caching. A hint: whoever cannot carry it tells so in loss. */
export type CacheHint = {
  /** How long, in the vendor's words (`5m`, `1h`); undefined where the caller did not say. */
  readonly ttl: string | undefined;
};

export type TextPart = {
  readonly type: 'text';
  readonly text: string;
  readonly cache?: CacheHint | undefined;
};

/** An image or a document. `data` is base64 without a `data:` prefix. */
export type MediaPart = {
  readonly type: 'image' | 'document';
  readonly source:
    | { readonly type: 'base64'; readonly mimeType: string; readonly data: string }
    | { readonly type: 'url'; readonly url: string };
  readonly fileName: string | undefined;
  /** Where it stands in the caller's body, for errors that name it. Absent where no caller wrote it. */
  readonly path?: string | undefined;
  readonly cache?: CacheHint | undefined;
};

export type ReasoningPart = {
  readonly type: 'reasoning';
  readonly text: string;
  readonly seal: Seal | undefined;
};

/** A tool call by the model. `arguments` is JSON text exactly as it came, `{}` where there are none. */
export type ToolCallPart = {
  readonly type: 'tool-call';
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  readonly seal: Seal | undefined;
  readonly cache?: CacheHint | undefined;
};

/** A tool's answer. `name` is that of the call with the same id, found by the dialect. */
export type ToolResultPart = {
  readonly type: 'tool-result';
  readonly callId: string;
  readonly name: string;
  readonly content: readonly (TextPart | MediaPart)[];
  readonly isError: boolean;
  readonly cache?: CacheHint | undefined;
};

export type SystemMessage = { readonly role: 'system'; readonly content: readonly TextPart[] };
export type UserMessage = { readonly role: 'user'; readonly content: readonly (TextPart | MediaPart)[] };
export type AssistantMessage = {
  readonly role: 'assistant';
  readonly content: readonly (TextPart | ReasoningPart | ToolCallPart)[];
};
/** The results of one assistant turn's calls. It directly follows that turn. */
export type ToolMessage = { readonly role: 'tool'; readonly content: readonly ToolResultPart[] };
export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;

export type Tool = {
  readonly name: string;
  readonly description: string | undefined;
  /** JSON Schema of the arguments, as the caller wrote it; an empty object schema where the caller gave none. */
  readonly parameters: JsonObject;
  readonly strict: boolean | undefined;
  readonly cache?: CacheHint | undefined;
};

export type ToolChoice =
  | { readonly type: 'auto' | 'none' | 'required' }
  | { readonly type: 'named'; readonly name: string };

export type OutputFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json-object' }
  | {
      readonly type: 'json-schema';
      readonly name: string;
      readonly description: string | undefined;
      readonly schema: JsonObject;
      readonly strict: boolean | undefined;
    };

export type Sampling = {
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly topK: number | undefined;
  readonly seed: number | undefined;
  readonly frequencyPenalty: number | undefined;
  readonly presencePenalty: number | undefined;
};

export const REASONING_EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type ReasoningEffort = (typeof REASONING_EFFORTS)[number];

/** Asked for with neither effort nor budget: the model decides how much. */
export type Reasoning = {
  readonly effort: ReasoningEffort | undefined;
  /** Tokens the model may think with, where the caller gave a number instead of an effort. */
  readonly budgetTokens: number | undefined;
};

export type Call = {
  /** The name the client asked for. */
  readonly model: string;
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  /** Whether the model may make several tool calls in one turn; undefined where the caller did not say. */
  readonly parallelToolCalls: boolean | undefined;
  readonly format: OutputFormat;
  readonly maxOutputTokens: number | undefined;
  readonly stop: readonly string[];
  readonly sampling: Sampling;
  /** Undefined where the caller did not ask for reasoning. */
  readonly reasoning: Reasoning | undefined;
  /** The caller's own labels. Carried nowhere by themselves; told in loss when dropped. */
  readonly labels: { readonly [name: string]: JsonValue };
  /** Whether the caller wants the reply as a stream. */
  readonly stream: boolean;
  /** How many alternative replies are asked for; 1 unless the caller said otherwise. */
  readonly choices: number;
};

export const NO_SAMPLING: Sampling = {
  temperature: undefined,
  topP: undefined,
  topK: undefined,
  seed: undefined,
  frequencyPenalty: undefined,
  presencePenalty: undefined,
};
