// The alerts as data: what each watches, from where on it fires, and the same in Prometheus's words. The thresholds are
// those of the predecessor's checklist.

export type AlertSeverity = 'notice' | 'warning' | 'critical';

export type AlertRule = {
  readonly severity: AlertSeverity;
  /** What is wrong, for a person who knows nothing yet. */
  readonly summary: string;
  /** The page that says what to do. */
  readonly runbook: string;
  /** The same, asked of the metrics. */
  readonly expression: string;
  /** How long it must hold there. */
  readonly forMinutes: number;
};

export const TOKEN_LEFT_S_MIN = 20 * 60;
export const HIT_RATE_NOTICE = 0.8;
export const HIT_RATE_WARNING = 0.7;
export const AUTH_FAILURE_SHARE_MAX = 0.01;
export const TIMEOUT_SHARE_MAX = 0.05;
/** What the predecessor measured for simple requests; what this org does is learnt from here on. */
export const BASELINE_START_MS = 2700;
export const SLOW_FACTOR = 2;
export const RATE_LIMITED_SHARE_MAX = 0.1;
/** Of the requests that the org may make in a window, where Salesforce tells how many are left. */
export const QUOTA_SHARE_MIN = 0.1;
/** 14 days: whatever renews certificates begins earlier. */
export const CERTIFICATE_LEFT_S_MIN = 14 * 86_400;

/** Salesforce did not take the token, or would not give one. */
export const AUTH_ERRORS = [
  'upstream_unauthorized',
  'upstream_login_refused',
  'upstream_login_unavailable',
] as const;

const hitRate =
  '(sum(increase(forcegate_token_hits_total[15m])) + sum(increase(forcegate_token_coalesced_total[15m]))) / (sum(increase(forcegate_token_hits_total[15m])) + sum(increase(forcegate_token_coalesced_total[15m])) + sum(increase(forcegate_token_misses_total[15m])))';
const requests = 'sum(rate(forcegate_requests_total[5m]))';
const meanOver = (range: string): string =>
  `sum(rate(forcegate_request_duration_seconds_sum[${range}])) / sum(rate(forcegate_request_duration_seconds_count[${range}]))`;

export const ALERT_RULES = {
  token_renewal_failed: {
    severity: 'critical',
    summary: 'The login to Salesforce failed, and there is no token, or one for less than 20 minutes.',
    runbook: 'docs/runbooks/authentication.md',
    expression: `forcegate_token_expires_in_seconds < ${TOKEN_LEFT_S_MIN} and on() increase(forcegate_token_mint_failures_total[20m]) > 0`,
    forMinutes: 0,
  },
  token_hit_rate_low: {
    severity: 'notice',
    summary: 'Fewer than 80 % of the calls find a token in memory.',
    runbook: 'docs/runbooks/token-cache.md',
    expression: `${hitRate} < ${HIT_RATE_NOTICE}`,
    forMinutes: 5,
  },
  token_hit_rate_very_low: {
    severity: 'warning',
    summary: 'Fewer than 70 % of the calls find a token in memory.',
    runbook: 'docs/runbooks/token-cache.md',
    expression: `${hitRate} < ${HIT_RATE_WARNING}`,
    forMinutes: 5,
  },
  auth_failures: {
    severity: 'warning',
    summary: 'More than 1 % of the requests fail because Salesforce refuses the token or the login.',
    runbook: 'docs/runbooks/authentication.md',
    expression: `sum(rate(forcegate_errors_total{code=~"${AUTH_ERRORS.join('|')}"}[5m])) / ${requests} > ${AUTH_FAILURE_SHARE_MAX}`,
    forMinutes: 1,
  },
  timeouts: {
    severity: 'warning',
    summary: 'More than 5 % of the requests take too long and are given up.',
    runbook: 'docs/runbooks/timeouts.md',
    expression: `sum(rate(forcegate_errors_total{code="upstream_timeout"}[5m])) / ${requests} > ${TIMEOUT_SHARE_MAX}`,
    forMinutes: 1,
  },
  slow_responses: {
    severity: 'warning',
    summary: 'Requests take twice as long as they usually do.',
    runbook: 'docs/runbooks/timeouts.md',
    expression: `${meanOver('5m')} > ${SLOW_FACTOR} * ${meanOver('1d')}`,
    forMinutes: 5,
  },
  breaker_open: {
    severity: 'warning',
    summary: 'A surface failed too often of late and is given a rest.',
    runbook: 'docs/runbooks/timeouts.md',
    expression: 'sum by (surface) (forcegate_breakers{state="open"}) > 0',
    forMinutes: 0,
  },
  quota_nearly_spent: {
    severity: 'warning',
    summary:
      "Less than 10 % of the org's requests are left, or more than 10 % of the calls meet their limit.",
    runbook: 'docs/runbooks/rate-limits.md',
    expression: `sum(rate(forcegate_errors_total{code="upstream_rate_limited"}[5m])) / ${requests} > ${RATE_LIMITED_SHARE_MAX} or min by (surface) (min_over_time(forcegate_quota_remaining[5m])) / max by (surface) (max_over_time(forcegate_quota_limit[5m])) < ${QUOTA_SHARE_MIN}`,
    forMinutes: 0,
  },
  certificate_expiring: {
    severity: 'warning',
    summary: "The gateway's own certificate expires in less than 14 days.",
    runbook: 'docs/runbooks/certificates.md',
    expression: `min(forcegate_certificate_expires_in_seconds) < ${CERTIFICATE_LEFT_S_MIN}`,
    forMinutes: 0,
  },
} as const satisfies Record<string, AlertRule>;

export type AlertName = keyof typeof ALERT_RULES;

export const ALERT_NAMES = Object.keys(ALERT_RULES) as readonly AlertName[];
