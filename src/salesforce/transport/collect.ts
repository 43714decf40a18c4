// A small whole reply as a promise, for what is not on the hot path: logins and checks.

import { GatewayError } from '../../core/errors/index.ts';
import type { CancelSignal } from '../../core/platform/index.ts';
import type { Transport, TransportHead, TransportRequest } from './port.ts';

export type Collected = TransportHead & { readonly body: string };

/** @throws GatewayError, also when the body is larger than `bodyBytesMax`. */
export function collect(
  transport: Transport,
  request: TransportRequest,
  options: { readonly signal: CancelSignal; readonly bodyBytesMax: number },
): Promise<Collected> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    let head: TransportHead | undefined;
    transport.send(
      request,
      {
        head(seen) {
          head = seen;
        },
        data(chunk) {
          bytes += chunk.length;
          // Thrown at the transport, which ends the call and hands the error back through `fail`.
          if (bytes > options.bodyBytesMax) throw tooLarge(options.bodyBytesMax);
          chunks.push(chunk);
        },
        end() {
          if (head === undefined) throw new Error('a response ended before its head');
          resolve({ ...head, body: Buffer.concat(chunks).toString('utf8') });
        },
        fail: reject,
      },
      options.signal,
    );
  });
}

function tooLarge(bytesMax: number): GatewayError {
  return new GatewayError(
    'upstream_protocol',
    `Salesforce sent a reply of more than ${bytesMax} bytes where a small one was expected.`,
  );
}
