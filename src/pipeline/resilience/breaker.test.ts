// The circuit breaker: what opens it, who is let through, what closes it, and what it takes no notice of.

import { describe, expect, it } from 'vitest';

import { ERROR_CODES, GatewayError } from '../../core/errors/index.ts';
import { Breaker, REFUSED, type BreakerResult } from './breaker.ts';
import { Breakers, brokenError, resultOf } from './breakers.ts';
import { RESILIENCE_DEFAULTS } from './options.ts';

const options = RESILIENCE_DEFAULTS.breaker;

function createBreaker() {
  const told: string[] = [];
  const breaker = new Breaker(options, (state) => told.push(state));
  const call = (result: BreakerResult, nowMs: number): boolean => {
    const ticket = breaker.enter(nowMs);
    if (ticket === REFUSED) return false;
    breaker.leave(ticket, result, nowMs);
    return true;
  };
  const calls = (count: number, result: BreakerResult, nowMs: number): void => {
    for (let index = 0; index < count; index += 1) call(result, nowMs);
  };
  return { breaker, told, call, calls };
}

describe('a closed breaker', () => {
  it('opens with the last of enough results of which enough are failures', () => {
    const { breaker, told, calls } = createBreaker();
    calls(5, 'served', 0);
    calls(4, 'failed', 0);
    expect(breaker.state).toBe('closed');
    calls(1, 'failed', 0);
    expect(breaker.state).toBe('open');
    expect(told).toEqual(['open']);
  });

  it('stays closed where failures are fewer than their share', () => {
    const { breaker, calls } = createBreaker();
    for (let round = 0; round < 50; round += 1) {
      calls(1, 'served', 0);
      calls(round === 0 ? 0 : 1, 'failed', 0);
    }
    expect(breaker.state).toBe('closed');
  });

  it('opens with enough failures in a row, however much was served before them', () => {
    const { breaker, calls } = createBreaker();
    calls(1_000, 'served', 0);
    calls(options.callsMin - 1, 'failed', 100);
    calls(1, 'served', 100);
    calls(options.callsMin - 1, 'failed', 100);
    expect(breaker.state).toBe('closed');
    calls(1, 'failed', 100);
    expect(breaker.state).toBe('open');
  });

  it('forgets results that have left its window', () => {
    const { breaker, calls } = createBreaker();
    calls(9, 'failed', 0);
    calls(9, 'failed', options.windowMs);
    expect(breaker.state).toBe('closed');
  });

  it('counts nothing of what says nothing', () => {
    const { breaker, calls } = createBreaker();
    calls(100, 'unknown', 0);
    calls(9, 'failed', 0);
    expect(breaker.state).toBe('closed');
  });
});

describe('an open breaker', () => {
  const opened = () => {
    const made = createBreaker();
    made.calls(options.callsMin, 'failed', 0);
    return made;
  };

  it('refuses until its time is over, and says how long that is', () => {
    const { breaker, call } = opened();
    expect(call('served', options.openMs - 1)).toBe(false);
    expect(breaker.waitMs(options.openMs - 400)).toBe(400);
    expect(call('served', options.openMs)).toBe(true);
  });

  it('lets one probe through at a time', () => {
    const { breaker } = opened();
    const probe = breaker.enter(options.openMs);
    expect(probe).not.toBe(REFUSED);
    expect(breaker.enter(options.openMs)).toBe(REFUSED);
    expect(breaker.state).toBe('probing');
    expect(breaker.waitMs(options.openMs)).toBeGreaterThan(0);
  });

  it('closes with a probe that is served, with nothing held against it', () => {
    const { breaker, told, call, calls } = opened();
    expect(call('served', options.openMs)).toBe(true);
    expect(told).toEqual(['open', 'closed']);
    calls(options.callsMin - 1, 'failed', options.openMs);
    expect(breaker.state).toBe('closed');
  });

  it('doubles its time with each probe that fails, up to the most, and tells of it once', () => {
    const { breaker, told, call } = opened();
    let nowMs = options.openMs;
    for (const expectedMs of [2_000, 4_000, 4_000]) {
      expect(call('failed', nowMs)).toBe(true);
      expect(breaker.waitMs(nowMs)).toBe(expectedMs);
      expect(call('failed', nowMs + expectedMs - 1)).toBe(false);
      nowMs += expectedMs;
    }
    expect(told).toEqual(['open']);
    // Closed and opened again, it begins with its first time.
    call('served', nowMs);
    for (let index = 0; index < options.callsMin; index += 1) call('failed', nowMs);
    expect(breaker.waitMs(nowMs)).toBe(options.openMs);
  });

  it('lets another probe through when the one under way has said nothing for the longest time', () => {
    const { breaker } = opened();
    const swallowed = breaker.enter(options.openMs);
    const laterMs = options.openMs + options.openMsMax;
    expect(breaker.waitMs(laterMs - 1)).toBe(1);
    expect(breaker.enter(laterMs - 1)).toBe(REFUSED);
    const second = breaker.enter(laterMs);
    expect(second).not.toBe(REFUSED);
    expect(breaker.enter(laterMs)).toBe(REFUSED);
    // The one that was swallowed tells of the past.
    breaker.leave(swallowed, 'failed', laterMs);
    expect(breaker.state).toBe('probing');
    breaker.leave(second, 'served', laterMs);
    expect(breaker.state).toBe('closed');
  });

  it('closes with a slow probe although others have begun since', () => {
    const { breaker } = opened();
    const slow = breaker.enter(options.openMs);
    expect(breaker.enter(options.openMs + options.openMsMax)).not.toBe(REFUSED);
    breaker.leave(slow, 'served', options.openMs + options.openMsMax);
    expect(breaker.state).toBe('closed');
  });

  it('closes with a probe that is proved before its end, whatever becomes of it', () => {
    const { breaker, told } = opened();
    const probe = breaker.enter(options.openMs);
    breaker.prove(probe);
    expect(told).toEqual(['open', 'closed']);
    breaker.leave(probe, 'failed', options.openMs);
    expect(breaker.state).toBe('closed');
  });

  it('lets another probe through at once after one that showed nothing', () => {
    const { call } = opened();
    expect(call('unknown', options.openMs)).toBe(true);
    expect(call('served', options.openMs)).toBe(true);
  });

  it('takes no notice of calls that began before it opened', () => {
    const { breaker, calls } = createBreaker();
    const early = breaker.enter(0);
    calls(options.callsMin, 'failed', 0);
    breaker.leave(early, 'served', 0);
    expect(breaker.state).toBe('open');
    const probe = breaker.enter(options.openMs);
    breaker.leave(early, 'failed', options.openMs);
    expect(breaker.state).toBe('probing');
    breaker.leave(probe, 'served', options.openMs);
    expect(breaker.state).toBe('closed');
  });
});

