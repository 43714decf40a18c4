// Telemetry: one outcome a request, told to the log and to the metrics. Settling is on the path of every request, so it
// adds to numbers that are at hand and writes one line.

import { systemClock } from '../core/platform/index.ts';
import {
  BatchDestination,
  createSinkDestination,
  createTee,
  openStandardOutput,
  type BatchStream,
} from './destination.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import type { GatewayTelemetry, GaugeReading, TelemetryDependencies, TelemetryOptions } from './options.ts';
import { createSecretGuard } from './redaction.ts';

export type { LogSink } from './destination.ts';
export { createGauges } from './gauges.ts';
export {
  TELEMETRY_DEFAULTS,
  type GatewayTelemetry,
  type TelemetryDependencies,
  type TelemetryOptions,
} from './options.ts';
export type { Outcome } from './port.ts';

export function createTelemetry(options: TelemetryOptions, deps: TelemetryDependencies): GatewayTelemetry {
  const guard = createSecretGuard(options.secrets);
  const { file } = deps;
  const open =
    file === undefined ? openStandardOutput : (): BatchStream => createTee([openStandardOutput(), file]);
  const destination =
    deps.sink === undefined
      ? new BatchDestination(guard, deps.timers, open)
      : createSinkDestination(guard, deps.sink);
  const log = createLog(options.logLevel, deps.clock ?? systemClock, destination);
  const ownReadings: readonly GaugeReading[] = [
    {
      name: 'forcegate_log_lines_dropped_total',
      help: 'Log lines lost because nobody read them, or their file could not be written',
      type: 'counter',
      read: () => destination.dropped(),
    },
  ];
  const metrics = createMetrics({ ...options, gauges: [...options.gauges, ...ownReadings] });
  return {
    open() {
      if (options.processMetrics) metrics.observeProcess();
    },
    begin: () => metrics.begin(),
    settle(outcome) {
      metrics.settle(outcome);
      log.request(outcome);
    },
    log: (level, message, fields = {}) => log.event(level, message, fields),
    metrics: () => metrics.text(),
    contentType: metrics.contentType,
    close: () => destination.close(),
  };
}
