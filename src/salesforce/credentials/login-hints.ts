// What a refused login means and which setting in Salesforce cures it: reference 1.6 as data.

/** Whether the refusal is a setting to change, or a state that passes. */
export type LoginRefusal = 'configuration' | 'passing' | 'rate-limit';

/** What is wrong, in a word for scripts and for `forcegate check`. */
export type LoginCause =
  | 'wrong_key'
  | 'wrong_secret'
  | 'no_run_as_user'
  | 'wrong_login_host'
  | 'flow_off'
  | 'user_not_admitted'
  | 'user_blocked'
  | 'user_inactive'
  | 'malformed_login'
  | 'login_limit_spent'
  | 'login_down'
  | 'jwt_off'
  | 'scope_missing'
  | 'unknown_refusal';

export type LoginHint = {
  readonly refusal: LoginRefusal;
  readonly cause: LoginCause;
  readonly hint: string;
};

type Row = LoginHint & { readonly error: string; readonly description?: RegExp };

const configuration = (
  cause: LoginCause,
  error: string,
  description: RegExp | undefined,
  hint: string,
): Row =>
  description === undefined
    ? { error, cause, refusal: 'configuration', hint }
    : { error, cause, description, refusal: 'configuration', hint };

// The first row that fits wins; the wordings are loose because Salesforce changes them.
const ROWS: readonly Row[] = [
  configuration(
    'wrong_key',
    'invalid_client_id',
    undefined,
    'Check consumer_key against the External Client App (Setup > External Client App Manager > Settings > OAuth Settings). ' +
      'A new app takes up to 10 minutes to become known.',
  ),
  configuration(
    'wrong_secret',
    'invalid_client',
    undefined,
    'Check consumer_secret against the External Client App (Setup > External Client App Manager > Settings > OAuth ' +
      'Settings > Consumer Key and Secret).',
  ),
  configuration(
    'no_run_as_user',
    'invalid_grant',
    /no client credentials user/iu,
    "Set a Run-As user in the External Client App's policies (Policies > OAuth Policies > Client Credentials Flow).",
  ),
  configuration(
    'wrong_login_host',
    'invalid_grant',
    /not supported on this domain/iu,
    "Set instance_url to the org's My Domain, https://<domain>.my.salesforce.com; login.salesforce.com and " +
      'test.salesforce.com do not support this login.',
  ),
  configuration(
    'flow_off',
    'invalid_grant',
    /client credentials flow/iu,
    'Enable Client Credentials Flow in the External Client App (Settings > OAuth Settings > Flow Enablement).',
  ),
  configuration(
    'user_not_admitted',
    'invalid_grant',
    /admin approved|approved this consumer/iu,
    "The External Client App's policies do not admit the Run-As user. Give the user one of the app's permission sets " +
      'or profiles (Policies > App Policies), or set Permitted Users so that it is admitted.',
  ),
  configuration(
    'user_blocked',
    'invalid_grant',
    undefined,
    "Check that the Run-As user is active and not locked, and that no IP restriction (the app's IP Relaxation, the " +
      "profile's Login IP Ranges) excludes this machine. Setup > Login History tells the cause.",
  ),
  configuration(
    'user_inactive',
    'inactive_user',
    undefined,
    "Activate the Run-As user (Setup > Users), or name another one in the External Client App's policies.",
  ),
  configuration(
    'flow_off',
    'unsupported_grant_type',
    undefined,
    'Enable Client Credentials Flow in the External Client App, and check that instance_url leads to Salesforce itself.',
  ),
  configuration(
    'malformed_login',
    'invalid_request',
    undefined,
    'Check that consumer_key and consumer_secret are set, and that nothing between the gateway and Salesforce changes requests.',
  ),
  {
    error: 'rate_limit_exceeded',
    refusal: 'rate-limit',
    cause: 'login_limit_spent',
    hint: 'The org limits how often this app may log in. A token file lets restarts use the token there is.',
  },
  {
    error: 'server_error',
    refusal: 'passing',
    cause: 'login_down',
    hint: 'See https://status.salesforce.com.',
  },
  {
    error: 'temporarily_unavailable',
    refusal: 'passing',
    cause: 'login_down',
    hint: 'See https://status.salesforce.com.',
  },
];

const UNKNOWN: LoginHint = {
  refusal: 'configuration',
  cause: 'unknown_refusal',
  hint: 'Setup > Login History tells the cause.',
};

export function loginHint(error: string, description: string): LoginHint {
  const row = ROWS.find(
    (candidate) => candidate.error === error && (candidate.description?.test(description) ?? true),
  );
  return row ?? UNKNOWN;
}

export const HINT_MY_DOMAIN =
  "Check instance_url: it must be the org's My Domain, https://<domain>.my.salesforce.com (for a sandbox " +
  'https://<domain>--<sandbox>.sandbox.my.salesforce.com), without a path.';

export const HINT_JWT =
  'Enable "Issue JSON Web Token (JWT)-based access tokens for named users" in the External Client App (Settings > OAuth ' +
  'Settings) and, where shown, in its policies.';

export const hintScope = (missing: string): string =>
  `Add the scope ${missing} to the External Client App (Settings > OAuth Settings > OAuth Scopes); for sfap_api its ` +
  'label is "Access the Salesforce API Platform".';
