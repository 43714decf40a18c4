// The public OpenAI chat-completions format, as far as those who speak it share it.

export { decodeChatRequest } from './request.ts';
export { encodeFinishReason, encodeUsage } from './response.ts';
export { encodeCallSeal } from './seal.ts';
export { formatErrorBody, type ChatError } from './errors.ts';
export { describeError, encodeError, formatError } from './gateway-errors.ts';
export { decodeMaxOutputTokens, decodeSampling, decodeStop } from './settings.ts';
export { createChatGrammar } from './grammar.ts';