describe('what a breaker counts', () => {
  it('are faults of Salesforce that are no limits of rate and no logins', () => {
    const failed = ERROR_CODES.filter((code) => resultOf(new GatewayError(code, code)) === 'failed');
    expect(failed).toEqual([
      'upstream_busy',
      'upstream_error',
      'upstream_unavailable',
      'upstream_unreachable',
      'upstream_protocol',
      'upstream_timeout',
    ]);
  });

  it('takes an answer about the request for health, and a hang-up or a fault of ours for nothing', () => {
    expect(resultOf(undefined)).toBe('served');
    expect(resultOf(new GatewayError('upstream_rejected', 'x'))).toBe('served');
    for (const code of ['client_closed', 'internal', 'shutting_down', 'upstream_rate_limited'] as const) {
      expect(resultOf(new GatewayError(code, 'x'))).toBe('unknown');
    }
  });
});

describe('all breakers', () => {
  it('are one for each surface and model', () => {
    const breakers = new Breakers(options, () => undefined);
    expect(breakers.of('a', 'm')).toBe(breakers.of('a', 'm'));
    expect(breakers.of('a', 'm')).not.toBe(breakers.of('b', 'm'));
    expect(breakers.of('a', 'm')).not.toBe(breakers.of('a', 'n'));
  });

  it('are bounded, and a broken one is the last to be forgotten', () => {
    const breakers = new Breakers(options, () => undefined);
    const broken = breakers.of('a', 'broken');
    for (let index = 0; index < options.callsMin; index += 1) broken.leave(broken.enter(0), 'failed', 0);
    const first = breakers.of('a', 'first');
    for (let index = 0; index < 2_000; index += 1) breakers.of('a', `invented-${index}`);
    expect(breakers.of('a', 'broken')).toBe(broken);
    expect(breakers.of('a', 'first')).not.toBe(first);
    expect(breakers.broken(400)).toEqual([{ surface: 'a', model: 'broken', state: 'open', retryAfterS: 1 }]);
  });

  it('are told as half-open once the wait is over, though no call has come to probe', () => {
    const breakers = new Breakers(options, () => undefined);
    const broken = breakers.of('a', 'm');
    for (let index = 0; index < options.callsMin; index += 1) broken.leave(broken.enter(0), 'failed', 0);
    const way = { surface: 'a', model: 'm' };
    const { openMs } = options;
    expect(breakers.broken(openMs - 1)).toEqual([{ ...way, state: 'open', retryAfterS: 1 }]);
    expect(breakers.broken(openMs)).toEqual([{ ...way, state: 'half-open', retryAfterS: 0 }]);
    broken.enter(openMs);
    expect(breakers.broken(openMs)).toMatchObject([{ ...way, state: 'probing' }]);
  });

  it('tell callers to wait whole seconds, one at least', () => {
    expect([0, 1, 1_000, 1_001].map((waitMs) => brokenError('a', waitMs).retryAfterMs)).toEqual([
      1_000, 1_000, 1_000, 2_000,
    ]);
  });
});
