// Each alert under planted conditions, on simulated time: it fires once, stays, and clears once.

import { describe, expect, it } from 'vitest';

import { createSimulatedTime, type SimulatedTime } from '../../test/simulated-time.ts';
import type { ErrorCode } from '../core/errors/index.ts';
import { UNKNOWN_USAGE } from '../core/neutral/index.ts';
import { ALERT_NAMES } from './alert-rules.ts';
import { createAlerts, type AlertReadings, type Alerts } from './alerts.ts';
import type { Outcome } from './port.ts';

const MINUTE_MS = 60_000;

type Stage = {
  readonly time: SimulatedTime;
  readonly alerts: Alerts;
  readonly changes: string[];
  readings: AlertReadings;
  /** So many requests, the first of them failing with the code. */
  requests(count: number, failing?: number, code?: ErrorCode, durationMs?: number): void;
};

const WELL: AlertReadings = {
  tokenExpiresInS: 1800,
  renewalFailed: false,
  tokenHits: 0,
  tokenMisses: 0,
  openBreakers: [],
  quotas: [],
  certificateExpiresInS: undefined,
};

const left = (lowest: number): AlertReadings => ({
  ...WELL,
  quotas: [
    { surface: 'invoke', limit: 300, lowest: 250 },
    { surface: 'embeddings', limit: 1000, lowest },
  ],
});

const DAY_S = 86_400;

const outcome = (errorCode: ErrorCode | undefined, durationMs: number): Outcome => ({
  requestId: 'r',
  dialect: 'd',
  operation: 'generate',
  result: errorCode === undefined ? 'ok' : 'error',
  status: 200,
  errorCode,
  errorMessage: undefined,
  errorMessageMayQuote: false,
  errorDetail: undefined,
  upstreamFault: undefined,
  keyId: undefined,
  stream: false,
  modelAsked: 'm',
  model: 'm',
  modelServed: 'm',
  surface: 's',
  attempts: 1,
  usage: UNKNOWN_USAGE,
  loss: [],
  upstreamRequestId: undefined,
  durationMs,
  firstByteMs: undefined,
});

function createStage(): Stage {
  const time = createSimulatedTime();
  const changes: string[] = [];
  const stage: Stage = {
    time,
    changes,
    readings: WELL,
    alerts: createAlerts({
      ...time,
      read: () => stage.readings,
      onChange: ({ alert, state, severity }) => changes.push(`${alert} ${state} ${severity}`),
    }),
    requests(count, failing = 0, code = 'upstream_error', durationMs = 2700) {
      for (let index = 0; index < count; index += 1)
        stage.alerts.observe(outcome(index < failing ? code : undefined, durationMs));
    },
  };
  stage.alerts.open();
  return stage;
}

type Planted = {
  readonly alert: string;
  readonly severity: string;
  /** Just not enough, and just enough. */
  readonly nearly: (stage: Stage) => void;
  readonly plant: (stage: Stage) => void;
  readonly mend: (stage: Stage) => void;
};

const shareOf = (code: ErrorCode, alert: string, few: number, many: number): Planted => ({
  alert,
  severity: 'warning',
  nearly: (stage) => stage.requests(1000, few, code),
  plant: (stage) => stage.requests(1000, many, code),
  mend: (stage) => stage.requests(40_000),
});

const PLANTED: readonly Planted[] = [
  {
    alert: 'token_renewal_failed',
    severity: 'critical',
    nearly: (stage) => (stage.readings = { ...WELL, renewalFailed: true, tokenExpiresInS: 1200 }),
    plant: (stage) => (stage.readings = { ...WELL, renewalFailed: true, tokenExpiresInS: 1199 }),
    mend: (stage) => (stage.readings = WELL),
  },
  {
    alert: 'token_hit_rate_low',
    severity: 'notice',
    nearly: (stage) => (stage.readings = { ...WELL, tokenHits: 80, tokenMisses: 20 }),
    plant: (stage) => (stage.readings = { ...WELL, tokenHits: 155, tokenMisses: 45 }),
    mend: (stage) => (stage.readings = { ...WELL, tokenHits: 1555, tokenMisses: 45 }),
  },
  shareOf('upstream_unauthorized', 'auth_failures', 10, 11),
  shareOf('upstream_login_refused', 'auth_failures', 10, 11),
  shareOf('upstream_timeout', 'timeouts', 50, 51),
  shareOf('upstream_rate_limited', 'quota_nearly_spent', 100, 101),
  {
    alert: 'slow_responses',
    severity: 'warning',
    nearly: (stage) => stage.requests(30, 0, 'internal', 5300),
    plant: (stage) => stage.requests(300, 0, 'internal', 60_000),
    mend: (stage) => stage.requests(40_000, 0, 'internal', 2700),
  },
  {
    alert: 'quota_nearly_spent',
    severity: 'warning',
    nearly: (stage) => (stage.readings = left(100)),
    plant: (stage) => (stage.readings = left(99)),
    mend: (stage) => (stage.readings = left(200)),
  },
  {
    alert: 'certificate_expiring',
    severity: 'warning',
    nearly: (stage) => (stage.readings = { ...WELL, certificateExpiresInS: 14 * DAY_S }),
    plant: (stage) => (stage.readings = { ...WELL, certificateExpiresInS: 14 * DAY_S - 1 }),
    mend: (stage) => (stage.readings = { ...WELL, certificateExpiresInS: 90 * DAY_S }),
  },
  {
    alert: 'breaker_open',
    severity: 'warning',
    nearly: () => undefined,
    plant: (stage) => (stage.readings = { ...WELL, openBreakers: ['invoke claude'] }),
    mend: (stage) => (stage.readings = WELL),
  },
];

