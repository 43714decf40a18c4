// Every dialect and every surface that speak one protocol are held to the contract of passthrough.

import { describe, expect, it } from 'vitest';

import { createDialects } from '../../src/dialects/registry.ts';
import { createSurfaces } from '../../src/salesforce/surfaces/registry.ts';
import { runPassthroughContract, type Pair } from './passthrough.ts';

const pairs: Pair[] = createDialects().all.flatMap((dialect) =>
  createSurfaces().flatMap((surface) => {
    const { native } = dialect;
    const { passthrough } = surface;
    if (native === undefined || passthrough?.protocol !== native.protocol) return [];
    return [{ dialect, surface, passthrough, native }];
  }),
);

describe('the pairs that pass', () => {
  it('are those of Anthropic’s format', () => {
    expect(pairs.map(({ dialect, surface }) => `${dialect.id} to ${surface.id}`)).toEqual([
      'anthropic-messages to invoke',
    ]);
  });
});

for (const pair of pairs) runPassthroughContract(pair);
