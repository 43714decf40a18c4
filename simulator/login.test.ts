// Logging in: sections 1.2 to 1.7 of the reference sheet, and the list of configured models (6.2).
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import type { JSONWebKeySet } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { loginErrors } from './login-errors.ts';
import { gpt, TestOrg } from './test-client.ts';

let nowMs = Date.UTC(2026, 0, 10, 20, 43, 6);
let org: TestOrg;
beforeAll(async () => {
  org = await TestOrg.open({ clock: { now: () => nowMs } });
});
afterAll(() => org.close());
afterEach(() => org.reset());

const errorOf = (reply: { status: number; text: string }): unknown => {
  const body = JSON.parse(reply.text) as Record<string, unknown>;
  return [reply.status, body['error'], body['error_description']];
};

describe('a successful login', () => {
  it('answers with every field of the documented sample and no expires_in (1.3, D)', async () => {
    const reply = await org.login();
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('application/json;charset=UTF-8');
    expect(reply.json).toEqual({
      access_token: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/u),
      signature: expect.any(String),
      token_format: 'jwt',
      scope: 'sfap_api api refresh_token',
      instance_url: org.address.loginUrl,
      id: expect.stringMatching(/^https:\/\/login\.salesforce\.com\/id\/00D\w{15}\/005\w{15}$/u),
      token_type: 'Bearer',
      issued_at: String(nowMs),
      api_instance_url: org.address.modelUrl,
    });
  });

  it('signs a JWT whose header and payload have the published anatomy (1.4, D)', async () => {
    const { access_token: token } = (await org.login()).json;
    expect(decodeProtectedHeader(token)).toEqual({
      tnk: expect.stringMatching(/^core\/prod\/00D\w{15}$/u),
      ver: '1.0',
      kid: expect.stringMatching(/^CORE_ATJWT\./u),
      tty: 'sfdc-core-token',
      typ: 'JWT',
      alg: 'RS256',
    });
    const seconds = Math.floor(nowMs / 1000);
    expect(decodeJwt(token)).toMatchObject({
      scp: 'sfap_api api refresh_token',
      aud: [org.address.modelUrl, org.address.loginUrl],
      sub: expect.stringMatching(/^uid:005/u),
      iat: seconds,
      nbf: seconds - 15,
      exp: seconds + 1800,
      mty: 'oauth',
      client_id: org.address.consumerKey,
      iss: org.address.loginUrl,
    });
  });

  it('can be verified with the key set at /id/keys (1.4, D)', async () => {
    const { access_token: token } = (await org.login()).json;
    const keys: JSONWebKeySet = (await org.send('GET', `${org.address.loginUrl}/id/keys`)).json;
    const verified = await jwtVerify(token, createLocalJWKSet(keys), { currentDate: new Date(nowMs) });
    expect(verified.payload.sub).toMatch(/^uid:/u);
  });

  it('takes credentials from a Basic header (1.2, I H)', async () => {
    const { consumerKey, consumerSecret } = org.address;
    const basic = Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64');
    const reply = await org.login({ client_id: '', client_secret: '' }, { authorization: `Basic ${basic}` });
    expect(reply.status).toBe(200);
  });

  it('gives tokens the life the org has set, down to seconds (1.5, D)', async () => {
    await org.set({ tokenLifetimeSeconds: 7 });
    const claims = decodeJwt((await org.login()).json.access_token);
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(7);
  });

  it('gives a new token to each login and counts the mints (1.5, I M)', async () => {
    const first = (await org.login()).json.access_token;
    const second = (await org.login()).json.access_token;
    expect(second).not.toBe(first);
    expect((await org.control('GET', '/stats')).json.mints).toBe(2);
  });

  it('gives an opaque token without token_format when JWTs are switched off (1.1, 1.3, D)', async () => {
    await org.set({ tokenMode: 'opaque' });
    const reply = await org.login();
    expect(reply.json.access_token).toMatch(/^00D\w{12}!AQ/u);
    expect(reply.json.access_token.split('.')).toHaveLength(1);
    expect(reply.json).not.toHaveProperty('token_format');
  });
});

