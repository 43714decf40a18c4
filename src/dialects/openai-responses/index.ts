// The dialect of OpenAI's Responses: what Codex speaks, and newer clients of OpenAI. Pure and synchronous, as its port asks.
//
// Extension, documented for clients: response objects may carry a `salesforce` object (see ../extension.ts). Reasoning comes as
// reasoning items with their summary, whoever made it; its encrypted content is always there, and goes back to its maker.

import { SSE_HEADERS } from '../../core/wire/index.ts';
import type { Dialect } from '../port.ts';
import { encodeError } from './errors.ts';
import { decodeOperation, PROTOCOL, resumeOperation, ROUTES } from './request.ts';
import { encodeNative, encodeResult } from './response.ts';
import { ResponseStream } from './stream.ts';

export function createOpenaiResponses(): Dialect {
  return {
    id: 'openai-responses',
    routes: ROUTES,
    streamHeaders: SSE_HEADERS,
    decode: decodeOperation,
    resume: resumeOperation,
    encode: encodeResult,
    openStream: (context, out) => new ResponseStream(context, out),
    encodeError,
    native: { protocol: PROTOCOL, encode: encodeNative },
  };
}
