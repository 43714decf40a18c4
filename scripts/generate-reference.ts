// Writes what is made from the code besides the configuration: the pages of errors and metrics, and the alert rules.

import { mkdirSync, writeFileSync } from 'node:fs';

import { createErrorsPage } from '../src/telemetry/errors-page.ts';
import { createAlertRulesFile } from '../src/telemetry/alert-rules-file.ts';
import { createMetricsPage } from '../src/telemetry/metrics-page.ts';
import { openQuietGateway } from '../test/fakes/quiet-gateway.ts';

const root = new URL('../', import.meta.url);
mkdirSync(new URL('deploy/', root), { recursive: true });
writeFileSync(new URL('deploy/prometheus-alerts.yml', root), createAlertRulesFile());
writeFileSync(new URL('docs/errors.md', root), createErrorsPage());
const gateway = await openQuietGateway();
writeFileSync(new URL('docs/metrics.md', root), createMetricsPage(await gateway.metrics()));
await gateway.close();