describe('a refused login', () => {
  it('names an unknown consumer key (1.6, D)', async () => {
    expect(errorOf(await org.login({ client_id: 'unknown' }))).toEqual([
      400,
      'invalid_client_id',
      'client identifier invalid',
    ]);
  });

  it('names a wrong secret (1.6, D)', async () => {
    expect(errorOf(await org.login({ client_secret: 'wrong' }))).toEqual([
      400,
      'invalid_client',
      'invalid client credentials',
    ]);
  });

  it('names a bad grant type and missing parameters (1.6, D)', async () => {
    expect((await org.login({ grant_type: 'password' })).json.error).toBe('unsupported_grant_type');
    for (const missing of ['grant_type', 'client_id', 'client_secret']) {
      expect((await org.login({ [missing]: '' })).json).toEqual({
        error: 'invalid_request',
        error_description: `missing required parameter: ${missing}`,
      });
    }
  });

  it('refuses GET instead of POST as an invalid request (1.6, D)', async () => {
    const reply = await org.send('GET', `${org.address.loginUrl}/services/oauth2/token`);
    expect(errorOf(reply)).toEqual([400, 'invalid_request', 'must use HTTP POST']);
  });

  it.each(Object.entries(loginErrors))(
    'answers every login of an org that is %s (1.6)',
    async (state, row) => {
      await org.set({ login: state as keyof typeof loginErrors });
      expect(errorOf(await org.login())).toEqual([row.transientStatus ?? 400, row.error, row.description]);
      expect((await org.control('GET', '/stats')).json.mints).toBe(0);
    },
  );

  it('gives an HTML page with a 200 where the My Domain is wrong (1.6, I)', async () => {
    await org.set({ login: 'html-page' });
    const reply = await org.login();
    expect([reply.status, reply.headers['content-type']]).toEqual([200, 'text/html; charset=UTF-8']);
    expect(reply.text).toMatch(/^<!DOCTYPE html>/u);
  });
});

describe('the side doors', () => {
  const ide = (token: string, feature = 'VibesService') =>
    org.send(
      'POST',
      `${org.address.loginUrl}/ide/auth`,
      {},
      {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        'x-feature-id': feature,
      },
    );

  it('changes an opaque token for a JWT that the model host takes (1.7, O)', async () => {
    await org.set({ tokenMode: 'opaque' });
    const reply = await ide((await org.login()).json.access_token);
    expect(reply.status).toBe(200);
    const authorization = `Bearer ${reply.json.jwt}`;
    expect((await org.chat(gpt, 'hello', {}, { authorization })).status).toBe(200);
  });

  it('refuses unknown tokens and unknown features (1.7, O)', async () => {
    expect((await ide('nonsense')).status).toBe(401);
    expect((await ide((await org.login()).json.access_token, 'Other')).status).toBe(400);
  });

  it('knows no paths of the model host (60-second model)', async () => {
    const path = '/ai/gpt/v1/chat/generations';
    const reply = await org.send('POST', org.address.loginUrl + path, {});
    expect([reply.status, reply.headers['content-type']]).toEqual([404, 'text/html']);
  });
});

describe('the list of configured models', () => {
  const list = async (query = '', version = 'v63.0') =>
    org.send(
      'GET',
      `${org.address.loginUrl}/services/data/${version}/ssot/machine-learning/configured-models${query}`,
      undefined,
      { authorization: `Bearer ${(await org.login()).json.access_token}` },
    );

  it('tells namespace, name, capability and status of each model (6.2, D M)', async () => {
    await org.set({ enabledModels: [gpt], customModels: [{ name: 'My_Config', label: 'Mine' }] });
    const { configuredModels } = (await list()).json;
    const byName = new Map(configuredModels.map((item: { name: string }) => [item.name, item]));
    expect(byName.get('DefaultGPT54')).toMatchObject({
      namespace: 'sfdc_ai',
      capability: 'ChatCompletion',
      status: 'Enabled',
      parameterOverrides: [],
    });
    expect(byName.get('DefaultO3')).toMatchObject({ status: 'Disabled' });
    expect(byName.get('DefaultOpenAITextEmbeddingAda_002')).toMatchObject({ capability: 'Embedding' });
    expect(byName.get('My_Config')).toMatchObject({ namespace: null, label: 'Mine' });
  });

  it('searches, pages, and shows one by name (6.2, D M)', async () => {
    const found = (await list('?search=claude&limit=2&offset=1')).json;
    expect(found.configuredModels).toHaveLength(2);
    expect(found.totalSize).toBe(11);
    expect((await list('/sfdc_ai__DefaultGPT5')).json.name).toBe('DefaultGPT5');
    expect((await list('/DefaultNothing')).status).toBe(404);
  });

  it('wants a token with the api scope, and a version that has it (1.4, 6.2, D M)', async () => {
    await org.set({ tokenScopes: ['sfap_api'] });
    expect((await list()).status).toBe(403);
    await org.set({ tokenScopes: ['api'] });
    expect((await list()).status).toBe(200);
    expect((await list('', 'v50.0')).status).toBe(404);
    nowMs += 1000;
  });
});
