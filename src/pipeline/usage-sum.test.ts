// Summed usage: totals of everything or nothing, parts of what was told.

import { describe, expect, it } from 'vitest';

import { UNKNOWN_USAGE } from '../core/neutral/index.ts';
import { sumUsage } from './usage-sum.ts';

const TOLD = { ...UNKNOWN_USAGE, inputTokens: 10, outputTokens: 5 };

describe('the usage of several calls', () => {
  it('is the sum of all, the prompt counted once a call', () => {
    expect(sumUsage([TOLD, TOLD, TOLD])).toEqual({ ...UNKNOWN_USAGE, inputTokens: 30, outputTokens: 15 });
  });

  it('has no total where one call told none: unknown is not zero', () => {
    const sum = sumUsage([TOLD, { ...UNKNOWN_USAGE, outputTokens: 1 }]);
    expect(sum).toEqual({ ...UNKNOWN_USAGE, outputTokens: 6 });
  });

  it('sums the parts that were told', () => {
    const sum = sumUsage([{ ...TOLD, cacheReadTokens: 4 }, TOLD, { ...TOLD, cacheReadTokens: 3 }]);
    expect(sum).toMatchObject({ cacheReadTokens: 7, cacheWriteTokens: undefined });
  });

  it('is an estimate where one of them is', () => {
    expect(sumUsage([TOLD, { ...TOLD, estimated: true }]).estimated).toBe(true);
  });

  it('tells what was counted of all where one was cut', () => {
    const cut = { ...TOLD, countedOutputTokens: 9 };
    expect(sumUsage([TOLD, cut])).toMatchObject({ outputTokens: 10, countedOutputTokens: 14 });
    expect(sumUsage([cut, UNKNOWN_USAGE]).countedOutputTokens).toBeUndefined();
  });

  it('of no call is unknown', () => {
    expect(sumUsage([])).toEqual(UNKNOWN_USAGE);
  });
});
