// The public OpenAI Responses format, as whoever sends requests in it and reads replies of it needs it.

export { decodeErrorBody, type ResponsesError } from './errors.ts';
export { encodeRequest, type RequestOptions } from './request.ts';
export { decodeResponse, isResponse } from './response.ts';
export { SEAL_MAKER } from './seal.ts';
export { ResponsesStreamDecoder, type StreamStep } from './stream.ts';
