// What this surface cannot do at all. What a status says is judged by the shared rules (reference 2.8, 7).

import { GatewayError } from '../../../core/errors/index.ts';

export function noStreams(surfaceId: string): GatewayError {
  return new GatewayError('internal', 'The gateway asked for a stream where there is none.', {
    detail: surfaceId,
  });
}
