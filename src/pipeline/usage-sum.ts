// The usage of several upstream calls as that of one.

import { UNKNOWN_USAGE, type Usage } from '../core/neutral/index.ts';

type Count = Exclude<keyof Usage, 'estimated'>;

/**
 * Input is summed like output: the prompt was sent, and is charged, once a call. The two totals are known only when every
 * call told them; of their parts (cache, reasoning) those told are summed, since who has none often says nothing.
 */
export function sumUsage(usages: readonly Usage[]): Usage {
  if (usages.length === 0) return UNKNOWN_USAGE;
  const told = (count: Count): number[] => usages.flatMap((usage) => usage[count] ?? []);
  const total = (count: Count): number | undefined => {
    const counts = told(count);
    return counts.length === usages.length ? add(counts) : undefined;
  };
  const part = (count: Count): number | undefined => {
    const counts = told(count);
    return counts.length === 0 ? undefined : add(counts);
  };
  return {
    inputTokens: total('inputTokens'),
    outputTokens: total('outputTokens'),
    cacheReadTokens: part('cacheReadTokens'),
    cacheWriteTokens: part('cacheWriteTokens'),
    reasoningTokens: part('reasoningTokens'),
    countedOutputTokens: sumCounted(usages),
    estimated: usages.some((usage) => usage.estimated),
  };
}

/** Of those that were not cut, the count is what their caller was told. */
function sumCounted(usages: readonly Usage[]): number | undefined {
  if (usages.every((usage) => usage.countedOutputTokens === undefined)) return undefined;
  const counts = usages.flatMap((usage) => usage.countedOutputTokens ?? usage.outputTokens ?? []);
  return counts.length === usages.length ? add(counts) : undefined;
}

function add(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
