// The dialect of OpenAI's embeddings: texts in, vectors out. Pure and synchronous, as its port asks.
//
// Extension, documented for clients: replies may carry a top-level `salesforce` object (see ../extension.ts).

import { GatewayError } from '../../core/errors/index.ts';
import type { Dialect } from '../port.ts';
import { encodeError } from './errors.ts';
import { decodeOperation, ROUTES } from './request.ts';
import { encodeResult } from './response.ts';

export function createOpenaiEmbeddings(): Dialect {
  return {
    id: 'openai-embeddings',
    routes: ROUTES,
    streamHeaders: { 'content-type': 'application/json' },
    decode: decodeOperation,
    encode: encodeResult,
    openStream: () => {
      throw new GatewayError('internal', 'Embeddings are never streamed.');
    },
    encodeError,
  };
}
