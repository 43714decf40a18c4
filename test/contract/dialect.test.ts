// Holds the registry to the contract: every dialect in it runs test/contract/dialect.ts from its own folder, and no two
// of them fight over a route.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createDialects } from '../../src/dialects/registry.ts';

const dialects = createDialects();
const { all } = dialects;

describe('the registry of dialects', () => {
  it.each(all.map((dialect) => dialect.id))('holds %s, whose folder runs the contract', (id) => {
    const file = new URL(`../../src/dialects/${id}/contract.test.ts`, import.meta.url);
    expect(readFileSync(file, 'utf8')).toMatch(/^runDialectContract\(/m);
  });

  it('names every dialect once', () => {
    const ids = all.map((dialect) => dialect.id);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it('gives each route at most one dialect that claims it without looking at headers', () => {
    const unconditional = all.flatMap((dialect) =>
      dialect.routes
        .filter((route) => route.claims === undefined)
        .map((route) => `${route.method} ${route.path}`),
    );
    expect(unconditional).toEqual([...new Set(unconditional)]);
  });

  it('answers unknown routes in the words of a dialect, whatever the headers', () => {
    expect(dialects.fallback({}).id).toBe('openai-chat');
    expect(all).toContain(dialects.fallback({ 'x-anything': 'at all' }));
  });
});
