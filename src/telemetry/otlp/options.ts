// What exporting to an OpenTelemetry collector is told and what it is given. Every limit of it is named here.

import type { SecureContext } from 'node:tls';

import type { Clock, Random, Secret, Timers } from '../../core/platform/index.ts';

/** Where to, as whom, and how much of it. From the configuration. */
export type OtlpTarget = {
  readonly tracesUrl: string;
  readonly metricsUrl: string;
  readonly headers: readonly (readonly [name: string, value: Secret])[];
  readonly serviceName: string;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly sampling: {
    /** Whether a caller's own decision counts, where its request carries one. */
    readonly parentBased: boolean;
    /** The share of the other requests that is traced. */
    readonly ratio: number;
  };
};

export type OtlpOptions = OtlpTarget & {
  readonly version: string;
  /** Who answers, by the name that traces know it by. */
  readonly provider: string;
  /** The host that the models are asked on. */
  readonly upstream: { readonly host: string; readonly port: number };
  /** Where the gateway listens. */
  readonly listens: { readonly host: string; readonly port: number };
};

/** A number of the metrics page: a counter or a gauge with its labels. */
export type Reading = {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Record<string, string | number>>;
  }[];
};

export type OtlpDependencies = {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Whom to believe; asked for once, when the first export over TLS is due. */
  readonly secureContext?: (() => SecureContext) | undefined;
  /** Addresses of proxies by the names of their variables. */
  readonly proxies?: Readonly<Record<string, string | undefined>> | undefined;
  /** What the metrics page tells. */
  readonly readings: () => Promise<readonly Reading[]>;
  /** Without anything that must not be printed. */
  readonly clean: (text: string) => string;
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly tell: (message: string, fields: Readonly<Record<string, unknown>>) => void;
};

/** Ended spans that wait for their export; those beyond are counted and lost. */
export const WAITING_SPANS_MAX = 2048;
/** Spans of one export. */
export const BATCH_SPANS_MAX = 512;
/** How long a span waits for others. */
export const BATCH_DELAY_MS = 5_000;
export const METRICS_INTERVAL_MS = 60_000;
/** Of one export with its repetitions. */
export const EXPORT_MS = 5_000;
/** For what still waits when the gateway closes. */
export const CLOSE_MS = 2_000;
/** Characters of one attribute. */
export const ATTRIBUTE_CHARACTERS_MAX = 200;
/** Sets of attributes of one instrument; those beyond are one. */
export const SERIES_MAX = 2_000;
/** Connections to the collector. */
export const CONNECTIONS_MAX = 2;
