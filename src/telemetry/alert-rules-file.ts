// The alerts as a file of rules for Prometheus. `deploy/prometheus-alerts.yml` is this text; a test says when it is stale.

import { ALERT_NAMES, ALERT_RULES } from './alert-rules.ts';

const camel = (name: string): string =>
  `Forcegate${name
    .split('_')
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('')}`;

/** As the formatter leaves it. */
const quote = (text: string): string => (text.includes("'") ? JSON.stringify(text) : `'${text}'`);

export function createAlertRulesFile(): string {
  const rules = ALERT_NAMES.map((name) => {
    const { expression, forMinutes, severity, summary, runbook } = ALERT_RULES[name];
    return [
      `      - alert: ${camel(name)}`,
      `        expr: ${quote(expression)}`,
      `        for: ${forMinutes}m`,
      '        labels:',
      `          severity: ${severity}`,
      '        annotations:',
      `          summary: ${quote(summary)}`,
      `          runbook: ${runbook}`,
    ].join('\n');
  });
  return `# Made by scripts/generate-reference.ts from src/telemetry/alert-rules.ts. Do not edit.
groups:
  - name: forcegate
    rules:
${rules.join('\n')}
`;
}
