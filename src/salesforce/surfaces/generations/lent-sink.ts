// The receiver of a stream's events, lent to the decoder for one push or end at a time. A throw becomes a failure, and a
// stream is over once, finished or failed: nothing is told after that.

import { toGatewayError } from '../../../core/errors/index.ts';
import type { EventSink, Failure } from '../port.ts';

export class LentSink<S extends EventSink = EventSink> {
  /** Undefined between the calls. */
  sink: S | undefined;
  isOver = false;

  /** Runs what may tell something to the sink. */
  lend(sink: S, work: () => void): void {
    if (this.isOver) return;
    this.sink = sink;
    try {
      work();
    } catch (thrown) {
      if (this.isOver) throw thrown;
      this.fail({ error: toGatewayError(thrown), token: 'unaffected' });
    } finally {
      this.sink = undefined;
    }
  }

  fail(failure: Failure): void {
    this.isOver = true;
    this.sink?.fail(failure);
  }

  finish(): void {
    this.isOver = true;
    this.sink?.done?.();
  }
}
