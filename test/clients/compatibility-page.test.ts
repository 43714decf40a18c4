// The page of compatibility: what a run writes, and what it leaves of the runs before it.

import { expect, describe, it } from 'vitest';

import { compatibilityPage, type JudgedCell } from './compatibility-page.ts';

const cell = (client: string, feature: string, passed = true): JudgedCell => ({
  cell: { client, version: '1.0', model: 'm', surface: 's', feature },
  passed,
});

describe('the page of compatibility', () => {
  const first = compatibilityPage('', {
    command: 'test:one',
    day: '2030-01-01',
    judged: [cell('b', 'text'), cell('a', 'text'), cell('a', 'tools', false), cell('a', 'tools')],
  });

  it('counts cells, sorts clients, and spoils a cell by one failure', () => {
    expect(first).toContain('## By `npm run test:one` on 2030-01-01: 3 of 4 cells hold\n\n### a 1.0\n');
    expect(first).toContain(
      '| Model | Surface | text | tools |\n| --- | --- | --- | --- |\n| m | s | yes | no |',
    );
    expect(first.indexOf('### a 1.0')).toBeLessThan(first.indexOf('### b 1.0'));
  });

  it('keeps the part of another command word for word', () => {
    const run = { command: 'test:another', day: '2030-02-02', judged: [cell('c', 'text')] };
    const both = compatibilityPage(first, run);
    const [, kept = ''] = first.split(/^(?=## By)/m);
    expect(both).toContain(kept);
    expect(both).toContain('## By `npm run test:another` on 2030-02-02: 1 of 1 cells hold');
    expect(compatibilityPage(both, run)).toBe(both);
  });

  it('replaces the part of the same command', () => {
    const again = compatibilityPage(first, {
      command: 'test:one',
      day: '2030-03-03',
      judged: [cell('c', 'text')],
    });
    expect(again.match(/^## By/gm)).toHaveLength(1);
    expect(again).not.toContain('### a 1.0');
  });
});
