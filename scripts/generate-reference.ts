// Writes what is made from the code besides the configuration: the pages of errors and metrics, and the alert rules.

import { mkdirSync, writeFileSync } from 'node:fs';

import { createAlertRulesFile } from '../src/telemetry/alert-rules-file.ts';

const root = new URL('../', import.meta.url);
mkdirSync(new URL('deploy/', root), { recursive: true });
writeFileSync(new URL('deploy/prometheus-alerts.yml', root), createAlertRulesFile());
