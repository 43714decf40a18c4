// A gateway with a collector beside it: what arrives there of a request, that it fits the metrics page, that nothing
// secret is in it, and that no request minds what becomes of the collector.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { Secret, systemTimers, type Timers } from '../../src/core/platform/index.ts';
import type { OtlpTarget } from '../../src/telemetry/index.ts';
import { CLOSE_MS } from '../../src/telemetry/otlp/options.ts';
import { hashKey } from '../../src/policy/index.ts';
import { openCollector, type Collector, type ReceivedSpan } from '../fakes/otlp-collector.ts';
import { send, type RawReply } from './raw-client.ts';
import { openStage, type Stage } from './stage.ts';

const KEY = 'CANARY-KEY-3b1d-0123456789';
const PROMPT = 'CANARY-PROMPT-77e2';
const ANSWER = 'CANARY-ANSWER-a01c';
const CONSUMER_SECRET = 'CANARY-SECRET-5f0e';
const COLLECTOR_KEY = 'CANARY-COLLECTOR-91cc';
const MODEL = 'gemini-2.5-flash';
const SERVER = 2;
const CLIENT = 3;
const ERROR = 2;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

function targetOf(url: string): OtlpTarget {
  return {
    tracesUrl: `${url}/v1/traces`,
    metricsUrl: `${url}/v1/metrics`,
    headers: [['x-collector-key', new Secret(COLLECTOR_KEY)]],
    serviceName: 'journey',
    resourceAttributes: { 'deployment.environment.name': 'test' },
    sampling: { parentBased: true, ratio: 1 },
  };
}

/** The wait for a collector at the end is none. */
const AT_ONCE: Timers = {
  after: (delayMs, run) => systemTimers.after(delayMs === CLOSE_MS ? 0 : delayMs, run),
};

function openTracedStage(url: string, timers: Timers = systemTimers): Promise<Stage> {
  return openStage({
    timers,
    simulator: { consumerSecret: CONSUMER_SECRET },
    configure: (config) => ({
      ...config,
      otlp: targetOf(url),
      keys: { clients: [{ id: 'laptop', sha256: hashKey(KEY), admin: true }] },
    }),
  });
}

