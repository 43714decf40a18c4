// Every surface of the registry is held to the contract.

import { describe, expect, it } from 'vitest';

import { createSurfaces } from '../../src/salesforce/surfaces/registry.ts';
import { runSurfaceContract } from './surface.ts';

const surfaces = createSurfaces();

describe('the registry of surfaces', () => {
  it('has every surface once, under a name that a header can hold', () => {
    const ids = surfaces.map((surface) => surface.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
  });

  it('offers a way for orgs of either entitlement', () => {
    expect(new Set(surfaces.map((surface) => surface.entitlement))).toEqual(new Set(['classic', 'gateway']));
  });
});

for (const surface of surfaces) runSurfaceContract(surface);
