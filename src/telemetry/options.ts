// What telemetry is told and what it is given.

import type { Clock, Random, Secret, Timers } from '../core/platform/index.ts';
import type { BatchStream, LogSink } from './destination.ts';
import type { OtlpDependencies, OtlpOptions } from './otlp/options.ts';
import type { Telemetry } from './port.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** A number that lives elsewhere and is read whenever the metrics are asked for. */
export type GaugeReading = {
  /** With the `forcegate_` prefix; several readings may share a name if their label names are the same. */
  readonly name: string;
  readonly help: string;
  /** `counter` for a number that only grows; its name ends in `_total`. */
  readonly type?: 'gauge' | 'counter';
  readonly labels?: Readonly<Record<string, string>>;
  readonly read: () => number;
};

export type LogContent = {
  /** Of each of the two texts. */
  readonly charactersMax: number;
  /** SHA-256 of the clients' keys in hexadecimal, which are redacted. */
  readonly keyHashes: readonly string[];
};

export type TelemetryOptions = {
  readonly logLevel: LogLevel;
  /** Whether what is asked and answered goes to the log, redacted; absent: never. */
  readonly logContent?: LogContent | undefined;
  /** Values that must never be printed, whatever goes wrong elsewhere. */
  readonly secrets: readonly Secret[];
  /** The catalogue's ids, which always have a name in the metrics. */
  readonly modelLabels: readonly string[];
  /** Distinct models in the metrics, those of `modelLabels` included; any further one is counted as `other`. */
  readonly modelLabelsMax: number;
  /** CPU, memory and event-loop lag of the process. */
  readonly processMetrics: boolean;
  readonly gauges: readonly GaugeReading[];
  /** Where traces and metrics go as well; nothing of it is loaded when absent. */
  readonly otlp?: OtlpOptions | undefined;
};

export const TELEMETRY_DEFAULTS = {
  logLevel: 'info',
  secrets: [],
  modelLabels: [],
  modelLabelsMax: 100,
  processMetrics: true,
  gauges: [],
} as const satisfies TelemetryOptions;

export type TelemetryDependencies = {
  readonly timers: Timers;
  /** The system's when absent. */
  readonly clock?: Clock;
  /** Where log lines go; standard output when absent. */
  readonly sink?: LogSink;
  /** Where they go beside it. */
  readonly file?: BatchStream;
  /** The system's when absent. */
  readonly random?: Random;
  /** How the collector is reached. */
  readonly collector?: Pick<OtlpDependencies, 'secureContext' | 'proxies'> | undefined;
};

export type LogFields = Readonly<Record<string, unknown>>;

export type GatewayTelemetry = Telemetry & {
  /** Begins what observes the process, and loads what exports. */
  open(): Promise<void>;
  /** A line about the gateway itself rather than about a request. */
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: LogFields): void;
  /** Prometheus text. */
  metrics(): Promise<string>;
  readonly contentType: string;
  /** Resolves when all lines are written, or after a short wait where nobody reads them. */
  close(): Promise<void>;
};
