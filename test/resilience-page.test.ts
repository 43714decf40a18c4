// The page docs/resilience.md is what operators read the limits off, so its defaults are those of the code, and every key of
// resilience stands on it.

import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { knownKeys } from '../src/config/keys.ts';
import { ERROR_TABLE, type ErrorCode } from '../src/core/errors/index.ts';

const page = readFileSync(new URL('../docs/resilience.md', import.meta.url), 'utf8');
const GROUPS = ['timeouts.', 'retry.', 'breaker.', 'limiter.', 'stream.'];

/** Rows `| what | key | default |`, with whatever follows. */
const rows = Array.from(page.matchAll(/^\|[^|]*\| `([\w.]+)` \| ([\d.]+) \|/gm), ([, key, value]) => ({
  key,
  value: Number(value),
}));

describe('the page about resilience', () => {
  it('tells each key of resilience once, with the default of the code', () => {
    const keys = knownKeys().filter(
      ({ path }) => path === 'connections_max' || GROUPS.some((group) => path.startsWith(group)),
    );
    const expected = keys.map(({ path, node }) => ({ key: path, value: node.default }));
    const byKey = (some: readonly { readonly key: string | undefined }[]) =>
      some.toSorted((a, b) => (a.key ?? '').localeCompare(b.key ?? ''));
    expect(byKey(rows)).toEqual(byKey(expected));
  });

  it('says of each kind of failure what the table of errors says', () => {
    const ruleOf = (code: ErrorCode) => ERROR_TABLE[code].retry;
    expect(page).toContain('| 429, 423, 503, 529 with a wait');
    const told: ErrorCode[] = ['upstream_rate_limited', 'upstream_busy', 'upstream_unavailable'];
    expect(told.map(ruleOf)).toEqual(['told', 'told', 'told']);
    expect(page).toMatch(/^\| 408, 425, 500, 502, 504, .* \| yes \| full jitter/m);
    expect(page).toMatch(/^\| connection refused, .* \| yes \| full jitter/m);
    const passing: ErrorCode[] = ['upstream_error', 'upstream_protocol', 'upstream_unreachable'];
    expect(passing.map(ruleOf)).toEqual(['backoff', 'backoff', 'backoff']);
    expect(page).toMatch(/^\| connection refused, .*no connection in time/m);
    expect(page).toContain('| any other time limit | no |');
    expect(ERROR_TABLE.upstream_timeout).toMatchObject({ retry: 'never', status: 504 });
  });
});
