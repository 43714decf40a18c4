// The surface `POST {base}/chat/generations[/stream]` of Salesforce's LLM Gateway (reference 3.4-3.6, 3.9, 3.10): every
// family, streams, tools and files.

import type { Surface } from '../port.ts';
import { CARRIES } from './carries.ts';
import { encodeCall } from './request.ts';
import { decodeResponse } from './response.ts';
import { openResponseStream } from './stream.ts';

export type GatewayGenerationsOptions = {
  /** `/ai/gpt/v1` unless configured; the other one known is `/einstein/gpt/code/v1.1` (reference 3.1). */
  readonly basePath?: string | undefined;
};

const ID = 'gateway-generations';
const BASE_PATH = '/ai/gpt/v1';

export function createGatewayGenerations(options: GatewayGenerationsOptions = {}): Surface {
  const basePath = (options.basePath ?? BASE_PATH).replace(/\/+$/, '');
  return {
    id: ID,
    entitlement: 'gateway',
    streams: true,
    carries: (need, model) => CARRIES[need](model),
    // Reference 3.4.
    trustCarried: ['piiMasking', 'localization'],
    serves: (model) => model.family !== 'embedding',
    encode: (call, context) => encodeCall(call, context, ID, basePath),
    decode: decodeResponse,
    openStream: openResponseStream,
  };
}
