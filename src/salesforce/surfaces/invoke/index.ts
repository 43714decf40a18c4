// The surface `POST {base}/model/{model}/invoke` of Salesforce's LLM Gateway (reference 3.7): Claude in Anthropic's own
// format as Bedrock takes it, whole and as an AWS event stream. Clients that speak the same format pass through.

import type { Surface } from '../port.ts';
import { CARRIES } from './carries.ts';
import { openNativeStream } from './native-stream.ts';
import { encodeCall, encodeNative } from './request.ts';
import { decodeNative, decodeWhole } from './response.ts';
import { openInvokeStream } from './stream.ts';

export type InvokeOptions = {
  /** `/ai/gpt/v1` unless configured; the other one known is `/einstein/gpt/code/v1.1` (reference 3.1). */
  readonly basePath?: string | undefined;
};

const ID = 'invoke';
const BASE_PATH = '/ai/gpt/v1';

export function createInvoke(options: InvokeOptions = {}): Surface {
  const basePath = (options.basePath ?? BASE_PATH).replace(/\/+$/, '');
  const encoding = { surfaceId: ID, basePath };
  return {
    id: ID,
    entitlement: 'gateway',
    streams: true,
    carries: (need, model) => CARRIES[need](model),
    // Reference 3.7: the body is the vendor's, with no field of Salesforce's.
    trustCarried: [],
    // Reference 3.3: the others are unlikely here, or would need a body of their own.
    serves: (model) => model.family === 'claude',
    encode: (call, context) => encodeCall(call, context, encoding),
    decode: decodeWhole,
    openStream: openInvokeStream,
    passthrough: {
      protocol: 'anthropic',
      encode: (body, call, context) => encodeNative(body, call, context, encoding),
      decode: decodeNative,
      openStream: openNativeStream,
    },
  };
}
