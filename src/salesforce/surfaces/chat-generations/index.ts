// The classic surface `chat-generations` of the Models REST API (reference 2): text in, text out, whole replies only. Every
// org with the Models API has it.

import type { Surface } from '../port.ts';
import { noStreams } from './errors.ts';
import { encodeCall } from './request.ts';
import { decodeResponse } from './response.ts';

const ID = 'chat-generations';

export function createChatGenerations(): Surface {
  return {
    id: ID,
    entitlement: 'classic',
    streams: false,
    // Reference 2.9: no parameters, tools, files or formats.
    carries: () => false,
    // Reference 6.1: nothing here controls masking, and whether the org masks by itself cannot be seen.
    trustCarried: ['localization'],
    serves: (model) => model.family !== 'embedding',
    encode: (call, context) => encodeCall(call, context, ID),
    decode: decodeResponse,
    openStream: () => {
      throw noStreams(ID);
    },
  };
}
