// The one list of long timers: exact enough, shared, and let go of.

import { describe, expect, it } from 'vitest';

import { createSimulatedTime } from '../../../test/simulated-time.ts';
import { LongTimers } from './long-timers.ts';

function setUp() {
  const time = createSimulatedTime();
  const fired: string[] = [];
  const timers = new LongTimers(time.clock, time.timers);
  const after = (delayMs: number, name: string) => timers.after(delayMs, () => fired.push(name));
  return { time, timers, fired, after };
}

describe('long timers', () => {
  it('run once, never early and at most two ticks late, whenever they were set', async () => {
    const { time, timers } = setUp();
    const lateMs: number[] = [];
    for (const offsetMs of [0, 1, 33.3, 99.9, 100, 250]) {
      await time.advance(offsetMs);
      const dueMs = time.clock.monotonicMs() + 5_030.7;
      timers.after(5_030.7, () => lateMs.push(time.clock.monotonicMs() - dueMs));
    }
    await time.advance(20_000);
    expect(lateMs).toHaveLength(6);
    expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...lateMs)).toBeLessThanOrEqual(200);
  });

  it('do not run when cancelled, also when cancelled by one that falls due in the same tick', async () => {
    const { time, timers, fired, after } = setUp();
    after(6_000, 'kept');
    const cancelled = after(6_000, 'cancelled');
    timers.after(5_990, () => late.cancel());
    const late = after(6_000, 'cancelled by another');
    cancelled.cancel();
    cancelled.cancel();
    await time.advance(10_000);
    late.cancel();
    expect(fired).toEqual(['kept']);
  });

  it('run in the order of their setting where their delay is the same', async () => {
    const { time, fired, after } = setUp();
    for (const name of ['first', 'second', 'third']) after(7_000, name);
    await time.advance(8_000);
    expect(fired).toEqual(['first', 'second', 'third']);
  });

  it('can be set by one that falls due', async () => {
    const { time, timers, fired, after } = setUp();
    timers.after(5_000, () => after(5_000, 'next'));
    await time.advance(9_000);
    expect(fired).toEqual([]);
    await time.advance(2_000);
    expect(fired).toEqual(['next']);
  });

  it('share one timer of the runtime, and let go of it when none is left', async () => {
    const { time, after } = setUp();
    const set = [after(5_000, 'one'), after(60_000, 'two'), after(60_000, 'three')];
    expect(time.pending()).toBe(1);
    for (const timer of set) timer.cancel();
    await time.advance(200);
    expect(time.pending()).toBe(0);
  });

  it('outlive one that throws', async () => {
    const { time, timers, fired, after } = setUp();
    timers.after(5_000, () => {
      throw new Error('of the timer');
    });
    after(5_000, 'behind it');
    await expect(time.advance(6_000)).rejects.toThrow('of the timer');
    await time.advance(1_000);
    expect(fired).toEqual(['behind it']);
  });
});
