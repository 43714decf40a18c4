// How many calls a surface gets at once: who waits, in which order and how long, and how the limit follows Salesforce.

import { describe, expect, it } from 'vitest';

import { createSimulatedTime, settlePromises } from '../../../test/simulated-time.ts';
import { GatewayError } from '../../core/errors/index.ts';
import { CancelSource } from '../../core/platform/index.ts';
import type { Limiter } from './limiter.ts';
import { Limiters } from './limiters.ts';
import { RESILIENCE_DEFAULTS, type LimiterOptions } from './options.ts';

function createLimiters(changes: Partial<LimiterOptions> = {}) {
  const time = createSimulatedTime();
  const options = { ...RESILIENCE_DEFAULTS.limiter, ...changes };
  const limiters = new Limiters(options, { clock: time.clock, timers: time.timers });
  return { time, limiters, limiter: limiters.of('surface') };
}

/** Waits, and notes that it has entered or why not. */
function wait(limiter: Limiter, name: string, told: string[], signal = new CancelSource()): CancelSource {
  limiter.enter(signal).then(
    () => void told.push(name),
    (error: unknown) => void told.push(`${name}: ${error instanceof GatewayError ? error.code : 'thrown'}`),
  );
  return signal;
}

const ONE = { concurrencyMin: 1, concurrencyStart: 1, concurrencyMax: 1 };

describe('a limiter', () => {
  it('lets waiters in one by one, in the order of their coming', async () => {
    const { limiter, time } = createLimiters(ONE);
    const told: string[] = [];
    expect(limiter.tryEnter()).toBe(true);
    expect(limiter.tryEnter()).toBe(false);
    for (const name of ['a', 'b']) wait(limiter, name, told);
    limiter.leave();
    await settlePromises();
    expect(told).toEqual(['a']);
    // Nobody overtakes those who wait.
    limiter.leave();
    expect(limiter.tryEnter()).toBe(false);
    await settlePromises();
    expect(told).toEqual(['a', 'b']);
    limiter.leave();
    expect(limiter.reading()).toMatchObject({ running: 0, queued: 0 });
    expect(time.pending()).toBe(0);
  });

  it('refuses those who find the queue full', async () => {
    const { limiter } = createLimiters({ ...ONE, queueMax: 1 });
    const told: string[] = [];
    limiter.tryEnter();
    for (const name of ['a', 'b']) wait(limiter, name, told);
    await settlePromises();
    expect(told).toEqual(['b: overloaded']);
  });

  it('refuses each who has waited too long, with a word of when to come back', async () => {
    const { limiter, time } = createLimiters({ ...ONE, queueMs: 100 });
    const told: string[] = [];
    limiter.tryEnter();
    wait(limiter, 'a', told);
    await time.advance(60);
    const late = limiter.enter(new CancelSource()).catch((error: unknown) => error);
    await time.advance(40);
    expect(told).toEqual(['a: overloaded']);
    expect(limiter.reading().queued).toBe(1);
    await time.advance(60);
    expect(await late).toMatchObject({ code: 'overloaded', retryAfterMs: 5_000 });
    expect(time.pending()).toBe(0);
  });

  it('forgets who leaves while waiting', async () => {
    const { limiter, time } = createLimiters(ONE);
    const told: string[] = [];
    limiter.tryEnter();
    const leaver = wait(limiter, 'a', told);
    wait(limiter, 'b', told);
    leaver.abort(new GatewayError('client_closed', 'gone'));
    limiter.leave();
    await settlePromises();
    expect(told).toEqual(['a: client_closed', 'b']);
    expect(time.pending()).toBe(0);
  });
});

describe('the limit', () => {
  const fill = (limiter: Limiter, count: number): void => {
    for (let index = 0; index < count; index += 1) limiter.tryEnter();
  };
  const succeed = (limiter: Limiter, count: number, firstByteMs = 100): void => {
    for (let index = 0; index < count; index += 1) limiter.learn('good', 0, firstByteMs);
  };

  it('grows by one with a window of successes, where it is used', () => {
    const { limiter } = createLimiters({ concurrencyStart: 10 });
    succeed(limiter, 100);
    expect(limiter.reading().limit).toBe(10);
    fill(limiter, 5);
    succeed(limiter, 10);
    expect(limiter.reading().limit).toBe(11);
  });

  it('does not grow where first bytes come later than ever', () => {
    const { limiter } = createLimiters({ concurrencyStart: 10 });
    fill(limiter, 10);
    succeed(limiter, 9, 100);
    succeed(limiter, 20, 5_000);
    expect(limiter.reading().limit).toBe(10);
  });

  it('grows with each success while others wait, and again once a whole window went well after it shrank', () => {
    const { limiter } = createLimiters({ concurrencyStart: 2, concurrencyMin: 1 });
    fill(limiter, 2);
    const told: string[] = [];
    for (const name of ['a', 'b', 'c']) wait(limiter, name, told);
    succeed(limiter, 2);
    expect(limiter.reading().limit).toBe(4);
    limiter.learn('strained', 0, undefined);
    expect(limiter.reading().limit).toBe(2);
    succeed(limiter, 2);
    expect(limiter.reading().limit).toBe(2);
    succeed(limiter, 1);
    expect(limiter.reading().limit).toBe(3);
    succeed(limiter, 2);
    expect(limiter.reading().limit).toBe(5);
  });

  it('shrinks once for all calls that were sent before it shrank, and never below its least', async () => {
    const { limiter, time } = createLimiters({ concurrencyStart: 100, concurrencyMin: 4 });
    await time.advance(10);
    for (const startedMs of [1, 2, 3]) limiter.learn('strained', startedMs, undefined);
    expect(limiter.reading().limit).toBe(70);
    await time.advance(10);
    limiter.learn('strained', 15, undefined);
    expect(limiter.reading().limit).toBe(49);
    for (let round = 0; round < 30; round += 1) {
      limiter.learn('strained', time.clock.monotonicMs(), undefined);
      await time.advance(1);
    }
    expect(limiter.reading().limit).toBe(4);
  });

  it('is never above the most, whatever it is told to start with', () => {
    const { limiter } = createLimiters({ concurrencyStart: 64, concurrencyMin: 4, concurrencyMax: 3 });
    fill(limiter, 10);
    expect(limiter.reading()).toMatchObject({ running: 3, limit: 3 });
  });
});

describe('the limiters of all surfaces', () => {
  it('together take no more calls than there are connections, and share what comes free', async () => {
    const { limiters } = createLimiters({ concurrencyMin: 1, concurrencyStart: 2, concurrencyMax: 2 });
    const [a, b] = [limiters.of('a'), limiters.of('b')];
    expect([a.tryEnter(), a.tryEnter(), b.tryEnter()]).toEqual([true, true, false]);
    const told: string[] = [];
    wait(a, 'a1', told);
    wait(a, 'a2', told);
    wait(b, 'b1', told);
    a.leave();
    await settlePromises();
    a.leave();
    await settlePromises();
    expect(told).toEqual(['a1', 'b1']);
  });
});
