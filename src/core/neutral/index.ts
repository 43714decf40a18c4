// The neutral language: what all dialects and surfaces translate to and from.

export type { JsonObject, JsonValue } from './json.ts';
export {
  NO_SAMPLING,
  REASONING_EFFORTS,
  type AssistantMessage,
  type CacheHint,
  type Call,
  type MediaPart,
  type Message,
  type OutputFormat,
  type Reasoning,
  type ReasoningEffort,
  type ReasoningPart,
  type Sampling,
  type Seal,
  type SystemMessage,
  type TextPart,
  type Tool,
  type ToolCallPart,
  type ToolChoice,
  type ToolMessage,
  type ToolResultPart,
  type UserMessage,
} from './call.ts';
export type { EmbedCall, EmbedReply, Vector } from './embedding.ts';
export { isContent, type Event, type EventType, type FinishReason } from './event.ts';
export { droppedLabels, type CallLoss, type ConversationLoss, type Loss } from './loss.ts';
export { mediaFault } from './media-fault.ts';
export type { Model, ModelFamily } from './model.ts';
export {
  DROPPABLE_NEEDS,
  ESSENTIAL_NEEDS,
  isEssential,
  needsOf,
  type DroppableNeed,
  type EssentialNeed,
  type Need,
} from './needs.ts';
export type {
  Continued,
  GenerateOperation,
  NativeBody,
  Operation,
  Page,
  ProtocolFrame,
  StoredResponse,
  StoreOperation,
} from './operation.ts';
export {
  EMPTY_CHOICE,
  eventsOf,
  normaliseArguments,
  ReplyFold,
  type Choice,
  type Reply,
  type ReplyPart,
} from './reply.ts';
export { DistinctIds } from './distinct-ids.ts';
export type { Safety, SafetyScore } from './safety.ts';
export { mergeUsage, UNKNOWN_USAGE, type Usage } from './usage.ts';
