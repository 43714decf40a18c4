// Judges what the token endpoint answered: a token, a refusal that stays until somebody changes a setting, or trouble
// that passes. Pure. Of an error body only `error` and `error_description` are ever repeated, cleaned.

import { GatewayError } from '../../core/errors/index.ts';
import type { Secret } from '../../core/platform/index.ts';
import { readAccessToken, readObject, readScopes, type AccessTokenClaims } from './access-token.ts';
import { UNKNOWN_LIFE_MS } from './lifetimes.ts';
import { HINT_JWT, HINT_MY_DOMAIN, hintScope, loginHint, type LoginCause } from './login-hints.ts';
import type { LoginResponse } from './token-request.ts';

export type Grant = {
  /** The bare token. A secret. */
  readonly accessToken: string;
  readonly tenantKey: string;
  /** By our clock. */
  readonly issuedAtMs: number;
  /** By our clock. */
  readonly expiresAtMs: number;
  /** How far Salesforce's clock is ahead of ours; undefined when the reply does not tell. */
  readonly clockAheadMs: number | undefined;
};

export type Judgement =
  | { readonly type: 'granted'; readonly grant: Grant }
  /** A setting is wrong: asking again does not help. */
  | { readonly type: 'refused'; readonly error: GatewayError }
  /** `again`: whether asking once more, a little later, may help. */
  | { readonly type: 'unavailable'; readonly error: GatewayError; readonly again: boolean };

export type JudgementContext = {
  readonly requiredScopes: readonly string[];
  /** Cut out of whatever an error text repeats. */
  readonly consumerSecret: Secret;
  readonly nowMs: number;
};

const SHOWN_LENGTH_MAX = 200;
const RETRY_AFTER_MAX_S = 3600;

export function processTokenResponse(response: LoginResponse, context: JudgementContext): Judgement {
  const { status } = response;
  const body = readObject(response.body);
  if (status >= 500) return unavailable(serverTrouble(status, body, context), true);
  if (status === 429) return rateLimited(response, 'Salesforce limits how often this app may log in.');
  if (body === undefined) return refused(notJson(response));
  if (status === 200) return grantFrom(body, context);
  if (typeof body['error'] !== 'string') return refused(notLogin(status));
  return judgeError(response, body, context);
}

function judgeError(
  response: LoginResponse,
  body: Readonly<Record<string, unknown>>,
  context: JudgementContext,
): Judgement {
  const code = clean(body['error'], context);
  const description = clean(body['error_description'], context);
  const { refusal, cause, hint } = loginHint(code, description);
  const told = description === '' ? code : `${code} (${description})`;
  if (refusal === 'rate-limit')
    return rateLimited(response, `Salesforce refused the login: ${told}. ${hint}`);
  if (refusal === 'passing') {
    return unavailable(
      loginError('upstream_login_unavailable', `Salesforce could not log us in: ${told}. ${hint}`, {
        status: response.status,
        errorCode: code,
        reason: cause,
      }),
      true,
    );
  }
  return refused(
    loginError('upstream_login_refused', `Salesforce refused the login: ${told}. ${hint}`, {
      status: response.status,
      errorCode: code,
      reason: cause,
    }),
  );
}

function grantFrom(body: Readonly<Record<string, unknown>>, context: JudgementContext): Judgement {
  const accessToken = body['access_token'];
  if (typeof accessToken !== 'string' || accessToken === '') return refused(notLogin(200));
  // Anything else could not be sent as a header, and the fault would show far from here.
  if (!/^[\x21-\x7e]+$/u.test(accessToken)) return refused(notLogin(200));
  const claims = readAccessToken(accessToken);
  if (claims === undefined) {
    return refused(
      loginFault('jwt_off', `Salesforce issued an opaque access token, which the models refuse. ${HINT_JWT}`),
    );
  }
  const scopes = claims.scopes ?? readScopes(body['scope']);
  // Unknown is not missing: without any word of scopes the model host decides.
  const missing = scopes && context.requiredScopes.find((scope) => !scopes.includes(scope));
  if (missing !== undefined) {
    return refused(
      loginFault('scope_missing', `The access token lacks the scope ${missing}. ${hintScope(missing)}`),
    );
  }
  if (claims.tenantKey === undefined) {
    return refused(
      loginFault(
        'jwt_off',
        `The access token names no tenant (tnk), so it is not one for the models. ${HINT_JWT}`,
      ),
    );
  }
  return {
    type: 'granted',
    grant: { accessToken, tenantKey: claims.tenantKey, ...times(claims, body, context.nowMs) },
  };
}

