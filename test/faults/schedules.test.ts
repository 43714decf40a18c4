// A thousand random schedules of faults. `FAULT_SEED=123 vitest run test/faults` replays one.

import { describe, expect, it } from 'vitest';

import { createChance, runSchedule } from './schedule.ts';

const BATCHES = 10;
const SEEDS_PER_BATCH = 100;
const REPLAY = process.env['FAULT_SEED'];

async function run(seed: number): Promise<void> {
  try {
    await runSchedule(seed);
  } catch (thrown) {
    if (thrown instanceof Error) thrown.message = `FAULT_SEED=${seed} replays it: ${thrown.message}`;
    throw thrown;
  }
}

describe('random schedules of faults', () => {
  it('come out the same from the same seed', async () => {
    expect(await runSchedule(7)).toEqual(await runSchedule(7));
    expect(createChance(1).fraction()).not.toBe(createChance(2).fraction());
  });

  if (REPLAY !== undefined) {
    it(`end well with seed ${REPLAY}`, () => run(Number(REPLAY)));
    return;
  }

  it.each(Array.from({ length: BATCHES }, (_, batch) => batch * SEEDS_PER_BATCH))(
    'end well for the hundred seeds from %i on',
    { timeout: 60_000 },
    async (first) => {
      for (let seed = first; seed < first + SEEDS_PER_BATCH; seed += 1) await run(seed);
    },
  );
});
