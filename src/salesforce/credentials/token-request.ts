// The login exchange, in two halves that know nothing of each other: the request made here, and its judgement in
// token-response.ts.

import type { Secret } from '../../core/platform/index.ts';

export type LoginRequest = {
  readonly method: 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Holds the consumer secret. */
  readonly body: string;
};

export type LoginResponse = {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
};

export type ClientCredentials = {
  readonly consumerKey: string;
  readonly consumerSecret: Secret;
};

/** The OAuth 2.0 client credentials grant (RFC 6749, 4.4), with the secret in the body as Salesforce documents it. */
export function requestToken(client: ClientCredentials): LoginRequest {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: client.consumerKey,
    client_secret: client.consumerSecret.reveal(),
  });
  return {
    method: 'POST',
    path: '/services/oauth2/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: body.toString(),
  };
}
