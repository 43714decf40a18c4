// Telemetry: one outcome a request, told to the log and to the metrics. Settling is on the path of every request, so it
// adds to numbers that are at hand and writes one line.

import { createSystemRandom, systemClock } from '../core/platform/index.ts';
import {
  BatchDestination,
  createSinkDestination,
  createTee,
  openStandardOutput,
  type BatchStream,
} from './destination.ts';
import { createRedactor } from './content.ts';
import { createLog, type ContentOptions, type Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createOtlp, type Otlp } from './otlp/index.ts';
import type {
  GatewayTelemetry,
  GaugeReading,
  LogLevel,
  TelemetryDependencies,
  TelemetryOptions,
} from './options.ts';
import { createSecretGuard, scrub } from './redaction.ts';

export type { LogSink } from './destination.ts';
export { alertGauges, createGauges } from './gauges.ts';
export {
  TELEMETRY_DEFAULTS,
  type GatewayTelemetry,
  type LogContent,
  type TelemetryDependencies,
  type TelemetryOptions,
} from './options.ts';
export type { Outcome } from './port.ts';
export type { OtlpOptions, OtlpTarget } from './otlp/options.ts';

/** Of one text that a collector is told. */
const EXPORTED_LENGTH_MAX = 500;

const CONTENT_LOGGED = 'log: what callers ask and models answer is written to this log, redacted';
const CONTENT_LEVELS: ReadonlySet<LogLevel> = new Set(['debug', 'info']);

export function createTelemetry(options: TelemetryOptions, deps: TelemetryDependencies): GatewayTelemetry {
  const guard = createSecretGuard(options.secrets);
  const { file } = deps;
  const open =
    file === undefined ? openStandardOutput : (): BatchStream => createTee([openStandardOutput(), file]);
  const destination =
    deps.sink === undefined
      ? new BatchDestination(guard, deps.timers, open)
      : createSinkDestination(guard, deps.sink);
  const content = contentOf(options);
  const log = createLog(options.logLevel, deps.clock ?? systemClock, destination, content);
  const ownReadings: readonly GaugeReading[] = [
    {
      name: 'forcegate_log_lines_dropped_total',
      help: 'Log lines lost because nobody read them, or their file could not be written',
      type: 'counter',
      read: () => destination.dropped(),
    },
  ];
  const metrics = createMetrics({ ...options, gauges: [...options.gauges, ...ownReadings] });
  const otlp = createExport(options, deps, { log, readings: () => metrics.readings(), guard });
  return {
    wants: { trace: otlp !== undefined, contentCharacters: content?.charactersMax },
    async open() {
      if (options.processMetrics) metrics.observeProcess();
      if (content !== undefined) log.event('warn', CONTENT_LOGGED, { characters_max: content.charactersMax });
      await otlp?.open();
    },
    begin: () => metrics.begin(),
    settle(outcome) {
      metrics.settle(outcome);
      log.request(outcome, otlp?.settle(outcome));
    },
    log: (level, message, fields = {}) => log.event(level, message, fields),
    metrics: () => metrics.text(),
    contentType: metrics.contentType,
    async close() {
      // First, since it may have something to say.
      await otlp?.close();
      await destination.close();
    },
  };
}

/** Nothing is gathered for lines that would not be written. */
function contentOf({ logContent, logLevel }: TelemetryOptions): ContentOptions | undefined {
  if (logContent === undefined || !CONTENT_LEVELS.has(logLevel)) return undefined;
  return { charactersMax: logContent.charactersMax, redact: createRedactor(logContent.keyHashes) };
}

type ExportParts = {
  readonly log: Log;
  readonly readings: Metrics['readings'];
  readonly guard: (text: string) => string;
};

function createExport(
  options: TelemetryOptions,
  deps: TelemetryDependencies,
  { log, readings, guard }: ExportParts,
): Otlp | undefined {
  if (options.otlp === undefined) return undefined;
  const { timers, clock = systemClock, random = createSystemRandom() } = deps;
  return createOtlp(options.otlp, {
    clock,
    timers,
    random,
    ...deps.collector,
    readings,
    clean: (text) => guard(scrub(text, EXPORTED_LENGTH_MAX) ?? ''),
    warn: (message, fields) => log.event('warn', message, fields),
    tell: (message, fields) => log.event('info', message, fields),
  });
}
