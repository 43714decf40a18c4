// One call whose body goes out in gzip. Where the head of the answer says that Salesforce does not take that, the same call
// goes out again as it is, at once and once, before anybody has seen that head; after a good head nothing is sent again.

import type { CancelSignal } from '../../core/platform/index.ts';
import { gzipText, type CompressionMemory, type Way } from './compression.ts';
import type { Flow, Transport, TransportHandler, TransportHead, TransportRequest } from './port.ts';

const UNSUPPORTED_MEDIA_TYPE = 415;
const BAD_REQUEST = 400;

export type PlainRequest = TransportRequest & { readonly headers: readonly string[]; readonly body: string };

export type CompressedParts = {
  readonly transport: Transport;
  readonly memory: CompressionMemory;
  readonly request: PlainRequest;
  readonly way: Exclude<Way, 'plain'>;
  readonly handler: TransportHandler;
  readonly signal: CancelSignal;
};

export function sendCompressed(parts: CompressedParts): void {
  const { transport, memory, request, way, handler, signal } = parts;
  gzipText(request.body, signal, (packed) => {
    if (packed === undefined) {
      if (way === 'trial') memory.forget(request.path);
      // Which also tells the handler of an abort, where that is the reason.
      transport.send(request, handler, signal);
      return;
    }
    const headers = [...request.headers, 'content-encoding', 'gzip'];
    transport.send({ ...request, headers, body: packed }, new CompressedCall(parts), signal);
  });
}

class CompressedCall implements TransportHandler {
  readonly #parts: CompressedParts;
  /** Still owes the memory what came of the trial. */
  #trying: boolean;

  constructor(parts: CompressedParts) {
    this.#parts = parts;
    this.#trying = parts.way === 'trial';
  }

  head(head: TransportHead, flow: Flow): void {
    const { handler, memory, request } = this.#parts;
    const { status } = head;
    if (this.#mayBeRefused(status)) {
      this.#trying = false;
      // Nothing is called back after it, so the handler hears of the second call alone.
      flow.cancel();
      this.#sendPlain(status);
      return;
    }
    if (this.#trying) {
      this.#trying = false;
      if (isGood(status)) memory.note(request.path, 'taken', status);
      else memory.forget(request.path);
    }
    handler.head(head, flow);
  }

  data(chunk: Uint8Array): void {
    this.#parts.handler.data(chunk);
  }

  end(): void {
    this.#parts.handler.end();
  }

  fail(error: Parameters<TransportHandler['fail']>[0]): void {
    const { handler, memory, request, signal } = this.#parts;
    if (this.#trying) {
      this.#trying = false;
      if (signal.aborted) memory.forget(request.path);
      // A host that hangs up on what it does not take must not do so on every retry.
      else memory.note(request.path, 'doubted', undefined);
    }
    handler.fail(error);
  }

  #mayBeRefused(status: number): boolean {
    // Our content type is right, so this is about the coding whenever it comes.
    if (status === UNSUPPORTED_MEDIA_TYPE) return true;
    // What took it once need not take it for every surface and for ever. A refusal costs nothing, so it is asked again;
    // a failure may be of a call that ran.
    return status === BAD_REQUEST || (this.#trying && status >= 500);
  }

  #sendPlain(refusedWith: number): void {
    const { transport, memory, request, way, handler, signal } = this.#parts;
    let told = false;
    const tell = (status: number | undefined): void => {
      if (told) return;
      told = true;
      const explained =
        status !== undefined &&
        (refusedWith === UNSUPPORTED_MEDIA_TYPE ? status !== UNSUPPORTED_MEDIA_TYPE : isGood(status));
      // A bad request as it is, too: that is about the call, and gzip is as well known as before.
      if (way === 'known' && refusedWith === BAD_REQUEST && !explained) return;
      memory.note(request.path, explained ? 'refused' : 'doubted', refusedWith);
    };
    transport.send(
      request,
      {
        head(head, flow) {
          tell(head.status);
          handler.head(head, flow);
        },
        data: (chunk) => handler.data(chunk),
        end: () => handler.end(),
        fail(error) {
          tell(undefined);
          handler.fail(error);
        },
      },
      signal,
    );
  }
}

function isGood(status: number): boolean {
  return status >= 200 && status < 300;
}
