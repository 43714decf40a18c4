// One upstream call whose answer is wanted whole: sends it and collects the answer, bounded. Rejects with the error of the
// transport, never with what the answer says.

import { GatewayError } from '../core/errors/index.ts';
import type { CancelSignal } from '../core/platform/index.ts';
import type {
  ModelHost,
  ModelHostRequest,
  TransportHandler,
  TransportHead,
} from '../salesforce/transport/port.ts';

export type WholeAnswer = { readonly head: TransportHead; readonly body: Uint8Array };

/** @throws GatewayError when no answer came, or one larger than `replyBytesMax`. */
export function sendWhole(
  host: ModelHost,
  request: ModelHostRequest,
  limits: { readonly replyBytesMax: number; readonly signal: CancelSignal },
): Promise<WholeAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    let head: TransportHead | undefined;
    let cancel: () => void = () => undefined;
    const handler: TransportHandler = {
      head(seen, flow) {
        head = seen;
        cancel = () => flow.cancel();
      },
      data(chunk) {
        bytes += chunk.length;
        if (bytes <= limits.replyBytesMax) {
          chunks.push(chunk);
          return;
        }
        cancel();
        reject(
          new GatewayError('upstream_protocol', 'Salesforce sent a reply larger than the gateway accepts.'),
        );
      },
      end() {
        if (head === undefined) reject(new GatewayError('internal', 'A response ended before its head.'));
        else resolve({ head, body: Buffer.concat(chunks) });
      },
      fail: reject,
    };
    host.send(request, handler, limits.signal);
  });
}
