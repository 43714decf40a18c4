// The rules for Prometheus: as committed, readable, and about metrics that there are.

import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { createAlertRulesFile } from './alert-rules-file.ts';
import { ALERT_NAMES, ALERT_RULES } from './alert-rules.ts';
import { createGateway } from '../main.ts';
import { loadConfig } from '../config/index.ts';
import { systemDependencies } from '../main.ts';
import { createMemoryFiles } from '../../test/fakes/memory-files.ts';
import { REAL_CONFIG } from '../../test/fakes/command-world.ts';

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
    const files = createMemoryFiles({ '/srv/config.json': JSON.stringify({ ...REAL_CONFIG, port: 0 }) });
    const loaded = await loadConfig({ cwd: '/srv', env: {}, files });
    if (!loaded.configured) throw new Error('there is a configuration');
    const gateway = createGateway(
      { ...loaded.config, log: { level: 'silent' } },
      { ...systemDependencies(), files },
    );
    const { url } = await gateway.open();
    const text = await (await fetch(`${url}/metrics`)).text();
    await gateway.close();
    const told = new Set([...text.matchAll(/^# TYPE (\w+)/gmu)].map(([, name]) => name));
    const asked = rules().flatMap(({ expr }) => expr.match(/forcegate_\w+/gu) ?? []);
    expect(asked.length).toBeGreaterThan(ALERT_NAMES.length);
    for (const name of asked) expect(told, name).toContain(name.replace(/_(?:sum|count)$/u, ''));
  });
});
