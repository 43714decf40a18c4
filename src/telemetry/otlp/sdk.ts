// The published SDK, put together: the only file that loads it, itself loaded only where a collector is configured. Spans
// are made when a request has ended, from what was noted of it, so that nothing of this runs while it is served.

import {
  createTraceState,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import type { Context, HrTime, Span, Tracer } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes, type Resource } from '@opentelemetry/resources';
import { MeterProvider, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import {
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace';

import type { Outcome, TraceNote } from '../port.ts';
import { createAgents, type Agents } from './agents.ts';
import { ExportLine } from './export-line.ts';
import { createInstruments, mirrorReadings } from './instruments.ts';
import { MetricPush } from './metric-push.ts';
import {
  ATTRIBUTE_CHARACTERS_MAX,
  CLOSE_MS,
  EXPORT_MS,
  type OtlpDependencies,
  type OtlpOptions,
} from './options.ts';
import { SpanQueue } from './span-queue.ts';
import { traceOf, type SpanShape } from './spans.ts';
import { readTraceParent } from './trace-parent.ts';

export type OtlpSdk = {
  settle(outcome: Outcome): string | undefined;
  flush(): Promise<void>;
  close(): Promise<void>;
};

const SCOPE = 'forcegate';
const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL } as const;
const TRACE_ID_HEX = 32;
const SPAN_ID_HEX = 16;
const MS_PER_S = 1000;
const NS_PER_MS = 1_000_000;

export async function openSdk(options: OtlpOptions, deps: OtlpDependencies): Promise<OtlpSdk> {
  const agents = createAgents(deps);
  const resource = resourceOf(options, deps.random.uuid());
  const { queue, tracer, spanLine } = createTracing(options, deps, agents, resource);
  const { push, provider, metricLine } = createMetering(options, deps, agents, resource);
  const meter = provider.getMeter(SCOPE, options.version);
  const instruments = createInstruments(meter, options);
  await mirrorReadings(meter, deps.readings);
  push.begin();
  return {
    settle(outcome) {
      instruments.settle(outcome);
      return outcome.trace === undefined ? undefined : tell(outcome, outcome.trace, tracer, options, deps);
    },
    flush: async () => void (await Promise.all([queue.forceFlush(), push.forceFlush()])),
    async close() {
      const done = Promise.allSettled([queue.shutdown(), push.shutdown()]);
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const limit = deps.timers.after(CLOSE_MS, resolve);
      await Promise.race([done, late]);
      limit.cancel();
      // What still waits would go on connections of its own, and hold the process for each.
      for (const line of [spanLine, metricLine]) line.end();
      agents.close();
    },
  };
}

function exporterOptions(url: string, { headers, version }: OtlpOptions, agents: Agents) {
  return {
    url,
    headers: Object.fromEntries(headers.map(([name, value]) => [name, value.reveal()])),
    timeoutMillis: EXPORT_MS,
    httpAgentOptions: agents.create,
    userAgent: `${SCOPE}/${version}`,
  };
}

/** @param instance Keeps the sums of several gateways of one name apart, where the operator does not. */
function resourceOf({ serviceName, version, resourceAttributes }: OtlpOptions, instance: string): Resource {
  return resourceFromAttributes({
    'service.instance.id': instance,
    ...resourceAttributes,
    'service.name': serviceName,
    'service.version': version,
    'telemetry.sdk.name': 'opentelemetry',
    'telemetry.sdk.language': 'nodejs',
  });
}

function createTracing(
  options: OtlpOptions,
  deps: OtlpDependencies,
  agents: Agents,
  resource: Resource,
): { queue: SpanQueue; tracer: Tracer; spanLine: ExportLine<ReadableSpan[]> } {
  const exporter = new OTLPTraceExporter(exporterOptions(options.tracesUrl, options, agents));
  const spanLine = new ExportLine<ReadableSpan[]>('traces', exporter, deps);
  const queue = new SpanQueue(spanLine, deps.timers);
  const { parentBased, ratio } = options.sampling;
  const root = new TraceIdRatioBasedSampler(ratio);
  const provider = new TracerProvider({
    resource,
    sampler: parentBased ? new ParentBasedSampler({ root }) : root,
    spanProcessors: [queue],
    spanLimits: { attributeValueLengthLimit: ATTRIBUTE_CHARACTERS_MAX + 1 },
    idGenerator: {
      generateTraceId: () => deps.random.hex(TRACE_ID_HEX),
      generateSpanId: () => deps.random.hex(SPAN_ID_HEX),
    },
  });
  return { queue, tracer: provider.getTracer(SCOPE, options.version), spanLine };
}

function createMetering(
  options: OtlpOptions,
  deps: OtlpDependencies,
  agents: Agents,
  resource: Resource,
): { push: MetricPush; provider: MeterProvider; metricLine: ExportLine<ResourceMetrics> } {
  const exporter = new OTLPMetricExporter(exporterOptions(options.metricsUrl, options, agents));
  const metricLine = new ExportLine<ResourceMetrics>('metrics', exporter, deps);
  const push = new MetricPush(exporter, metricLine, deps.timers);
  return { push, provider: new MeterProvider({ resource, readers: [push] }), metricLine };
}

function tell(
  outcome: Outcome,
  note: TraceNote,
  tracer: Tracer,
  options: OtlpOptions,
  { clock, clean }: OtlpDependencies,
): string | undefined {
  const { request, children } = traceOf(outcome, note, clock.nowMs(), { ...options, clean });
  const span = begin(tracer, request, parentOf(note));
  const inside = trace.setSpan(ROOT_CONTEXT, span);
  // Children of a span that is not sampled are not even made.
  if (span.isRecording()) for (const child of children) end(begin(tracer, child, inside), child);
  end(span, request);
  return span.isRecording() || (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0
    ? span.spanContext().traceId
    : undefined;
}

function parentOf({ traceparent, tracestate }: TraceNote): Context {
  const parent = readTraceParent(traceparent);
  if (parent === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: parent.traceId,
    spanId: parent.spanId,
    traceFlags: parent.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
    ...(tracestate === undefined ? {} : { traceState: createTraceState(tracestate) }),
  });
}

function begin(tracer: Tracer, shape: SpanShape, context: Context): Span {
  const { name, kind, startMs, attributes } = shape;
  return tracer.startSpan(
    name,
    { kind: KINDS[kind], startTime: timeOf(startMs), attributes: mutable(attributes) },
    context,
  );
}

function end(span: Span, { endMs, failed }: SpanShape): void {
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(timeOf(endMs));
}

/** As seconds and nanoseconds: a plain number could be taken for a time of another clock. */
function timeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / MS_PER_S);
  return [seconds, Math.round((ms - seconds * MS_PER_S) * NS_PER_MS)];
}

function mutable(attributes: SpanShape['attributes']): Record<string, string | number | boolean | string[]> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === 'object' ? [...value] : value]),
  );
}
