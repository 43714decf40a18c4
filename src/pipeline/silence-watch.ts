// Silence toward a client that asked for a stream: clients and the proxies before them give up on it long before Salesforce
// does. The stream is opened though nothing came, and kept alive from then on; a dead upstream is the time limits' affair.

import type { Clock, Timer, Timers } from '../core/platform/index.ts';
import type { StreamOptions } from './resilience/options.ts';

/** The client's side, as far as its silence goes. */
export type Watched = {
  readonly opened: boolean;
  /** Whether the client takes no more for now; then silence is its own. */
  readonly behind: boolean;
  /** Monotonic milliseconds of the last thing sent, or of the moment the request was whole. */
  readonly lastSentMs: number;
  keepAlive(): void;
};

export type SilenceWatchParts = {
  readonly watched: Watched;
  readonly options: StreamOptions;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly open: () => void;
  /** A throw of the dialect, which must not reach the timer. */
  readonly fail: (thrown: unknown) => void;
};

/** One timer at a time, which looks when it is due rather than being set anew with every piece that is sent. */
export class SilenceWatch {
  readonly #parts: SilenceWatchParts;
  #timer: Timer | undefined;

  constructor(parts: SilenceWatchParts) {
    this.#parts = parts;
    this.#arm(Math.min(parts.options.openAfterMs, parts.options.keepAliveMs) - this.#silentMs());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #silentMs(): number {
    return this.#parts.clock.monotonicMs() - this.#parts.watched.lastSentMs;
  }

  #arm(delayMs: number): void {
    this.#timer = this.#parts.timers.after(Math.max(0, delayMs), () => {
      this.#timer = undefined;
      try {
        this.#arm(this.#look());
      } catch (thrown) {
        this.stop();
        this.#parts.fail(thrown);
      }
    });
  }

  /** Milliseconds until it is worth looking again. */
  #look(): number {
    const { watched, options, open } = this.#parts;
    const limitMs = watched.opened ? options.keepAliveMs : options.openAfterMs;
    const leftMs = limitMs - this.#silentMs();
    // Content may open the stream meanwhile, and from then on silence is shorter.
    if (leftMs > 0) return Math.min(leftMs, options.keepAliveMs);
    if (!watched.opened) open();
    // A dialect may have nothing to say at its opening, but silence it must break.
    if (!watched.behind && this.#silentMs() >= limitMs) watched.keepAlive();
    return options.keepAliveMs;
  }
}
