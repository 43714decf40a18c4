// The classic surface `embeddings` of the Models REST API (reference 2.5): texts in, one vector each out. The gateway API
// has a surface of the same name whose reply nobody has published (reference 3.11), so this one serves every org.

import type { EmbeddingSurface } from '../port.ts';
import { encodeTexts } from './request.ts';
import { decodeResponse } from './response.ts';

export function createEmbeddings(): EmbeddingSurface {
  return {
    id: 'embeddings',
    entitlement: 'classic',
    // Reference 6.1: nothing here controls masking.
    trustCarried: ['localization'],
    // What an administrator's own configuration does is not told by its name, so the org decides.
    serves: (model) => model.family === 'embedding' || model.family === 'custom',
    encode: encodeTexts,
    decode: decodeResponse,
  };
}
