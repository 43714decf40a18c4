// The rules for Prometheus: as committed, readable, and about metrics that there are.

import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { createAlertRulesFile } from './alert-rules-file.ts';
import { ALERT_NAMES, ALERT_RULES } from './alert-rules.ts';
import { createErrorsPage } from './errors-page.ts';
import { openQuietGateway } from '../../test/fakes/quiet-gateway.ts';
import { createMetricsPage } from './metrics-page.ts';

type Rules = { groups: { rules: { alert: string; expr: string; annotations: { runbook: string } }[] }[] };

const rules = (): Rules['groups'][number]['rules'] =>
  (parse(createAlertRulesFile()) as Rules).groups.flatMap((group) => group.rules);

describe('the alert rules', () => {
  it('are committed as they are made: node scripts/generate-reference.ts', () => {
    const committed = readFileSync(new URL('../../deploy/prometheus-alerts.yml', import.meta.url), 'utf8');
    expect(committed).toBe(createAlertRulesFile());
  });

  it('are one for each alert, with its expression', () => {
    expect(rules().map(({ expr }) => expr)).toEqual(ALERT_NAMES.map((name) => ALERT_RULES[name].expression));
    expect(new Set(rules().map(({ alert }) => alert)).size).toBe(ALERT_NAMES.length);
  });

  it('ask only for metrics that a gateway tells', async () => {
    const gateway = await openQuietGateway();
    const text = await gateway.metrics();
    await gateway.close();
    const told = new Set([...text.matchAll(/^# TYPE (\w+)/gmu)].map(([, name]) => name));
    const asked = rules().flatMap(({ expr }) => expr.match(/forcegate_\w+/gu) ?? []);
    expect(asked.length).toBeGreaterThan(ALERT_NAMES.length);
    for (const name of asked) expect(told, name).toContain(name.replace(/_(?:sum|count)$/u, ''));
  });

  it('lead to pages that there are', () => {
    for (const { annotations } of rules())
      expect(existsSync(new URL(`../../${annotations.runbook}`, import.meta.url)), annotations.runbook).toBe(
        true,
      );
  });
});

describe('the pages made from the code', () => {
  const committed = (path: string): string =>
    readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8');

  it('are as committed: node scripts/generate-reference.ts', async () => {
    expect(committed('errors.md')).toBe(createErrorsPage());
    const gateway = await openQuietGateway();
    const page = createMetricsPage(await gateway.metrics());
    await gateway.close();
    expect(committed('metrics.md')).toBe(page);
  });
});
