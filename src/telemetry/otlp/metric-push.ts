// Reads the measurements from time to time and sends them to the collector, one export at a time.

import { MetricReader, type PushMetricExporter, type ResourceMetrics } from '@opentelemetry/sdk-metrics';

import type { Timer, Timers } from '../../core/platform/index.ts';
import type { ExportLine } from './export-line.ts';
import { METRICS_INTERVAL_MS, SERIES_MAX } from './options.ts';

export class MetricPush extends MetricReader {
  readonly #line: ExportLine<ResourceMetrics>;
  readonly #timers: Timers;
  #timer: Timer | undefined;
  #sending: Promise<void> | undefined;
  #closed = false;

  constructor(exporter: PushMetricExporter, line: ExportLine<ResourceMetrics>, timers: Timers) {
    super({
      ...(exporter.selectAggregationTemporality === undefined
        ? {}
        : { aggregationTemporalitySelector: exporter.selectAggregationTemporality.bind(exporter) }),
      cardinalitySelector: () => SERIES_MAX,
    });
    this.#line = line;
    this.#timers = timers;
  }

  begin(): void {
    if (this.#closed) return;
    this.#timer = this.#timers.after(METRICS_INTERVAL_MS, () => {
      void this.#send().finally(() => this.begin());
    });
  }

  protected override async onForceFlush(): Promise<void> {
    // What is being sent now was read before.
    await this.#sending;
    await this.#send();
  }

  protected override async onShutdown(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.onForceFlush();
    await this.#line.shutdown();
  }

  #send(): Promise<void> {
    this.#sending ??= this.#readAndSend().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #readAndSend(): Promise<void> {
    const { resourceMetrics } = await this.collect();
    if (resourceMetrics.scopeMetrics.length > 0) await this.#line.send(resourceMetrics, 1);
  }
}
