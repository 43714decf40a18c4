// What is told of a request in the log and in the metrics, and what is never told.

import { describe, expect, it } from 'vitest';

import { UNKNOWN_USAGE } from '../core/neutral/index.ts';
import { Secret } from '../core/platform/index.ts';
import { createSimulatedTime } from '../../test/simulated-time.ts';
import {
  createTelemetry,
  TELEMETRY_DEFAULTS,
  type GatewayTelemetry,
  type Outcome,
  type TelemetryOptions,
} from './index.ts';

const OUTCOME: Outcome = {
  requestId: 'req_1',
  dialect: 'openai-chat',
  operation: 'generate',
  result: 'ok',
  status: 200,
  errorCode: undefined,
  errorMessage: undefined,
  errorMessageMayQuote: false,
  errorDetail: undefined,
  upstreamFault: undefined,
  keyId: 'team',
  stream: true,
  modelAsked: 'claude-sonnet',
  model: 'claude-sonnet-4',
  modelServed: 'vendor-sonnet',
  surface: 'invoke',
  attempts: 2,
  usage: { ...UNKNOWN_USAGE, inputTokens: 11, outputTokens: 7, cacheReadTokens: 5 },
  loss: [{ need: 'seed', how: 'dropped', note: undefined }],
  upstreamRequestId: 'sf-1',
  durationMs: 1234.5678,
  firstByteMs: 250.001,
};

const FAILED: Outcome = {
  ...OUTCOME,
  result: 'error',
  status: 502,
  errorCode: 'upstream_error',
  errorMessage: 'Salesforce failed.',
  errorDetail: 'body was odd',
  upstreamFault: { status: 500, errorCode: 'E1', messageCode: 'M1', requestId: 'sf-2' },
};

type Told = { readonly telemetry: GatewayTelemetry; lines(): Record<string, unknown>[]; text(): string };

function create(options: Partial<TelemetryOptions> = {}): Told {
  let text = '';
  const { clock, timers } = createSimulatedTime(1_700_000_000_000);
  const telemetry = createTelemetry(
    { ...TELEMETRY_DEFAULTS, processMetrics: false, ...options },
    { clock, timers, sink: { write: (line) => void (text += line) } },
  );
  return {
    telemetry,
    text: () => text,
    lines: () =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
  };
}

function settle({ telemetry }: Told, outcome: Outcome): void {
  telemetry.begin();
  telemetry.settle(outcome);
}

describe('the log', () => {
  it('tells a request in one line', () => {
    const told = create();
    settle(told, OUTCOME);
    expect(told.lines()).toEqual([
      {
        level: 'info',
        time: 1_700_000_000_000,
        msg: 'request',
        request_id: 'req_1',
        dialect: 'openai-chat',
        operation: 'generate',
        result: 'ok',
        status: 200,
        response_time: 1234.57,
        first_byte_ms: 250,
        stream: true,
        key_id: 'team',
        model_asked: 'claude-sonnet',
        model: 'claude-sonnet-4',
        model_served: 'vendor-sonnet',
        surface: 'invoke',
        attempts: 2,
        input_tokens: 11,
        output_tokens: 7,
        cache_read_tokens: 5,
        loss: ['seed dropped'],
        upstream_request_id: 'sf-1',
      },
    ]);
  });

  it('tells an error with what Salesforce called it', () => {
    const told = create();
    settle(told, FAILED);
    expect(told.lines()[0]).toMatchObject({
      level: 'error',
      error_code: 'upstream_error',
      error_message: 'Salesforce failed.',
      error_detail: 'body was odd',
      upstream_status: 500,
      upstream_error_code: 'E1',
      upstream_message_code: 'M1',
    });
  });

  it('has a level by whose fault it was', () => {
    const told = create();
    settle(told, { ...FAILED, errorCode: 'invalid_request' });
    settle(told, { ...FAILED, errorCode: 'internal' });
    settle(told, { ...FAILED, result: 'client-closed', errorCode: 'client_closed' });
    expect(told.lines().map(({ level }) => level)).toEqual(['warn', 'error', 'info']);
  });

  it('says nothing below its level', () => {
    const told = create({ logLevel: 'error' });
    settle(told, OUTCOME);
    settle(told, FAILED);
    expect(told.lines()).toHaveLength(1);
  });

  it('keeps to bounds whatever it is given', () => {
    const told = create();
    const endless = 'x'.repeat(1_000_000);
    settle(told, {
      ...FAILED,
      modelAsked: endless,
      errorMessage: endless,
      errorDetail: endless,
      modelServed: endless,
    });
    expect(told.text().length).toBeLessThan(5000);
  });

  it('tells of the gateway itself, without the values of fields that hold secrets', () => {
    const told = create();
    told.telemetry.log('warn', 'token minted', {
      org: 'acme',
      access_token: 'abc',
      nested: { authorization: 'def' },
    });
    expect(told.lines()[0]).toMatchObject({
      level: 'warn',
      msg: 'token minted',
      org: 'acme',
      access_token: '[secret]',
      nested: { authorization: '[secret]' },
    });
  });
});

