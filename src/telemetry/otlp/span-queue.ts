// Ended spans on their way to the collector: gathered into batches, bounded in number, sent one batch after the other.
// Whoever ends a span never waits; where the collector does not keep up, spans are lost and counted.

import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';

import type { Timer, Timers } from '../../core/platform/index.ts';
import type { ExportLine } from './export-line.ts';
import { BATCH_DELAY_MS, BATCH_SPANS_MAX, WAITING_SPANS_MAX } from './options.ts';

export class SpanQueue implements SpanProcessor {
  readonly #line: ExportLine<ReadableSpan[]>;
  readonly #timers: Timers;
  #waiting: ReadableSpan[] = [];
  #timer: Timer | undefined;
  #sending: Promise<void> | undefined;
  #closed = false;

  constructor(line: ExportLine<ReadableSpan[]>, timers: Timers) {
    this.#line = line;
    this.#timers = timers;
  }

  onStart(): void {
    // A span counts when it has ended.
  }

  onEnd(span: ReadableSpan): void {
    if (this.#closed) return;
    if (this.#waiting.length >= WAITING_SPANS_MAX) {
      this.#line.noteLost(1);
      return;
    }
    this.#waiting.push(span);
    if (this.#waiting.length >= BATCH_SPANS_MAX) void this.#sendAll();
    else if (this.#sending === undefined) this.#sendSoon();
  }

  forceFlush(): Promise<void> {
    return this.#sendAll();
  }

  async shutdown(): Promise<void> {
    await this.#sendAll();
    this.#closed = true;
    await this.#line.shutdown();
  }

  /** What is added meanwhile goes too. */
  #sendAll(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#sending ??= this.#sendBatches().finally(() => {
      this.#sending = undefined;
      // One may have come after the last look.
      if (this.#waiting.length > 0) this.#sendSoon();
    });
    return this.#sending;
  }

  #sendSoon(): void {
    this.#timer ??= this.#timers.after(BATCH_DELAY_MS, () => void this.#sendAll());
  }

  async #sendBatches(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_SPANS_MAX);
      await this.#line.send(batch, batch.length);
    }
  }
}
