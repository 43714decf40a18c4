// A collector on loopback that keeps what it is sent: spans and metrics as OTLP's JSON has them, read into plain values.
// It can refuse, and it can keep silent until it is told to go on.

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';

type Value = {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly arrayValue?: { readonly values: readonly Value[] };
};
type KeyValue = { readonly key: string; readonly value: Value };
type Plain = string | number | boolean | readonly unknown[] | undefined;

export type ReceivedSpan = {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly traceState: string | undefined;
  readonly startMs: number;
  readonly endMs: number;
  /** 2 is an error. */
  readonly status: number;
  readonly attributes: Readonly<Record<string, Plain>>;
};

export type ReceivedPoint = {
  readonly metric: string;
  readonly attributes: Readonly<Record<string, Plain>>;
  /** Of a histogram. */
  readonly count: number | undefined;
  readonly sum: number | undefined;
  /** Of a sum or a gauge. */
  readonly value: number | undefined;
};

export type Collector = {
  readonly url: string;
  /** Requests so far, whatever was answered. */
  readonly requests: readonly {
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
  }[];
  spans(): readonly ReceivedSpan[];
  /** Of the last export of metrics. */
  points(metric: string): readonly ReceivedPoint[];
  resource(): Readonly<Record<string, Plain>>;
  /** From now on: a status, or silence until `close` or another word. */
  answer(how: number | 'silence'): void;
  /** Resolves once that many requests have come. */
  whenRequests(count: number): Promise<void>;
  close(): Promise<void>;
};

export async function openCollector(port = 0): Promise<Collector> {
  const requests: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
  const silent: ServerResponse[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  let how: number | 'silence' = 200;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      requests.push({ path: request.url ?? '', headers: request.headers, body });
      if (how === 'silence') silent.push(response);
      else response.writeHead(how, { 'content-type': 'application/json' }).end('{}');
      for (const one of waiting) if (requests.length >= one.count) one.resolve();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  const bodies = (path: string): readonly Batch[] =>
    requests.filter((one) => one.path === path).map(({ body }) => JSON.parse(body) as Batch);
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    requests,
    spans: () => bodies('/v1/traces').flatMap(spansOf),
    points: (metric) => pointsOf(bodies('/v1/metrics').at(-1), metric),
    resource: () => plain(bodies('/v1/traces').at(-1)?.resourceSpans?.[0]?.resource.attributes),
    answer(next) {
      how = next;
      if (next === 'silence') return;
      for (const response of silent.splice(0)) response.writeHead(next).end('{}');
    },
    whenRequests: (count) =>
      requests.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push({ count, resolve });
          }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

type RawSpan = {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status?: { readonly code?: number };
  readonly attributes?: readonly KeyValue[];
};
type RawPoint = {
  readonly attributes?: readonly KeyValue[];
  readonly count?: number | string;
  readonly sum?: number;
  readonly asDouble?: number;
  readonly asInt?: number | string;
};
type RawMetric = {
  readonly name: string;
  readonly histogram?: { readonly dataPoints: readonly RawPoint[] };
  readonly sum?: { readonly dataPoints: readonly RawPoint[] };
  readonly gauge?: { readonly dataPoints: readonly RawPoint[] };
};
type Batch = {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly RawMetric[] }[];
  }[];
};

const NS_PER_MS = 1_000_000;

function spansOf({ resourceSpans = [] }: Batch): readonly ReceivedSpan[] {
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .map((span) => ({
      name: span.name,
      kind: span.kind,
      traceId: span.traceId,
      spanId: span.spanId,
      parentSpanId: span.parentSpanId,
      traceState: span.traceState,
      startMs: Number(span.startTimeUnixNano) / NS_PER_MS,
      endMs: Number(span.endTimeUnixNano) / NS_PER_MS,
      status: span.status?.code ?? 0,
      attributes: plain(span.attributes),
    }));
}

function pointsOf(batch: Batch | undefined, metric: string): readonly ReceivedPoint[] {
  return (batch?.resourceMetrics ?? [])
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .filter(({ name }) => name === metric)
    .flatMap(({ histogram, sum, gauge }) => (histogram ?? sum ?? gauge)?.dataPoints ?? [])
    .map((point) => ({
      metric,
      attributes: plain(point.attributes),
      count: point.count === undefined ? undefined : Number(point.count),
      sum: point.sum,
      value: point.asDouble ?? (point.asInt === undefined ? undefined : Number(point.asInt)),
    }));
}

function plain(attributes: readonly KeyValue[] = []): Readonly<Record<string, Plain>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue({ stringValue, intValue, doubleValue, boolValue, arrayValue }: Value): Plain {
  if (arrayValue !== undefined) return arrayValue.values.map(plainValue);
  if (intValue !== undefined) return Number(intValue);
  return stringValue ?? doubleValue ?? boolValue;
}