describe('alerts', () => {
  it('are all planted here', () => {
    // Only below the notice can the warning fire, so it has a test of its own.
    const planted = new Set([...PLANTED.map(({ alert }) => alert), 'token_hit_rate_very_low']);
    expect([...planted].toSorted()).toEqual(ALERT_NAMES.toSorted());
  });

  it.each(PLANTED)('$alert fires once and clears once', async ({ alert, severity, nearly, plant, mend }) => {
    const stage = createStage();
    nearly(stage);
    await stage.time.advance(20_000);
    expect(stage.changes).toEqual([]);
    plant(stage);
    await stage.time.advance(MINUTE_MS);
    expect(stage.changes).toEqual([`${alert} firing ${severity}`]);
    expect(stage.alerts.firing()).toMatchObject([{ alert, severity }]);
    await stage.time.advance(MINUTE_MS);
    expect(stage.changes).toHaveLength(1);
    mend(stage);
    await stage.time.advance(MINUTE_MS);
    expect(stage.changes).toEqual([`${alert} firing ${severity}`, `${alert} cleared ${severity}`]);
    expect(stage.alerts.firing()).toEqual([]);
    await stage.time.advance(30 * MINUTE_MS);
    expect(stage.changes).toHaveLength(2);
  });

  it('keep the quota firing until a fifth of it was left throughout', async () => {
    const stage = createStage();
    stage.readings = left(50);
    await stage.time.advance(MINUTE_MS);
    expect(stage.alerts.isFiring('quota_nearly_spent')).toBe(true);
    expect(stage.alerts.firing()[0]?.message).toContain('Left of late: embeddings 50 of 1000.');
    stage.readings = left(199);
    await stage.time.advance(MINUTE_MS);
    expect(stage.changes).toEqual(['quota_nearly_spent firing warning']);
    stage.readings = left(200);
    await stage.time.advance(MINUTE_MS);
    expect(stage.changes).toEqual([
      'quota_nearly_spent firing warning',
      'quota_nearly_spent cleared warning',
    ]);
    expect(stage.alerts.isFiring('quota_nearly_spent')).toBe(false);
  });

  it('say of a certificate that has expired that it has', async () => {
    const stage = createStage();
    stage.readings = { ...WELL, certificateExpiresInS: -5 };
    await stage.time.advance(MINUTE_MS);
    expect(stage.alerts.firing()[0]?.message).toContain('It has expired.');
  });

  it('warn below 70 % of hits, beside the notice', async () => {
    const stage = createStage();
    stage.readings = { ...WELL, tokenHits: 69, tokenMisses: 31 };
    await stage.time.advance(MINUTE_MS);
    expect(stage.changes).toEqual([
      'token_hit_rate_low firing notice',
      'token_hit_rate_very_low firing warning',
    ]);
    await stage.time.advance(20 * MINUTE_MS);
    expect(stage.changes.slice(2)).toEqual([
      'token_hit_rate_low cleared notice',
      'token_hit_rate_very_low cleared warning',
    ]);
  });

  it('do not flap around a threshold', async () => {
    const stage = createStage();
    stage.requests(1000, 60, 'upstream_timeout');
    await stage.time.advance(20_000);
    for (let turn = 0; turn < 5; turn += 1) {
      stage.requests(300, turn % 2 === 0 ? 10 : 25, 'upstream_timeout');
      await stage.time.advance(20_000);
    }
    expect(stage.changes).toEqual(['timeouts firing warning']);
  });

  it('say nothing of a handful of requests', async () => {
    const stage = createStage();
    stage.requests(19, 19, 'upstream_timeout');
    await stage.time.advance(MINUTE_MS);
    expect(stage.changes).toEqual([]);
  });

  it('learn what is usual, and do not learn from slowness', async () => {
    const stage = createStage();
    expect(stage.alerts.baselineMs()).toBe(2700);
    for (let minute = 0; minute < 120; minute += 1) {
      stage.requests(30, 0, 'internal', 1000);
      await stage.time.advance(MINUTE_MS);
    }
    expect(stage.alerts.baselineMs()).toBeCloseTo(1014, 0);
    await stage.time.advance(6 * MINUTE_MS);
    stage.requests(100, 0, 'internal', 2500);
    await stage.time.advance(20_000);
    expect(stage.changes).toEqual(['slow_responses firing warning']);
    const learnt = stage.alerts.baselineMs();
    stage.requests(100, 0, 'internal', 2500);
    await stage.time.advance(MINUTE_MS);
    expect(stage.alerts.baselineMs()).toBe(learnt);
  });

  it('leave no timer behind', () => {
    const { time, alerts } = createStage();
    alerts.close();
    expect(time.pending()).toBe(0);
  });
});
