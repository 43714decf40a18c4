// What is left of the org's requests, as Salesforce's headers tell it.

import { describe, expect, it } from 'vitest';

import { createSimulatedTime } from '../../../test/simulated-time.ts';
import { Quotas } from './quotas.ts';

const told = (limit: number | string, remaining: number | string, reset?: number) => ({
  headers: {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    ...(reset === undefined ? {} : { 'x-ratelimit-reset': String(reset) }),
  },
});

function create() {
  const time = createSimulatedTime();
  return { time, quotas: new Quotas(time.clock) };
}

describe('quotas', () => {
  it('know what the last answer of each surface told', () => {
    const { quotas } = create();
    quotas.note('invoke', told(300, 200, 37));
    quotas.note('invoke', told(300, 199, 36));
    quotas.note('embeddings', told(1000, 5, 10));
    expect(quotas.readings()).toEqual([
      { surface: 'invoke', limit: 300, remaining: 199, lowest: 199 },
      { surface: 'embeddings', limit: 1000, remaining: 5, lowest: 5 },
    ]);
  });

  it('know nothing of a window that has ended, and remember its low for five minutes', async () => {
    const { time, quotas } = create();
    quotas.note('invoke', told(300, 10, 30));
    await time.advance(30_000);
    expect(quotas.readings()).toEqual([{ surface: 'invoke', limit: 300, remaining: undefined, lowest: 10 }]);
    quotas.note('invoke', told(300, 290, 60));
    expect(quotas.readings()).toEqual([{ surface: 'invoke', limit: 300, remaining: 290, lowest: 10 }]);
    await time.advance(5 * 60_000);
    expect(quotas.readings()).toEqual([]);
  });

  it.each([
    [{}],
    [told(300, 'many')],
    [told('', 5)],
    [told(0, 0)],
    [told(300, -1)],
    [told(300, '1'.repeat(13))],
  ])('learn nothing from %j', (head) => {
    const { quotas } = create();
    quotas.note('invoke', { headers: {}, ...head });
    expect(quotas.readings()).toEqual([]);
  });

  it('hold one number for each minute and no more', async () => {
    const { time, quotas } = create();
    for (let remaining = 300; remaining >= 200; remaining -= 1) {
      quotas.note('invoke', told(300, remaining, 60));
      await time.advance(60_000);
    }
    quotas.note('invoke', told(300, 280, 60));
    expect(quotas.readings()).toEqual([{ surface: 'invoke', limit: 300, remaining: 280, lowest: 200 }]);
  });
});
