// The dialect of OpenAI's older completions: a prompt in, text out. Pure and synchronous, as its port asks. A prompt is
// asked as a user's message, since every model here is a model of conversations.
//
// Extension, documented for clients: replies may carry a top-level `salesforce` object, as those of openai-chat do.

import { SSE_HEADERS } from '../../core/wire/index.ts';
import type { Dialect } from '../port.ts';
import { encodeError } from './errors.ts';
import { decodeOperation, ROUTES } from './request.ts';
import { encodeResult } from './response.ts';
import { CompletionStream } from './stream.ts';

export function createOpenaiCompletions(): Dialect {
  return {
    id: 'openai-completions',
    routes: ROUTES,
    streamHeaders: SSE_HEADERS,
    decode: decodeOperation,
    encode: encodeResult,
    openStream: (context, out) => new CompletionStream(context, out),
    encodeError,
  };
}