function ask(stage: Stage, body: object = {}, headers: Record<string, string> = {}): Promise<RawReply> {
  return send(stage.url, {
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}`, ...headers },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: PROMPT }], ...body }),
  });
}

const serverSpan = (collector: Collector): ReceivedSpan => {
  const [span, ...others] = collector.spans().filter(({ kind }) => kind === SERVER);
  if (span === undefined || others.length > 0) throw new Error(`${others.length + 1} server spans`);
  return span;
};
const clientSpans = (collector: Collector): readonly ReceivedSpan[] =>
  collector.spans().filter(({ kind }) => kind === CLIENT);

describe('a gateway with a collector', () => {
  let collector: Collector;
  let stage: Stage;

  beforeEach(async () => {
    collector = await openCollector();
    stage = await openTracedStage(collector.url);
  });

  afterEach(async () => {
    await stage.close();
    await collector.close();
  });

  it('tells of a request by the GenAI conventions, with its upstream call inside', async () => {
    await stage.script({ match: {}, reply: { text: ANSWER } });
    const reply = await ask(stage, { max_tokens: 77, temperature: 0.25 });
    expect(reply.status).toBe(200);
    await stage.gateway.close();

    const span = serverSpan(collector);
    expect(span).toMatchObject({ name: `chat ${MODEL}`, status: 0 });
    expect(span.parentSpanId).toBeUndefined();
    expect(span.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'salesforce',
      'gen_ai.request.model': MODEL,
      'gen_ai.request.max_tokens': 77,
      'gen_ai.request.temperature': 0.25,
      'gen_ai.response.finish_reasons': ['stop'],
      'http.request.method': 'POST',
      'http.route': '/v1/chat/completions',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'forcegate.key_id': 'laptop',
      'forcegate.result': 'ok',
    });
    expect(span.attributes['error.type']).toBeUndefined();
    const usage = (JSON.parse(reply.text) as { usage: { prompt_tokens: number; completion_tokens: number } })
      .usage;
    expect(span.attributes['gen_ai.usage.input_tokens']).toBe(usage.prompt_tokens);
    expect(span.attributes['gen_ai.usage.output_tokens']).toBe(usage.completion_tokens);

    const [call, ...others] = clientSpans(collector);
    expect(others).toEqual([]);
    expect(call).toMatchObject({ traceId: span.traceId, parentSpanId: span.spanId, status: 0 });
    expect(call?.attributes).toMatchObject({
      'forcegate.surface': 'gateway-generations',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
    });
    expect(call?.attributes['http.request.resend_count']).toBeUndefined();
    expect(call?.startMs).toBeGreaterThanOrEqual(span.startMs);
    expect(call?.endMs).toBeLessThanOrEqual(span.endMs);
    expect(collector.resource()).toMatchObject({
      'service.name': 'journey',
      'deployment.environment.name': 'test',
    });
    expect(collector.requests.map(({ headers }) => headers['x-collector-key'])).not.toContain(undefined);
  });

  it("goes on in the caller's trace, keeps its state, and tells none of it to the org", async () => {
    await ask(stage, {}, { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'vendor=a1' });
    const told = await stage.journal();
    await stage.gateway.close();
    const span = serverSpan(collector);
    expect(span).toMatchObject({ traceId: TRACE, parentSpanId: PARENT, traceState: 'vendor=a1' });
    expect(clientSpans(collector)).toMatchObject([{ traceId: TRACE, parentSpanId: span.spanId }]);
    expect(stage.log.join('')).toContain(`"trace_id":"${TRACE}"`);
    expect(told).toHaveLength(1);
    expect(JSON.stringify(told)).not.toContain(TRACE);
  });

  it('leaves out a request whose caller decided not to trace, and counts it all the same', async () => {
    await ask(stage, {}, { traceparent: `00-${TRACE}-${PARENT}-00` });
    await stage.gateway.close();
    expect(collector.spans()).toEqual([]);
    expect(collector.points('gen_ai.server.request.duration')).toMatchObject([{ count: 1 }]);
  });

  it('tells when a stream began to say something, and how it ended', async () => {
    await stage.script({ match: {}, reply: { text: 'one two three', chunks: 3 } });
    await ask(stage, { stream: true });
    await stage.gateway.close();
    const span = serverSpan(collector);
    expect(span.attributes['gen_ai.request.stream']).toBe(true);
    expect(span.attributes['forcegate.first_content_ms']).toEqual(expect.any(Number));
    expect(span.attributes['gen_ai.response.finish_reasons']).toEqual(['stop']);
    expect(collector.points('gen_ai.server.time_to_first_token')).toMatchObject([{ count: 1 }]);
    expect(collector.points('gen_ai.server.time_to_first_token')[0]?.sum).toBeCloseTo(
      Number(span.attributes['forcegate.first_content_ms']) / 1000,
      6,
    );
  });

  it("marks what Salesforce failed as failed, and a caller's own fault not", async () => {
    await stage.script({ match: {}, fault: { type: 'status', status: 500 } });
    await ask(stage);
    await ask(stage, { messages: PROMPT });
    await stage.gateway.close();
    const [failed, wrong] = collector.spans().filter(({ kind }) => kind === SERVER);
    expect(failed).toMatchObject({ status: ERROR });
    expect(failed?.attributes['error.type']).toMatch(/^upstream_/u);
    expect(wrong).toMatchObject({ status: 0, name: 'POST /v1/chat/completions' });
    expect(wrong?.attributes).toMatchObject({
      'error.type': 'invalid_request',
      'http.response.status_code': 400,
    });
    expect(clientSpans(collector)).toMatchObject([
      { status: ERROR, attributes: { 'http.response.status_code': 500 } },
    ]);
  });

  it('numbers the calls that were made again, and tells of the wait for a token', async () => {
    await stage.script({ match: {}, fault: { type: 'expire-token' } });
    expect((await ask(stage)).status).toBe(200);
    await stage.gateway.close();
    const calls = clientSpans(collector);
    expect(calls.map(({ attributes }) => attributes['http.response.status_code'])).toEqual([401, 200]);
    expect(calls.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([undefined, 1]);
    expect(collector.spans().map(({ name }) => name)).toContain('token');
  });

  it('tells of embeddings and of split calls one upstream call each', async () => {
    await ask(stage, { n: 3 });
    await send(stage.url, {
      path: '/v1/embeddings',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ model: 'text-embedding-ada-002', input: [PROMPT] }),
    });
    await stage.gateway.close();
    const spans = collector.spans();
    const [split, embedded] = spans.filter(({ kind }) => kind === SERVER);
    const inside = (one: ReceivedSpan | undefined): number =>
      clientSpans(collector).filter(({ parentSpanId }) => parentSpanId === one?.spanId).length;
    expect(split?.attributes['gen_ai.request.choice.count']).toBe(3);
    expect(inside(split)).toBe(3);
    expect(embedded?.attributes['gen_ai.operation.name']).toBe('embeddings');
    expect(inside(embedded)).toBe(1);
  });

  it('tells the same numbers as the metrics page', async () => {
    await ask(stage);
    await ask(stage, { model: 'no-such-model' });
    const page = (await send(stage.url, { method: 'GET', path: '/metrics', headers: { 'x-api-key': KEY } }))
      .text;
    await stage.gateway.close();
    const onPage = (series: RegExp): number => Number(series.exec(page)?.[1]);
    const requests = collector
      .points('forcegate_requests')
      .map(({ value, attributes }) => [attributes['result'], value]);
    expect(requests).toEqual([
      ['ok', 1],
      ['error', 1],
    ]);
    for (const direction of ['input', 'output']) {
      const series = new RegExp(
        `forcegate_tokens_total\\{model="${MODEL}",direction="${direction}"\\} (\\d+)`,
        'u',
      );
      const usage = collector
        .points('gen_ai.client.token.usage')
        .find(({ attributes }) => attributes['gen_ai.token.type'] === direction);
      expect(usage?.sum).toBe(onPage(series));
      expect(usage?.count).toBe(1);
    }
    expect(onPage(/forcegate_token_mints_total (\d+)/u)).toBe(1);
    expect(collector.points('forcegate_token_mints')).toMatchObject([{ value: 1 }]);
    expect(collector.points('forcegate_requests_in_flight')).toMatchObject([{ value: 0 }]);
    const body = collector.requests.findLast(({ path }) => path === '/v1/metrics')?.body ?? '';
    expect(body).not.toContain('nodejs_');
    const durations = collector.points('gen_ai.server.request.duration');
    expect(durations.map(({ attributes, count }) => [attributes['gen_ai.request.model'], count])).toEqual([
      [MODEL, 1],
      [undefined, 1],
    ]);
  });

  it('carries no prompt, no answer, no key and no secret, whatever the ending', async () => {
    const quoting = { errorCode: 'BAD', messageCode: 'E1', message: `bad: ${PROMPT}` };
    for (const stream of [false, true]) {
      await stage.script({ match: {}, reply: { text: ANSWER } });
      await ask(stage, { stream, user: PROMPT, stop: [PROMPT], metadata: { note: PROMPT } });
      await stage.script({ match: {}, fault: { type: 'status', status: 400, body: quoting } });
      await ask(stage, { stream });
      await stage.script({
        match: {},
        fault: { type: 'error-event', afterChunks: 1 },
        reply: { text: ANSWER },
      });
      await ask(stage, { stream });
    }
    await ask(stage, { [PROMPT]: 1, tools: PROMPT });
    await ask(stage, {}, { authorization: `Bearer ${KEY}-wrong` });
    await ask(stage, { model: `eyJ${'a'.repeat(20)}.${'b'.repeat(20)}.cc` });
    await stage.gateway.close();
    const told = collector.requests.map(({ path, body }) => `${path} ${body}`).join('\n');
    expect(clientSpans(collector).length).toBeGreaterThanOrEqual(6);
    // Whoever reads the page finds every name that arrives.
    const page = readFileSync(new URL('../../docs/telemetry.md', import.meta.url), 'utf8');
    const names = collector.spans().flatMap(({ attributes }) => Object.keys(attributes));
    expect([...new Set(names)].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    for (const canary of [PROMPT, ANSWER, KEY, CONSUMER_SECRET, COLLECTOR_KEY, 'Bearer', 'eyJ'])
      expect(told).not.toContain(canary);
    expect(stage.log.join('')).not.toContain(COLLECTOR_KEY);
  });
});

describe('a collector that does not take it', () => {
  let collector: Collector;
  let stage: Stage;

  beforeAll(async () => {
    collector = await openCollector();
  });

  afterAll(async () => {
    await collector.close();
  });

  afterEach(async () => {
    await stage.close();
  });

  it.each([
    // One word for the traces, one for the metrics.
    { name: 'refuses', how: 400, words: 2, timers: systemTimers },
    // The gateway has closed before it knows.
    { name: 'keeps silent', how: 'silence', words: 0, timers: AT_ONCE },
  ] as const)('lets every request be served where it $name', async ({ how, words, timers }) => {
    collector.answer(how);
    stage = await openTracedStage(collector.url, timers);
    for (let round = 0; round < 5; round += 1) expect((await ask(stage)).status).toBe(200);
    await stage.gateway.close();
    expect(stage.log.filter((line) => line.includes('telemetry: export failed'))).toHaveLength(words);
    expect(stage.log.filter((line) => line.includes('"msg":"request"'))).toHaveLength(5);
    expect(collector.requests.length).toBeGreaterThanOrEqual(2);
  });

  it('lets every request be served where nobody listens', async () => {
    const gone = await openCollector();
    await gone.close();
    stage = await openTracedStage(gone.url, AT_ONCE);
    for (let round = 0; round < 5; round += 1) expect((await ask(stage)).status).toBe(200);
  });
});

describe('a gateway without a collector', () => {
  // The types' package aside: the metrics library loads it on its own.
  const script = (endpoint: string | undefined): string => `
    import { registerHooks } from 'node:module';
    let loaded = 0;
    registerHooks({ load(url, context, next) { if (/@opentelemetry\\/(?!api\\/)|telemetry\\/otlp\\/sdk/.test(url)) loaded += 1; return next(url, context); } });
    const { createGateway, systemDependencies } = await import('./src/main.ts');
    const { loadConfig } = await import('./src/config/index.ts');
    const { systemFileSystem } = await import('./src/core/platform/index.ts');
    const env = {
      FORCEGATE_CONSUMER_KEY: 'key', FORCEGATE_CONSUMER_SECRET: 'secret', FORCEGATE_PORT: '0',
      FORCEGATE_INSTANCE_URL: 'https://127.0.0.1:1', FORCEGATE_LOG__LEVEL: 'silent', FORCEGATE_TOKEN_FILE: '/nowhere/token.json',
      ${endpoint === undefined ? '' : `OTEL_EXPORTER_OTLP_ENDPOINT: ${JSON.stringify(endpoint)},`}
    };
    const loadedConfig = await loadConfig({ cwd: '/', env, files: systemFileSystem });
    const gateway = createGateway(loadedConfig.config, systemDependencies());
    const { url } = await gateway.open();
    await (await fetch(url + '/v1/chat/completions', { method: 'POST', body: '{' })).text();
    console.log('loaded ' + loaded);
    process.exit(0);
  `;
  const run = (endpoint: string | undefined): string =>
    spawnSync(process.execPath, ['--input-type=module', '-e', script(endpoint)], { encoding: 'utf8' }).stdout;

  it('loads nothing of OpenTelemetry, and with one it does', () => {
    expect(run(undefined)).toBe('loaded 0\n');
    expect(run('http://127.0.0.1:1')).toMatch(/^loaded [1-9]\d+\n$/u);
  });
});