describe('a secret', () => {
  const canary = 'canary"with\\odd-letters';
  const secrets = [new Secret(canary), new Secret('plain-canary'), new Secret('plain-canary-longer')];

  it('is printed nowhere, whichever field it got into', async () => {
    const told = create({ secrets });
    for (const value of [canary, 'plain-canary', 'plain-canary-longer']) {
      const worst = `before ${value} after`;
      settle(told, {
        ...FAILED,
        errorMessage: worst,
        errorDetail: worst,
        modelAsked: worst,
        modelServed: worst,
        upstreamRequestId: worst,
        upstreamFault: { status: 1, errorCode: worst, messageCode: worst, requestId: worst },
      });
      told.telemetry.log('info', worst, { harmless: worst, secret: new Secret(value) });
    }
    expect(told.lines()).toHaveLength(6);
    const printed = told.text() + JSON.stringify(told.lines()) + (await told.telemetry.metrics());
    expect(printed).not.toMatch(/canary/);
    expect(told.lines()[0]).toMatchObject({ error_detail: 'before [secret] after' });
  });

  it('breaks no number of a line where it is a short one itself', () => {
    const told = create({ secrets: [new Secret('1234')] });
    told.telemetry.log('info', 'counted', { count: 5_123_456 });
    expect(told.lines()).toMatchObject([{ count: 5_123_456 }]);
  });

  it.each([
    'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl',
    'Bearer opaque.token-value',
    '00D5g00000ABCDE!AQ4AQFTsecretsession.id_',
    'client_secret=hidden-value&x=1',
    '{"access_token": "hidden-value"}',
  ])('that nobody told of, like %s, is known by its shape', (value) => {
    const told = create();
    settle(told, { ...FAILED, errorDetail: `upstream said: ${value} end`, errorMessage: value });
    expect(told.text()).not.toMatch(/eyJ|opaque|AQ4AQ|hidden/);
    expect(told.text()).toContain('[secret]');
  });

  it('of a caller is not quoted from the runtime’s complaint about bad JSON', () => {
    const told = create();
    let complaint = '';
    try {
      JSON.parse('{"prompt": my private words and many more of them to come }');
    } catch (thrown) {
      complaint = String(thrown);
    }
    expect(complaint).toContain('my private');
    settle(told, { ...FAILED, errorDetail: complaint });
    expect(told.text()).not.toContain('private');
    expect(told.text()).toContain('not valid JSON');
  });
});

