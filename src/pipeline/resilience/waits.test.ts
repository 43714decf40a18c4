// How long is waited before a call is made once more, and how often: what was told, jitter, the deadline, the budget.

import { describe, expect, it } from 'vitest';

import { createSimulatedTime, settlePromises } from '../../../test/simulated-time.ts';
import { ERROR_CODES, ERROR_TABLE, GatewayError, type ErrorCode } from '../../core/errors/index.ts';
import { CancelSource } from '../../core/platform/index.ts';
import { RESILIENCE_DEFAULTS } from './options.ts';
import { RetryBudget } from './retry-budget.ts';
import { backoffMs, retryWaitMs } from './retry-wait.ts';
import { sleep } from './sleep.ts';

const { retry } = RESILIENCE_DEFAULTS;
const FAR_MS = 480_000;

const failure = (code: ErrorCode, retryAfterMs?: number) => new GatewayError(code, code, { retryAfterMs });
const waitOf = (error: GatewayError, retries = 0, remainingMs = FAR_MS) =>
  retryWaitMs(error, retries, remainingMs, 0.5, retry);

describe('the wait before a retry', () => {
  it('is full jitter over a cap that doubles with each retry up to the most', () => {
    expect([0, 1, 2, 3, 4].map((retries) => backoffMs(retries, 0.5, retry))).toEqual([
      500, 1_000, 2_000, 4_000, 4_000,
    ]);
    expect(backoffMs(2, 0, retry)).toBe(0);
  });

  it('is to the millisecond what Salesforce told, where its word counts', () => {
    expect(waitOf(failure('upstream_rate_limited', 37_123))).toBe(37_123);
    expect(waitOf(failure('upstream_unavailable', 0))).toBe(0);
    expect(waitOf(failure('upstream_error', 37_123))).toBe(500);
  });

  it('is none where Salesforce asks for more than is ever sat out', () => {
    expect(waitOf(failure('upstream_rate_limited', retry.toldMaxMs))).toBe(retry.toldMaxMs);
    expect(waitOf(failure('upstream_rate_limited', retry.toldMaxMs + 1))).toBeUndefined();
  });

  it('is none where it would end at the deadline or past it', () => {
    expect(waitOf(failure('upstream_error'), 0, 501)).toBe(500);
    expect(waitOf(failure('upstream_error'), 0, 500)).toBeUndefined();
    expect(waitOf(failure('upstream_rate_limited', 7_000), 0, 7_000)).toBeUndefined();
  });

  it('is none once all retries are made', () => {
    expect(waitOf(failure('upstream_error'), retry.retriesMax - 1)).toBeDefined();
    expect(waitOf(failure('upstream_error'), retry.retriesMax)).toBeUndefined();
  });

  it('exists exactly for what the table lets be tried again after a wait', () => {
    const retried = ERROR_CODES.filter((code) => waitOf(failure(code)) !== undefined);
    expect(retried).toEqual(
      ERROR_CODES.filter((code) => ['told', 'backoff'].includes(ERROR_TABLE[code].retry)),
    );
  });
});

describe('the budget of retries', () => {
  const take = (budget: RetryBudget, times: number, nowMs: number): number => {
    let taken = 0;
    for (let index = 0; index < times; index += 1) if (budget.take(nowMs)) taken += 1;
    return taken;
  };

  it('is the floor where there are few requests, and a share of many', () => {
    expect(take(new RetryBudget(retry), 100, 0)).toBe(retry.budgetFloor);
    const busy = new RetryBudget(retry);
    for (let index = 0; index < 500; index += 1) busy.noteRequest(0);
    expect(take(busy, 500, 0)).toBe(retry.budgetFloor + 500 * retry.budgetShare);
  });

  it('comes back when its window has passed', () => {
    const budget = new RetryBudget(retry);
    expect(take(budget, 100, 1_000)).toBe(retry.budgetFloor);
    expect(take(budget, 100, retry.budgetWindowMs / 2)).toBe(0);
    expect(take(budget, 100, 1_000 + retry.budgetWindowMs)).toBe(retry.budgetFloor);
  });

  it('holds in the long run what it promises, slice by slice', () => {
    const budget = new RetryBudget(retry);
    const taken: number[] = [];
    for (let atMs = 0; atMs < 600_000; atMs += 1_000) {
      budget.noteRequest(atMs);
      if (budget.take(atMs)) taken.push(atMs);
    }
    // Of 60 requests a window: 10, and a fifth of 60. The oldest slice of a tenth goes all at once.
    const allowed = retry.budgetFloor + 60 * retry.budgetShare;
    const last = taken.filter((atMs) => atMs >= 600_000 - retry.budgetWindowMs).length;
    expect(last).toBeLessThanOrEqual(allowed);
    expect(last).toBeGreaterThanOrEqual(allowed * 0.9);
  });
});

describe('a sleeper', () => {
  it('wakes when its time has come, and leaves nothing behind', async () => {
    const time = createSimulatedTime();
    const signal = new CancelSource();
    let awake = false;
    const slept = sleep(1_000, time.timers, signal).then(() => (awake = true));
    await time.advance(999);
    expect(awake).toBe(false);
    await time.advance(1);
    await slept;
    expect(time.pending()).toBe(0);
  });

  it('wakes at once when its request is given up, with the reason', async () => {
    const time = createSimulatedTime();
    const signal = new CancelSource();
    const reason = new GatewayError('client_closed', 'gone');
    const slept = sleep(1_000, time.timers, signal).catch((error: unknown) => error);
    signal.abort(reason);
    await settlePromises();
    expect(await slept).toBe(reason);
    expect(time.pending()).toBe(0);
    await expect(sleep(1, time.timers, signal)).rejects.toBe(reason);
    expect(time.pending()).toBe(0);
  });
});
