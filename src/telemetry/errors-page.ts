// The page about errors, made from the table. `docs/errors.md` is this text; a test says when it is stale.

import { ERROR_CODES, ERROR_TABLE, type Fault, type RetryRule } from '../core/errors/index.ts';

const FAULTS: Readonly<Record<Fault, string>> = {
  client: 'that of the request',
  policy: 'none: a rule of the gateway',
  upstream: 'that of Salesforce, or of the way to it',
  gateway: 'that of the gateway',
};

const RETRIES: Readonly<Record<RetryRule, string>> = {
  never: 'no',
  backoff: 'yes, with growing waits',
  told: 'yes, after the wait that Salesforce told',
  refresh: 'once, with a new token',
};

export function createErrorsPage(): string {
  const rows = ERROR_CODES.map((code) => {
    const { status, fault, retry } = ERROR_TABLE[code];
    return `| \`${code}\` | ${status} | ${FAULTS[fault]} | ${RETRIES[retry]} |`;
  });
  return `# Errors

<!-- Made by scripts/generate-reference.ts from src/core/errors/table.ts. Do not edit. -->

Every failed request has one of these codes. A client sees the status, and the error in its own protocol's words; the code is
\`error_code\` in the log and the label of \`forcegate_errors_total\`. A failed login to Salesforce is never shown to a client as
a 401 of its own.

| code | status | whose fault | tried again by the gateway |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
