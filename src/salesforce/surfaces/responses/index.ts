// The surface `POST {base}/responses` of Salesforce's LLM Gateway (reference 3.8): OpenAI's own models in OpenAI's own
// Responses format, streamed and whole, with tools and reasoning. Stateless: every request brings its whole history.

import type { Surface } from '../port.ts';
import { CARRIES } from './carries.ts';
import { openNativeStream } from './native-stream.ts';
import { encodeCall, OUTPUT_TOKENS_MIN } from './request.ts';
import { decodeNative, decodeWhole } from './response.ts';
import { openResponsesStream } from './stream.ts';

export type ResponsesOptions = {
  /** `/ai/gpt/v1` unless configured; the other one known is `/einstein/gpt/code/v1.1` (reference 3.1). */
  readonly basePath?: string | undefined;
  /**
   * Whether to ask for reasoning back, its summary and its encrypted content, where the caller asked for reasoning.
   * Reference 3.8 calls `include` unknown; a server that refuses it is not asked again (`strip-reasoning`). On unless off.
   */
  readonly reasoningBack?: boolean | undefined;
};

const ID = 'responses';
const BASE_PATH = '/ai/gpt/v1';

export function createResponses(options: ResponsesOptions = {}): Surface {
  const basePath = (options.basePath ?? BASE_PATH).replace(/\/+$/, '');
  const encoding = { surfaceId: ID, basePath, reasoningBack: options.reasoningBack ?? true };
  return {
    id: ID,
    entitlement: 'gateway',
    streams: true,
    outputTokensMin: OUTPUT_TOKENS_MIN,
    carries: (need, model) => CARRIES[need](model),
    // Reference 3.8: the body is the vendor's, with no field of Salesforce's.
    trustCarried: [],
    // Reference 3.3: Claude on this path is unlikely, the others are unknown.
    serves: (model) => model.family === 'gpt',
    encode: (call, context) => encodeCall(call, context, encoding),
    decode: decodeWhole,
    openStream: openResponsesStream,
    passthrough: {
      protocol: 'openai-responses',
      // The caller's own body adds nothing: its tools of other kinds must go up as functions, and stored turns in full.
      encode: (_body, call, context) => encodeCall(call, context, encoding),
      decode: decodeNative,
      openStream: openNativeStream,
    },
  };
}
