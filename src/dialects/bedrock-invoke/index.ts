// The dialect of Bedrock's InvokeModel with Messages bodies: what Claude Code speaks in its Bedrock mode, and the
// Anthropic SDK for Bedrock. Pure and synchronous, as its port asks. The model stands in the path, whether to stream too,
// and streams are AWS event streams. Callers are known by a key of the gateway, never by AWS signatures.

import type { Dialect } from '../port.ts';
import { encodeError } from './errors.ts';
import { decodeOperation, hintForKey, PROTOCOL, ROUTES, UNSERVED } from './request.ts';
import { encodeNative, encodeResult } from './response.ts';
import { openInvokeStream } from './stream.ts';

export function createBedrockInvoke(): Dialect {
  return {
    id: 'bedrock-invoke',
    routes: ROUTES,
    unserved: UNSERVED,
    hintForKey,
    streamHeaders: {
      'content-type': 'application/vnd.amazon.eventstream',
      'x-amzn-bedrock-content-type': 'application/json',
      'cache-control': 'no-cache, no-transform',
      // Proxies of the nginx kind hold a stream back unless told not to.
      'x-accel-buffering': 'no',
    },
    decode: decodeOperation,
    encode: encodeResult,
    openStream: openInvokeStream,
    encodeError,
    native: { protocol: PROTOCOL, encode: encodeNative },
  };
}