/** The end by the token's own `exp`, else by `expires_in`, else by a cautious guess (reference 1.3). */
function times(
  claims: AccessTokenClaims,
  body: Readonly<Record<string, unknown>>,
  nowMs: number,
): Pick<Grant, 'issuedAtMs' | 'expiresAtMs' | 'clockAheadMs'> {
  const issuedThereMs = claims.issuedAtMs ?? readNumber(body['issued_at']);
  const clockAheadMs = issuedThereMs === undefined ? undefined : issuedThereMs - nowMs;
  const expiresInS = readNumber(body['expires_in']);
  let expiresAtMs =
    claims.expiresAtMs ?? nowMs + (expiresInS === undefined ? UNKNOWN_LIFE_MS : expiresInS * 1000);
  // A token just issued has its life before it. Where our clock says otherwise it is our clock that is wrong, and
  // believing it would mean a login for every call.
  if (expiresAtMs <= nowMs) {
    const lifeMs = issuedThereMs === undefined ? 0 : expiresAtMs - issuedThereMs;
    expiresAtMs = nowMs + (lifeMs > 0 ? lifeMs : UNKNOWN_LIFE_MS);
  }
  return { issuedAtMs: nowMs, expiresAtMs, clockAheadMs };
}

// --- words

function serverTrouble(
  status: number,
  body: Readonly<Record<string, unknown>> | undefined,
  context: JudgementContext,
): GatewayError {
  const code = clean(body?.['error'], context);
  return loginError(
    'upstream_login_unavailable',
    `Salesforce's login answered with status ${status}${code === '' ? '' : ` (${code})`}. See https://status.salesforce.com.`,
    { status, errorCode: code === '' ? undefined : code, reason: 'login_down' },
  );
}

function notJson(response: LoginResponse): GatewayError {
  const { status, body } = response;
  const type = response.headers['content-type'];
  const isPage = (typeof type === 'string' && type.includes('html')) || body.trimStart().startsWith('<');
  const what = isPage
    ? 'a web page'
    : status >= 300 && status < 400
      ? 'a redirect'
      : 'something that is not a JSON object';
  return loginFault(
    'wrong_login_host',
    `The login address answered with ${what} (status ${status}). ${HINT_MY_DOMAIN}`,
    status,
  );
}

function notLogin(status: number): GatewayError {
  return loginFault(
    'wrong_login_host',
    `The login address answered with status ${status} and JSON that is not a login's. ${HINT_MY_DOMAIN}`,
    status,
  );
}

function rateLimited(response: LoginResponse, message: string): Judgement {
  const header = response.headers['retry-after'];
  const seconds = typeof header === 'string' ? readNumber(header) : undefined;
  const retryAfterMs = seconds === undefined ? undefined : Math.min(seconds, RETRY_AFTER_MAX_S) * 1000;
  const error = new GatewayError('upstream_login_unavailable', message, {
    retryAfterMs,
    reason: 'login_limit_spent',
  });
  return unavailable(error, false);
}

function loginFault(cause: LoginCause, message: string, status?: number): GatewayError {
  return loginError('upstream_login_refused', message, { status, errorCode: undefined, reason: cause });
}

function loginError(
  code: 'upstream_login_refused' | 'upstream_login_unavailable',
  message: string,
  told: {
    readonly status: number | undefined;
    readonly errorCode: string | undefined;
    readonly reason: LoginCause;
  },
): GatewayError {
  const { status, errorCode, reason } = told;
  return new GatewayError(code, message, {
    reason,
    upstream: { status, errorCode, messageCode: undefined, requestId: undefined },
  });
}

const refused = (error: GatewayError): Judgement => ({ type: 'refused', error });

const unavailable = (error: GatewayError, again: boolean): Judgement => ({
  type: 'unavailable',
  error,
  again,
});

/** One line of plain characters, short, and without the secret should the endpoint echo what it was sent. */
function clean(value: unknown, context: JudgementContext): string {
  if (typeof value !== 'string') return '';
  const secret = context.consumerSecret.reveal();
  const hidden =
    secret === ''
      ? value
      : value.replaceAll(secret, '[secret]').replaceAll(encodeURIComponent(secret), '[secret]');
  return hidden
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, SHOWN_LENGTH_MAX);
}

function readNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : undefined;
}
