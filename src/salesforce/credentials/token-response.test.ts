// The judgement of the login's answers, row by row of reference 1.3 to 1.6.

import { describe, expect, it } from 'vitest';

import { Secret } from '../../core/platform/index.ts';
import { CANARY, jwt, refusal, reply, TENANT, type Claims } from './test-org.ts';
import { requestToken, type LoginResponse } from './token-request.ts';
import { processTokenResponse, type Judgement } from './token-response.ts';

const NOW_MS = 1_736_530_186_000;
const NOW_S = NOW_MS / 1000;

function judge(response: LoginResponse): Judgement {
  return processTokenResponse(response, {
    requiredScopes: ['sfap_api'],
    consumerSecret: new Secret(CANARY),
    nowMs: NOW_MS,
  });
}

function granted(claims: Claims, fields: Readonly<Record<string, unknown>> = {}): Judgement {
  return judge(reply(200, { access_token: jwt(claims), token_format: 'jwt', ...fields }));
}

function messageOf(judgement: Judgement): string {
  return judgement.type === 'granted' ? '' : judgement.error.message;
}

describe('the request', () => {
  it('is a client credentials grant with the secret in the body and nowhere else', () => {
    const request = requestToken({ consumerKey: '3MVG9.key', consumerSecret: new Secret(CANARY) });
    expect(request.path).toBe('/services/oauth2/token');
    expect(Object.fromEntries(new URLSearchParams(request.body))).toEqual({
      grant_type: 'client_credentials',
      client_id: '3MVG9.key',
      client_secret: CANARY,
    });
    expect(JSON.stringify({ ...request, body: '' })).not.toContain('canary');
  });
});

