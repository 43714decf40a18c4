// The numbers: requests, times, tokens, losses and errors, by names from closed lists, so that no caller can grow the
// metrics without end. All label look-ups of a request are remembered as one series.

import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

import { ERROR_CODES, type ErrorCode } from '../core/errors/index.ts';
import type { CallLoss } from '../core/neutral/index.ts';
import { createDurations, type DurationCell } from './durations.ts';
import type { GaugeReading, TelemetryOptions } from './options.ts';
import type { Reading } from './otlp/options.ts';
import type { Outcome } from './port.ts';
import { createTally, type Cell } from './tally.ts';

const NONE = 'none';
const OTHER = 'other';
const OWN = 'forcegate_';
const MS_PER_S = 1000;
// Models take from a tenth of a second to minutes; refusals take none.
const DURATION_BUCKETS_S = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600];
const FIRST_BYTE_BUCKETS_S = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120];
/** Far more than dialects × models × surfaces × results × statuses come to; a stop for what nobody thought of. */
const SERIES_MAX = 20_000;

type SeriesKey = Pick<Outcome, 'dialect' | 'result' | 'status'> & { readonly surface: string };

type Series = {
  readonly requests: Cell;
  readonly attempts: Cell;
  readonly duration: DurationCell;
  readonly firstByte: DurationCell;
  readonly inputTokens: Cell;
  readonly outputTokens: Cell;
  readonly cacheReadTokens: Cell;
  readonly cacheWriteTokens: Cell;
  readonly reasoningTokens: Cell;
};

export type Metrics = {
  begin(): void;
  settle(outcome: Outcome): void;
  observeProcess(): void;
  text(): Promise<string>;
  /** The counters and gauges of the text. */
  readings(): Promise<readonly Reading[]>;
  readonly contentType: string;
};

export type MetricsOptions = Pick<TelemetryOptions, 'modelLabels' | 'modelLabelsMax' | 'gauges'>;

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  const labelOf = createModelLabels(options);
  const series = createSeries(registry);
  /** By model, and then searched: a model meets few surfaces and statuses, and a joined key would be made per request. */
  const known = new Map<string, { readonly key: SeriesKey; readonly made: Series }[]>();
  let seriesCount = 0;
  const lossCells = new Map<string, Cell>();
  const errorCells = new Map<ErrorCode, Cell>();
  let inFlight = 0;

  registry.registerMetric(
    new Gauge({
      name: 'forcegate_requests_in_flight',
      help: 'Requests under way',
      registers: [],
      collect() {
        this.set(inFlight);
      },
    }),
  );
  const losses = createTally(registry, 'forcegate_loss_total', 'What did not arrive as the client wrote it', [
    'need',
    'how',
  ]);
  const errors = createTally(registry, 'forcegate_errors_total', 'Requests that ended in an error', ['code']);
  for (const code of ERROR_CODES) errorCells.set(code, errors.cell(code));
  registerReadings(registry, options.gauges);

  function seriesOf(outcome: Outcome): Series {
    const model = labelOf(outcome);
    const surface = outcome.surface ?? NONE;
    const { dialect, result, status } = outcome;
    const ofModel = known.get(model);
    if (ofModel !== undefined) {
      for (const { key, made } of ofModel) {
        if (
          key.surface === surface &&
          key.dialect === dialect &&
          key.status === status &&
          key.result === result
        )
          return made;
      }
    }
    if (seriesCount >= SERIES_MAX) return series(OTHER, OTHER, OTHER, result, OTHER);
    seriesCount += 1;
    const made = series(dialect, model, surface, result, String(status));
    const entry = { key: { dialect, result, status, surface }, made };
    if (ofModel === undefined) known.set(model, [entry]);
    else ofModel.push(entry);
    return made;
  }

  function lossCell(loss: CallLoss): Cell {
    const key = `${loss.need} ${loss.how}`;
    const found = lossCells.get(key);
    if (found !== undefined) return found;
    const cell = losses.cell(loss.need, loss.how);
    lossCells.set(key, cell);
    return cell;
  }

  return {
    contentType: registry.contentType,
    begin() {
      inFlight += 1;
    },
    settle(outcome) {
      inFlight -= 1;
      const told = seriesOf(outcome);
      told.requests.sum += 1;
      told.attempts.sum += outcome.attempts;
      told.duration.observe(outcome.durationMs / MS_PER_S);
      if (outcome.firstByteMs !== undefined) told.firstByte.observe(outcome.firstByteMs / MS_PER_S);
      const { usage } = outcome;
      told.inputTokens.sum += usage.inputTokens ?? 0;
      told.outputTokens.sum += usage.outputTokens ?? 0;
      told.cacheReadTokens.sum += usage.cacheReadTokens ?? 0;
      told.cacheWriteTokens.sum += usage.cacheWriteTokens ?? 0;
      told.reasoningTokens.sum += usage.reasoningTokens ?? 0;
      for (const loss of outcome.loss) lossCell(loss).sum += 1;
      const error = outcome.errorCode === undefined ? undefined : errorCells.get(outcome.errorCode);
      if (error !== undefined) error.sum += 1;
    },
    observeProcess: () => collectDefaultMetrics({ register: registry }),
    text: () => registry.metrics(),
    readings: () => readingsOf(registry),
  };
}