describe('the metrics', () => {
  it('count requests, tokens, losses, errors and times', async () => {
    const told = create();
    settle(told, OUTCOME);
    settle(told, OUTCOME);
    settle(told, FAILED);
    told.telemetry.begin();
    const text = await told.telemetry.metrics();
    const labels = 'dialect="openai-chat",model="claude-sonnet-4",surface="invoke"';
    for (const line of [
      `forcegate_requests_total{${labels},result="ok",status="200"} 2`,
      `forcegate_requests_total{${labels},result="error",status="502"} 1`,
      'forcegate_upstream_calls_total{model="claude-sonnet-4",surface="invoke"} 6',
      'forcegate_tokens_total{model="claude-sonnet-4",direction="input"} 33',
      'forcegate_tokens_total{model="claude-sonnet-4",direction="output"} 21',
      'forcegate_tokens_total{model="claude-sonnet-4",direction="cache_read"} 15',
      'forcegate_loss_total{need="seed",how="dropped"} 3',
      'forcegate_errors_total{code="upstream_error"} 1',
      'forcegate_errors_total{code="internal"} 0',
      'forcegate_requests_in_flight 1',
      `forcegate_request_duration_seconds_count{${labels}} 3`,
      `forcegate_request_duration_seconds_bucket{le="1",${labels}} 0`,
      `forcegate_request_duration_seconds_bucket{le="2.5",${labels}} 3`,
      `forcegate_first_byte_seconds_bucket{le="0.5",${labels}} 3`,
    ])
      expect(text.split('\n')).toContain(line);
  });

  it('go on counting after they were read', async () => {
    const told = create();
    settle(told, OUTCOME);
    await told.telemetry.metrics();
    settle(told, OUTCOME);
    await told.telemetry.metrics();
    expect(await told.telemetry.metrics()).toContain('direction="input"} 22');
  });

  it('name no more models than they may, and none that never answered', async () => {
    const told = create({ modelLabels: ['known'], modelLabelsMax: 2 });
    settle(told, { ...FAILED, model: 'known' });
    settle(told, { ...FAILED, model: 'invented' });
    settle(told, { ...OUTCOME, model: 'custom-1' });
    settle(told, { ...OUTCOME, model: 'custom-2' });
    settle(told, { ...OUTCOME, model: undefined, surface: undefined, modelAsked: 'asked-only' });
    const text = await told.telemetry.metrics();
    const models = new Set([...text.matchAll(/model="([^"]*)"/g)].map(([, model]) => model));
    expect(models).toEqual(new Set(['custom-1', 'known', 'none', 'other']));
  });

  it('read numbers that live elsewhere, and live without those that cannot be read', async () => {
    let mints = 1;
    const told = create({
      gauges: [
        { name: 'forcegate_token_mints_total', help: 'Mints', type: 'counter', read: () => mints },
        { name: 'forcegate_pool', help: 'Sockets', labels: { state: 'open' }, read: () => 3 },
        { name: 'forcegate_pool', help: 'Sockets', labels: { state: 'busy' }, read: () => Number.NaN },
        {
          name: 'forcegate_broken',
          help: 'Broken',
          read: () => {
            throw new Error('not open yet');
          },
        },
      ],
    });
    expect(await told.telemetry.metrics()).toContain('forcegate_token_mints_total 1');
    mints = 5;
    const text = await told.telemetry.metrics();
    expect(text).toContain('# TYPE forcegate_token_mints_total counter');
    expect(text).toContain('forcegate_token_mints_total 5');
    expect(text).toContain('forcegate_pool{state="open"} 3');
    expect(text).not.toContain('state="busy"');
    expect(text).not.toMatch(/^forcegate_broken/m);
  });

  it('of two gateways in one process are apart', async () => {
    const [one, other] = [create(), create()];
    settle(one, OUTCOME);
    expect(await other.telemetry.metrics()).not.toContain('claude-sonnet-4');
  });

  it('tell about the process when asked to', async () => {
    const told = create({ processMetrics: true });
    expect(await told.telemetry.metrics()).not.toContain('process_cpu');
    await told.telemetry.open();
    expect(await told.telemetry.metrics()).toContain('process_cpu_seconds_total');
  });
});
