// The closed table of errors: every way a request can fail, whose fault it is, the HTTP status a client sees and
// what may be tried again. There is no default row: a new code does not compile until it has one, and no dialect
// compiles until it can say it.

/** Whose fault it is. Only `upstream` counts against a circuit breaker. */
export type Fault = 'client' | 'policy' | 'upstream' | 'gateway';

/**
 * What may be tried again before the call is committed:
 * `never`; `backoff` with full jitter; `told` as long as the upstream said, else backoff;
 * `refresh` the token and try once more.
 */
export type RetryRule = 'never' | 'backoff' | 'told' | 'refresh';

type Row = { readonly fault: Fault; readonly status: number; readonly retry: RetryRule };

/** Statuses are what the gateway's own clients get; an upstream login problem is never shown as their 401. */
export const ERROR_TABLE = {
  // The request itself.
  invalid_request: { fault: 'client', status: 400, retry: 'never' },
  invalid_json: { fault: 'client', status: 400, retry: 'never' },
  unsupported: { fault: 'client', status: 400, retry: 'never' },
  context_length_exceeded: { fault: 'client', status: 400, retry: 'never' },
  model_not_found: { fault: 'client', status: 404, retry: 'never' },
  response_not_found: { fault: 'client', status: 404, retry: 'never' },
  route_not_found: { fault: 'client', status: 404, retry: 'never' },
  method_not_allowed: { fault: 'client', status: 405, retry: 'never' },
  request_timeout: { fault: 'client', status: 408, retry: 'never' },
  body_too_large: { fault: 'client', status: 413, retry: 'never' },
  unsupported_media_type: { fault: 'client', status: 415, retry: 'never' },
  client_closed: { fault: 'client', status: 499, retry: 'never' },
  // Our own rules.
  unauthenticated: { fault: 'policy', status: 401, retry: 'never' },
  forbidden: { fault: 'policy', status: 403, retry: 'never' },
  host_not_allowed: { fault: 'policy', status: 403, retry: 'never' },
  origin_not_allowed: { fault: 'policy', status: 403, retry: 'never' },
  overloaded: { fault: 'policy', status: 503, retry: 'never' },
  shutting_down: { fault: 'policy', status: 503, retry: 'never' },
  // Salesforce.
  upstream_rejected: { fault: 'client', status: 400, retry: 'never' },
  upstream_forbidden: { fault: 'client', status: 403, retry: 'never' },
  upstream_unauthorized: { fault: 'upstream', status: 502, retry: 'refresh' },
  upstream_login_refused: { fault: 'upstream', status: 502, retry: 'never' },
  upstream_login_unavailable: { fault: 'upstream', status: 503, retry: 'never' },
  upstream_rate_limited: { fault: 'upstream', status: 429, retry: 'told' },
  upstream_busy: { fault: 'upstream', status: 503, retry: 'told' },
  upstream_error: { fault: 'upstream', status: 502, retry: 'backoff' },
  upstream_unavailable: { fault: 'upstream', status: 503, retry: 'told' },
  upstream_unreachable: { fault: 'upstream', status: 502, retry: 'backoff' },
  upstream_protocol: { fault: 'upstream', status: 502, retry: 'backoff' },
  upstream_timeout: { fault: 'upstream', status: 504, retry: 'never' },
  // Ourselves.
  internal: { fault: 'gateway', status: 500, retry: 'never' },
} as const satisfies Record<string, Row>;

export type ErrorCode = keyof typeof ERROR_TABLE;

export const ERROR_CODES = Object.keys(ERROR_TABLE) as readonly ErrorCode[];
