// One upstream call whose answer is wanted whole: sends it and collects the answer, bounded. Rejects with the error of the
// transport, never with what the answer says.

import { GatewayError } from '../core/errors/index.ts';
import type { CancelSignal, Clock } from '../core/platform/index.ts';
import type {
  ModelHost,
  ModelHostRequest,
  TransportHandler,
  TransportHead,
} from '../salesforce/transport/port.ts';

export type WholeAnswer = {
  readonly head: TransportHead;
  readonly body: Uint8Array;
  /** From the sending to the head of the answer. */
  readonly firstByteMs: number;
};

/** Undefined when the answer is larger than `replyBytesMax`. @throws GatewayError when none came. */
export function sendWhole(
  host: ModelHost,
  request: ModelHostRequest,
  limits: { readonly replyBytesMax: number; readonly signal: CancelSignal },
  clock: Clock,
): Promise<WholeAnswer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const sentMs = clock.monotonicMs();
    let firstByteMs = 0;
    let head: TransportHead | undefined;
    let cancel: () => void = () => undefined;
    const handler: TransportHandler = {
      head(seen, flow) {
        head = seen;
        firstByteMs = clock.monotonicMs() - sentMs;
        cancel = () => flow.cancel();
      },
      data(chunk) {
        bytes += chunk.length;
        if (bytes <= limits.replyBytesMax) {
          chunks.push(chunk);
          return;
        }
        cancel();
        resolve(undefined);
      },
      end() {
        if (head === undefined) reject(new GatewayError('internal', 'A response ended before its head.'));
        else resolve({ head, body: Buffer.concat(chunks), firstByteMs });
      },
      fail: reject,
    };
    host.send(request, handler, limits.signal);
  });
}
