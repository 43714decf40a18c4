// The dialect of OpenAI's chat completions: what most tools speak. Pure and synchronous, as its port asks.
//
// Extension, documented for clients: replies may carry a top-level `salesforce` object, and reasoning
// comes as `reasoning_content` on message and delta, the field other servers of this format use. It is never mixed into
// `content`.

import { SSE_HEADERS } from '../../core/wire/index.ts';
import type { Dialect } from '../port.ts';
import { encodeError } from './errors.ts';
import { decodeOperation, ROUTES } from './request.ts';
import { encodeResult } from './response.ts';
import { ChatStream } from './stream.ts';
import { UNSERVED } from './unserved.ts';

export function createOpenaiChat(): Dialect {
  return {
    id: 'openai-chat',
    routes: ROUTES,
    unserved: UNSERVED,
    streamHeaders: SSE_HEADERS,
    decode: decodeOperation,
    encode: encodeResult,
    openStream: (context, out) => new ChatStream(context, out),
    encodeError,
  };
}
