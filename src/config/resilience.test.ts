// The keys of resilience: their defaults are the pipeline's, their units are turned, and contradictions are told.

import { describe, expect, it } from 'vitest';

import { configOf, problemOf, REAL, warningsOf } from '../../test/fakes/sample-config.ts';
import { RESILIENCE_DEFAULTS } from '../pipeline/resilience/options.ts';

describe('the keys of resilience', () => {
  it('have the defaults of the pipeline', async () => {
    const { resilience } = await configOf({ file: REAL });
    expect(resilience).toEqual(RESILIENCE_DEFAULTS);
  });

  it('are seconds in the file and milliseconds in the parts', async () => {
    const file = {
      ...REAL,
      timeouts: { total_seconds: 100, small_seconds: 1.5 },
      retry: { retries_max: 0, told_max_seconds: 7 },
      breaker: { open_seconds: 2 },
      limiter: { queue_seconds: 3 },
      stream: { open_after_seconds: 4, keep_alive_seconds: 5 },
    };
    const { resilience } = await configOf({ file });
    expect(resilience).toMatchObject({
      timeLimits: { maxMs: 100_000, smallMs: 1_500 },
      retry: { retriesMax: 0, toldMaxMs: 7_000 },
      breaker: { openMs: 2_000 },
      limiter: { queueMs: 3_000 },
      stream: { openAfterMs: 4_000, keepAliveMs: 5_000 },
    });
  });

  it('give the limiter as many places as there are connections', async () => {
    const { resilience, network } = await configOf({ file: { ...REAL, connections_max: 7 } });
    expect(network.connectionsMax).toBe(7);
    expect(resilience.limiter.concurrencyMax).toBe(7);
  });

  it.each([
    ['timeouts.medium_characters', { timeouts: { medium_characters: 50_000 } }],
    ['retry.base_seconds', { retry: { base_seconds: 9 } }],
    ['breaker.open_seconds', { breaker: { open_seconds: 5 } }],
  ])('are refused where %s is above its own most', async (key, keys) => {
    expect(await problemOf(keys)).toMatchObject({ key, fix: expect.stringContaining('Lower it') });
  });

  it('warn where no whole answer can use the time it is given', async () => {
    const warnings = await warningsOf({ file: { ...REAL, timeouts: { first_byte_seconds: 240 } } });
    expect(warnings).toEqual([expect.stringContaining('timeouts.first_byte_seconds is 240')]);
    expect(
      await warningsOf({ file: { ...REAL, timeouts: { total_seconds: 100, first_byte_seconds: 100 } } }),
    ).toEqual([]);
  });
});