describe('a granted token', () => {
  it('ends at its exp and names its tenant', () => {
    expect(granted({ payload: { iat: NOW_S, exp: NOW_S + 1800 } })).toMatchObject({
      type: 'granted',
      grant: { tenantKey: TENANT, expiresAtMs: NOW_MS + 1_800_000, clockAheadMs: 0 },
    });
  });

  it('without an exp ends by expires_in', () => {
    expect(granted({}, { expires_in: 900 })).toMatchObject({ grant: { expiresAtMs: NOW_MS + 900_000 } });
    expect(granted({}, { expires_in: '900' })).toMatchObject({ grant: { expiresAtMs: NOW_MS + 900_000 } });
  });

  it('without any word of its end is good for ten minutes', () => {
    expect(granted({})).toMatchObject({ grant: { expiresAtMs: NOW_MS + 600_000 } });
    expect(granted({}, { expires_in: 'soon' })).toMatchObject({ grant: { expiresAtMs: NOW_MS + 600_000 } });
  });

  it('tells how far the clocks are apart, by iat or by issued_at in milliseconds', () => {
    const exp = NOW_S + 1800;
    expect(granted({ payload: { iat: NOW_S + 300, exp } })).toMatchObject({
      grant: { clockAheadMs: 300_000 },
    });
    expect(granted({ payload: { exp } }, { issued_at: String(NOW_MS - 5000) })).toMatchObject({
      grant: { clockAheadMs: -5000 },
    });
  });

  it('that our fast clock takes for expired lives as long as it would at Salesforce', () => {
    const iat = NOW_S - 7200;
    expect(granted({ payload: { iat, exp: iat + 1800 } })).toMatchObject({
      grant: { expiresAtMs: NOW_MS + 1_800_000 },
    });
  });

  it('is accepted with scopes in any order, as a list, or told only beside the token', () => {
    expect(granted({ payload: { scp: 'api refresh_token sfap_api' } }).type).toBe('granted');
    expect(granted({ payload: { scp: ['api', 'sfap_api'] } }).type).toBe('granted');
    expect(granted({ payload: { scp: undefined } }, { scope: 'api sfap_api' }).type).toBe('granted');
    expect(granted({ payload: { scp: undefined } }).type).toBe('granted');
  });

  it.each([
    ['opaque', '00Dxx0000000000!AQEAQexample', /JSON Web Token \(JWT\)-based access tokens/u],
    ['three parts that are no JWT', 'a.b.c', /JSON Web Token \(JWT\)-based access tokens/u],
    ['without a tenant key', jwt({ header: { tnk: undefined } }), /names no tenant/u],
    ['without the scope', jwt({ payload: { scp: 'api' } }), /lacks the scope sfap_api\. Add the scope/u],
    ['that would break a header', `${jwt()}\r\nx: y`, /not a login's/u],
    ['of no characters', '', /not a login's/u],
  ])('is refused when it is %s', (_case, token, told) => {
    const judgement = judge(reply(200, { access_token: token }));
    expect(judgement.type).toBe('refused');
    expect(messageOf(judgement)).toMatch(told);
    if (token !== '') expect(messageOf(judgement)).not.toContain(token);
  });
});

describe('a refused login', () => {
  it.each([
    ['invalid_client_id', 'client identifier invalid', /Check consumer_key .* 10 minutes/u, 'wrong_key'],
    ['invalid_client', 'invalid client credentials', /Check consumer_secret/u, 'wrong_secret'],
    ['invalid_grant', 'no client credentials user enabled', /Set a Run-As user/u, 'no_run_as_user'],
    [
      'invalid_grant',
      'request not supported on this domain',
      /Set instance_url to the org's My Domain/u,
      'wrong_login_host',
    ],
    ['invalid_grant', 'client credentials flow not enabled', /Enable Client Credentials Flow/u, 'flow_off'],
    ['invalid_grant', 'user is not admin approved', /do not admit the Run-As user/u, 'user_not_admitted'],
    [
      'invalid_grant',
      "user hasn't approved this consumer",
      /do not admit the Run-As user/u,
      'user_not_admitted',
    ],
    ['invalid_grant', 'authentication failure', /not locked, and that no IP restriction/u, 'user_blocked'],
    ['inactive_user', 'user is inactive', /Activate the Run-As user/u, 'user_inactive'],
    ['unsupported_grant_type', 'grant type not supported', /Client Credentials Flow/u, 'flow_off'],
    ['invalid_request', 'missing parameter', /consumer_key and consumer_secret are set/u, 'malformed_login'],
    ['something_new', 'never seen', /Login History/u, 'unknown_refusal'],
  ])(
    'with %s (%s) tells the setting that cures it, and its cause in a word',
    (error, description, hint, reason) => {
      for (const status of [400, 401, 403]) {
        const judgement = judge(reply(status, { error, error_description: description }));
        expect(judgement.type).toBe('refused');
        expect(messageOf(judgement)).toContain(`${error} (${description})`);
        expect(messageOf(judgement)).toMatch(hint);
        expect(judgement).toMatchObject({ error: { reason } });
      }
    },
  );

  it.each(['server_error', 'temporarily_unavailable'])('with %s passes and is tried again', (error) => {
    expect(judge(refusal(error, 'x'))).toMatchObject({ type: 'unavailable', again: true });
  });

  it('for too many logins is not tried again, and hands on how long to wait', () => {
    const limited = judge(reply(400, { error: 'rate_limit_exceeded' }, { 'retry-after': '7' }));
    expect(limited).toMatchObject({ type: 'unavailable', again: false, error: { retryAfterMs: 7000 } });
    expect(judge(reply(429, '', { 'retry-after': 'soon' }))).toMatchObject({
      type: 'unavailable',
      again: false,
      error: { retryAfterMs: undefined },
    });
  });

  it('repeats nothing of the body but the two allowed fields, on one short line', () => {
    const judgement = judge(
      reply(400, {
        error: 'invalid_grant',
        error_description: `authentication failure\nfor \u0007${'x'.repeat(1000)}`,
        request: 'leak-me',
      }),
    );
    for (const unwanted of ['leak-me', '\n', '\u0007']) expect(messageOf(judgement)).not.toContain(unwanted);
    expect(messageOf(judgement).length).toBeLessThan(600);
  });

  it('hides the secret should the endpoint echo it, plain or encoded', () => {
    const judgement = judge(refusal('invalid_client', `bad ${CANARY} or ${encodeURIComponent(CANARY)}`));
    expect(messageOf(judgement)).toContain('bad [secret] or [secret]');
    expect(messageOf(judgement)).not.toContain('canary');
  });
});

describe('an answer that is no login', () => {
  it.each([
    ['a page', reply(200, '<!doctype html><html>', { 'content-type': 'text/html' }), /a web page/u],
    ['a page with 404', reply(404, ' <html>'), /a web page \(status 404\)/u],
    ['a redirect', reply(302, ''), /a redirect/u],
    ['no JSON', reply(200, 'OK'), /not a JSON object/u],
    ['a JSON list', reply(403, [{ errorCode: 'X' }]), /not a JSON object/u],
    ['other JSON', reply(200, { ok: true }), /JSON that is not a login's/u],
    ['other JSON with 404', reply(404, { message: 'no' }), /JSON that is not a login's/u],
  ])('%s points at the My Domain', (_case, response, told) => {
    const judgement = judge(response);
    expect(judgement.type).toBe('refused');
    expect(messageOf(judgement)).toMatch(told);
    expect(messageOf(judgement)).toContain('My Domain');
  });

  it('a page with 5xx is trouble that passes', () => {
    expect(judge(reply(503, '<html>maintenance'))).toMatchObject({ type: 'unavailable', again: true });
    expect(judge(reply(500, '')).type).toBe('unavailable');
  });
});
