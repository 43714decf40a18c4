// What operators see of resilience: numbers for the metrics, and the list on the health page.

import { describe, expect, it } from 'vitest';

import { createSimulatedTime } from '../../../test/simulated-time.ts';
import { resilienceGauges, tellBroken } from './gauges.ts';
import { RESILIENCE_DEFAULTS } from './options.ts';
import { Resilience } from './resilience.ts';

function createScene() {
  const time = createSimulatedTime();
  const events: string[] = [];
  const resilience = new Resilience(RESILIENCE_DEFAULTS, {
    ...time,
    observe: ({ type, surface, model }) => events.push(`${type} ${surface} ${model}`),
  });
  const gauges = resilienceGauges(() => resilience.reading(), ['invoke', 'responses']);
  const read = (name: string, labels?: Readonly<Record<string, string>>): number | undefined =>
    gauges
      .find((gauge) => gauge.name === name && JSON.stringify(gauge.labels) === JSON.stringify(labels))
      ?.read();
  return { resilience, read, events };
}

describe('the gauges of resilience', () => {
  it('count retries by what had failed, and those that the budget denied', () => {
    const { resilience, read } = createScene();
    const { budgetFloor } = RESILIENCE_DEFAULTS.retry;
    for (let index = 0; index <= budgetFloor; index += 1) resilience.takeRetry('upstream_busy');
    expect(read('forcegate_retries_total', { reason: 'upstream_busy' })).toBe(budgetFloor);
    expect(read('forcegate_retries_total', { reason: 'upstream_error' })).toBe(0);
    expect(read('forcegate_retries_denied_total')).toBe(1);
    // What is never tried again after a wait has no series.
    expect(read('forcegate_retries_total', { reason: 'upstream_rejected' })).toBeUndefined();
  });

  it('show the limiters, also those that nobody has used', () => {
    const { resilience, read } = createScene();
    resilience.limiters.of('invoke').tryEnter();
    const calls = (surface: string, state: string) => read('forcegate_surface_calls', { surface, state });
    expect([calls('invoke', 'running'), calls('invoke', 'queued'), calls('invoke', 'limit')]).toEqual([
      1, 0, 64,
    ]);
    expect(calls('responses', 'running')).toBe(0);
  });

  it('show which breakers are not closed, and say when one opens and closes', () => {
    const { resilience, read, events } = createScene();
    const breaker = resilience.breakers.of('invoke', 'model');
    for (let index = 0; index < RESILIENCE_DEFAULTS.breaker.callsMin; index += 1) {
      breaker.leave(breaker.enter(0), 'failed', 0);
    }
    expect(read('forcegate_breakers', { surface: 'invoke', state: 'open' })).toBe(1);
    expect(read('forcegate_breakers', { surface: 'responses', state: 'open' })).toBe(0);
    expect(tellBroken(resilience.reading().broken)).toEqual([
      { surface: 'invoke', model: 'model', state: 'open', retry_after_seconds: 1 },
    ]);
    breaker.leave(breaker.enter(1_000), 'served', 1_000);
    expect(read('forcegate_breakers', { surface: 'invoke', state: 'open' })).toBe(0);
    expect(events).toEqual(['opened invoke model', 'closed invoke model']);
  });
});
