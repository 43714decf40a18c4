// The dialect of Anthropic's Messages: what Claude Code and the Anthropic SDKs speak. Pure and synchronous, as its port
// asks.
//
// Extension, documented for clients: replies may carry a top-level `salesforce` object (see ../extension.ts).

import { SSE_HEADERS } from '../../core/wire/index.ts';
import type { Dialect } from '../port.ts';
import { encodeError } from './errors.ts';
import { decodeOperation, PROTOCOL, ROUTES } from './request.ts';
import { encodeNative, encodeResult } from './response.ts';
import { openMessageStream } from './stream.ts';
import { UNSERVED } from './unserved.ts';

export function createAnthropicMessages(): Dialect {
  return {
    id: 'anthropic-messages',
    routes: ROUTES,
    unserved: UNSERVED,
    streamHeaders: SSE_HEADERS,
    decode: decodeOperation,
    encode: encodeResult,
    openStream: openMessageStream,
    encodeError,
    native: { protocol: PROTOCOL, encode: encodeNative },
  };
}
