// The measurements: histograms by the GenAI conventions, from the same outcome as the metrics page; and every counter and
// gauge of that page under its own name, read from it whenever metrics are exported, so that the two cannot differ.

import type { Meter, Observable } from '@opentelemetry/api';

import type { Outcome } from '../port.ts';
import type { OtlpOptions, Reading } from './options.ts';
import { operationName } from './spans.ts';

// The buckets that the conventions name for each.
const TOKEN_BUCKETS = [
  1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
];
const DURATION_BUCKETS_S = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
const FIRST_TOKEN_BUCKETS_S = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
const PER_TOKEN_BUCKETS_S = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];
const MS_PER_S = 1000;

export type Instruments = { settle(outcome: Outcome): void };

export function createInstruments(
  meter: Meter,
  { provider, listens, upstream }: Pick<OtlpOptions, 'provider' | 'listens' | 'upstream'>,
): Instruments {
  const histogram = (name: string, unit: string, description: string, boundaries: number[]) =>
    meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: boundaries } });
  const tokens = histogram(
    'gen_ai.client.token.usage',
    '{token}',
    'Input and output tokens of a request',
    TOKEN_BUCKETS,
  );
  const calls = histogram(
    'gen_ai.client.operation.duration',
    's',
    'Duration of an upstream call',
    DURATION_BUCKETS_S,
  );
  const duration = histogram(
    'gen_ai.server.request.duration',
    's',
    'Time from the arrival of a request to its end',
    DURATION_BUCKETS_S,
  );
  const first = histogram(
    'gen_ai.server.time_to_first_token',
    's',
    'Of a stream: from the arrival to its first content',
    FIRST_TOKEN_BUCKETS_S,
  );
  const pace = histogram(
    'gen_ai.server.time_per_output_token',
    's',
    'Of a stream: time for each token after the first',
    PER_TOKEN_BUCKETS_S,
  );
  return {
    settle(outcome) {
      const operation = operationName(outcome);
      if (operation === undefined) return;
      const { usage, errorCode, trace } = outcome;
      const shared = {
        'gen_ai.operation.name': operation,
        'gen_ai.provider.name': provider,
        // Only a model of the catalogue: a caller can invent names without end.
        ...(outcome.model === undefined ? {} : { 'gen_ai.request.model': outcome.model }),
      };
      const served = { ...shared, 'server.address': listens.host };
      const ended = errorCode === undefined ? served : { ...served, 'error.type': errorCode };
      duration.record(outcome.durationMs / MS_PER_S, ended);
      for (const [type, count] of [
        ['input', usage.inputTokens],
        ['output', usage.outputTokens],
      ] as const)
        if (count !== undefined) tokens.record(count, { ...served, 'gen_ai.token.type': type });
      for (const call of trace?.calls ?? [])
        calls.record((call.endedMs - call.startedMs) / MS_PER_S, {
          ...shared,
          'server.address': upstream.host,
          'server.port': upstream.port,
          ...(call.errorCode === undefined ? {} : { 'error.type': call.errorCode }),
        });
      const firstMs = trace?.firstContentMs;
      if (firstMs === undefined || outcome.result !== 'ok') return;
      first.record(firstMs / MS_PER_S, served);
      const more = (usage.outputTokens ?? 0) - 1;
      if (more > 0) pace.record((outcome.durationMs - firstMs) / MS_PER_S / more, served);
    },
  };
}

/** Counters lose the ending that the page's format asks for: whoever turns them back into it adds it again. */
const plainName = (name: string): string => name.replace(/_total$/u, '');

export async function mirrorReadings(meter: Meter, read: () => Promise<readonly Reading[]>): Promise<void> {
  const observed = new Map<string, Observable>();
  for (const { name, type, help } of await read()) {
    const options = { description: help };
    const plain = plainName(name);
    observed.set(
      name,
      type === 'counter'
        ? meter.createObservableCounter(plain, options)
        : meter.createObservableGauge(plain, options),
    );
  }
  meter.addBatchObservableCallback(
    async (result) => {
      for (const { name, values } of await read()) {
        const instrument = observed.get(name);
        if (instrument === undefined) continue;
        for (const { value, labels } of values) result.observe(instrument, value, { ...labels });
      }
    },
    [...observed.values()],
  );
}
