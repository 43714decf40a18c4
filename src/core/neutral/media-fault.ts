// The error about one image or document of a call, which names the file by its JSON path in the caller's own body.

import { GatewayError, type ErrorCode } from '../errors/index.ts';
import type { MediaPart } from './call.ts';

/** To be thrown. @param why A sentence, safe to show. */
export function mediaFault({ path }: MediaPart, why: string, code: ErrorCode = 'unsupported'): GatewayError {
  return path === undefined
    ? new GatewayError(code, why)
    : new GatewayError(code, `'${path}': ${why}`, { param: path });
}
