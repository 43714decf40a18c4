// Texts to the body of `POST /einstein/platform/v1/models/{model}/embeddings` (reference 2.5), which has neither a width
// nor an encoding: unknown fields would be taken in silence and do nothing (reference 2.9), so none is sent.

import { encodePathSegment } from '../generations/index.ts';
import type { EmbeddingContext, UpstreamRequest } from '../port.ts';

export function encodeTexts(texts: readonly string[], context: EmbeddingContext): UpstreamRequest {
  const { localization } = context.trust;
  return {
    path: `/einstein/platform/v1/models/${encodePathSegment(context.model.apiName)}/embeddings`,
    accept: 'application/json',
    body: JSON.stringify({ input: texts, ...(localization !== undefined && { localization }) }),
  };
}