/**
 * At most so many models by name, the rest together. A name that is not known beforehand counts once a call of it has
 * succeeded: a caller can invent names, but not names that answer.
 */
function createModelLabels(options: MetricsOptions): (outcome: Outcome) => string {
  const models = new Set(options.modelLabels.slice(0, options.modelLabelsMax));
  return ({ model, result }) => {
    if (model === undefined) return NONE;
    if (models.has(model)) return model;
    if (result !== 'ok' || models.size >= options.modelLabelsMax) return OTHER;
    models.add(model);
    return model;
  };
}

type SeriesMaker = (
  dialect: string,
  model: string,
  surface: string,
  result: string,
  status: string,
) => Series;

function createSeries(registry: Registry): SeriesMaker {
  const requests = createTally(registry, 'forcegate_requests_total', 'Requests ended', [
    'dialect',
    'model',
    'surface',
    'result',
    'status',
  ]);
  const attempts = createTally(registry, 'forcegate_upstream_calls_total', 'Calls made to Salesforce', [
    'model',
    'surface',
  ]);
  const tokens = createTally(
    registry,
    'forcegate_tokens_total',
    'Tokens by direction; cache_read and cache_write are parts of input, reasoning is a part of output',
    ['model', 'direction'],
  );
  const duration = createDurations(
    registry,
    'forcegate_request_duration_seconds',
    'Time from the arrival of a request to its end',
    ['dialect', 'model', 'surface'],
    DURATION_BUCKETS_S,
  );
  const firstByte = createDurations(
    registry,
    'forcegate_first_byte_seconds',
    'Time from the arrival of a request to the first byte of its answer',
    ['dialect', 'model', 'surface'],
    FIRST_BYTE_BUCKETS_S,
  );
  return (dialect, model, surface, result, status) => ({
    requests: requests.cell(dialect, model, surface, result, status),
    attempts: attempts.cell(model, surface),
    duration: duration.cell(dialect, model, surface),
    firstByte: firstByte.cell(dialect, model, surface),
    inputTokens: tokens.cell(model, 'input'),
    outputTokens: tokens.cell(model, 'output'),
    cacheReadTokens: tokens.cell(model, 'cache_read'),
    cacheWriteTokens: tokens.cell(model, 'cache_write'),
    reasoningTokens: tokens.cell(model, 'reasoning'),
  });
}

/** Our own only: reading the runtime's would shorten the time over which the page tells of the event loop's lag. */
async function readingsOf(registry: Registry): Promise<readonly Reading[]> {
  const own = registry.getMetricsAsArray().filter(({ name }) => name.startsWith(OWN));
  const readings = own.map(async ({ name, help }): Promise<readonly Reading[]> => {
    const metric = registry.getSingleMetric(name);
    const type = metric instanceof Counter ? 'counter' : 'gauge';
    if (!(metric instanceof Counter || metric instanceof Gauge)) return [];
    const { values } = await metric.get();
    const told = values.map(({ value, labels }) => ({ value, labels: plainLabels(labels) }));
    return [{ name, help, type, values: told.filter(({ value }) => Number.isFinite(value)) }];
  });
  return (await Promise.all(readings)).flat();
}

function plainLabels(
  labels: Readonly<Record<string, string | number | undefined>>,
): Readonly<Record<string, string | number>> {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}

/** Numbers that live elsewhere, read at each scrape; one that cannot be read is left out of it. */
function registerReadings(registry: Registry, readings: readonly GaugeReading[]): void {
  const byName = Map.groupBy(readings, ({ name }) => name);
  for (const [name, group] of byName) {
    const labelNames = [...new Set(group.flatMap(({ labels }) => Object.keys(labels ?? {})))];
    const settings = { name, help: group[0]?.help ?? name, labelNames, registers: [] };
    const metric =
      group[0]?.type === 'counter'
        ? new Counter({
            ...settings,
            collect() {
              for (const reading of group) {
                this.remove({ ...reading.labels });
                tell(reading, (value) => this.inc({ ...reading.labels }, value));
              }
            },
          })
        : new Gauge({
            ...settings,
            collect() {
              for (const reading of group) {
                this.remove({ ...reading.labels });
                tell(reading, (value) => this.set({ ...reading.labels }, value));
              }
            },
          });
    registry.registerMetric(metric);
  }
}

function tell(reading: GaugeReading, set: (value: number) => void): void {
  try {
    const value = reading.read();
    if (Number.isFinite(value)) set(value);
  } catch {
    // One broken reading must not take the other metrics along.
  }
}
