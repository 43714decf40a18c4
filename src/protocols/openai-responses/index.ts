// The public OpenAI Responses format: requests and replies of servers that speak it, and of clients.

export { encodeCompaction } from './compaction.ts';
export { readEcho, type AnswerShape } from './echo.ts';
export { decodeErrorBody, type ResponsesError } from './errors.ts';
export { encodeRequest, type RequestOptions } from './request.ts';
export { decodeResponsesRequest } from './request-decode.ts';
export { decodeResponse, isResponse } from './response.ts';
export { SEAL_MAKER } from './seal.ts';
export { ResponsesStreamDecoder, type StreamStep } from './stream.ts';
export { ResponseStreamEncoder } from './stream-encode.ts';
export { encodeUsage } from './usage-encode.ts';
export { checkResponse, createResponseGrammar, RESPONSE_FIELDS } from './grammar.ts';
export { RESPONSE_RULES } from './grammar-rules.ts';
