// The ways a login is refused: section 1.6 of the reference sheet as data.

/** `ok`, or a lasting reason why every login is refused. */
export const loginStates = [
  'ok',
  'unknown-client',
  'no-run-as-user',
  'login-host',
  'flow-disabled',
  'not-admin-approved',
  'not-approved-consumer',
  'authentication-failure',
  'inactive-user',
  'rate-limited',
  'server-error',
  'temporarily-unavailable',
  'html-page',
] as const;

export type LoginState = (typeof loginStates)[number];

export type LoginError = {
  readonly error: string;
  readonly description: string;
  readonly transientStatus?: number;
};

export const wrongClientId: LoginError = {
  error: 'invalid_client_id',
  description: 'client identifier invalid',
};
export const wrongSecret: LoginError = { error: 'invalid_client', description: 'invalid client credentials' };
export const wrongGrantType: LoginError = {
  error: 'unsupported_grant_type',
  description: 'grant type not supported',
};

export const invalidRequest = (description: string): LoginError => ({
  error: 'invalid_request',
  description,
});

/** What each lasting state answers. */
export const loginErrors: Readonly<Record<Exclude<LoginState, 'ok' | 'html-page'>, LoginError>> = {
  'unknown-client': wrongClientId,
  'no-run-as-user': { error: 'invalid_grant', description: 'no client credentials user enabled' },
  'login-host': { error: 'invalid_grant', description: 'request not supported on this domain' },
  'flow-disabled': { error: 'invalid_grant', description: 'client credentials flow not enabled' },
  'not-admin-approved': { error: 'invalid_grant', description: 'user is not admin approved' },
  'not-approved-consumer': { error: 'invalid_grant', description: "user hasn't approved this consumer" },
  'authentication-failure': { error: 'invalid_grant', description: 'authentication failure' },
  'inactive-user': { error: 'inactive_user', description: 'user is inactive' },
  'rate-limited': { error: 'rate_limit_exceeded', description: 'login rate exceeded', transientStatus: 429 },
  'server-error': { error: 'server_error', description: 'unexpected error', transientStatus: 500 },
  'temporarily-unavailable': {
    error: 'temporarily_unavailable',
    description: 'the service is temporarily unavailable',
    transientStatus: 503,
  },
};
