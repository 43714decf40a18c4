// The public Anthropic Messages format, both ways, for those who speak it: dialects towards clients, surfaces towards
// models.

export { decodeMessagesRequest, THREAD } from './request.ts';
export { encodeMessagesRequest, type MessagesEncoding } from './request-encode.ts';
export { sniffDelta } from './plain-delta.ts';
export { toolInputsOf } from './native-inputs.ts';
export { decodeMessage, encodeMessage, type MessageOptions } from './response.ts';
export { MessageStreamDecoder } from './stream-decode.ts';
export { MessageRelay } from './relay.ts';
export { MessageStreamEncoder } from './stream-encode.ts';
export { parseEvent } from './upstream-json.ts';
export { framesOfMessage } from './whole-frames.ts';
export {
  decodeErrorBody,
  formatErrorBody,
  wordsOfError,
  type MessagesError,
  type MessagesErrorType,
  type UpstreamError,
} from './errors.ts';
export { checkMessage, createMessageGrammar, type ReadMessage } from './grammar.ts';
export { MESSAGE_RULES } from './grammar-rules.ts';
