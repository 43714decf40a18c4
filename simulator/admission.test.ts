// Who gets in: TLS and h2, the two origins, tokens, headers, entitlements and rate limits.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { connect } from 'node:tls';
import { gzipSync } from 'node:zlib';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { createSimulator } from './simulator.ts';
import { claude, gpt, TestOrg } from './test-client.ts';

let nowMs = Date.UTC(2026, 5, 1);
let org: TestOrg;
beforeAll(async () => {
  org = await TestOrg.open({ clock: { now: () => nowMs } });
});
afterAll(() => org.close());
afterEach(() => org.reset());

describe('a request body that is coded', () => {
  const body = { model: gpt, messages: [{ role: 'user', content: 'packed' }], generation_settings: {} };
  const post = (sent: unknown, coding: string) =>
    org.post('/ai/gpt/v1/chat/generations', sent, { 'content-encoding': coding });

  it('in gzip is read, and the journal shows what it holds', async () => {
    expect((await post(gzipSync(JSON.stringify(body)), 'gzip')).text).toContain('packed');
    const [entry] = (await org.control('GET', '/requests?surface=gateway-generations')).json;
    expect(entry).toMatchObject({ status: 200, headers: { 'content-encoding': 'gzip' }, body });
  });

  it.each([415, 400] as const)(
    'is refused with %i by an org that does not read it, and shown all the same',
    async (gzipRequests) => {
      await org.set({ gzipRequests });
      await org.say({ match: {}, reply: { text: 'kept' } });
      expect((await post(gzipSync(JSON.stringify(body)), 'gzip')).status).toBe(gzipRequests);
      const [entry] = (await org.control('GET', '/requests?surface=gateway-generations')).json;
      expect(entry).toMatchObject({ status: gzipRequests, body });
      expect((await org.chat(gpt, 'x')).text).toContain('kept');
    },
  );

  it('in anything else is refused', async () => {
    expect((await post(body, 'br')).status).toBe(415);
  });

  it('that is not what it says is a bad request', async () => {
    expect((await post('not gzip', 'gzip')).status).toBe(400);
  });
});

describe('the listener', () => {
  it('serves HTTPS whose certificate its own authority vouches for, on HTTP/1.1 and h2', async () => {
    const secure = await TestOrg.open({ tls: true, http2: true });
    try {
      expect(secure.address.loginUrl).toMatch(/^https:/u);
      expect((await secure.chat(gpt, 'hello')).status).toBe(200);
      const [entry] = (await secure.control('GET', '/requests?surface=gateway-generations')).json;
      expect(entry.httpVersion).toBe('2.0');
      const old = await TestOrg.open({ tls: true, http2: false });
      await old.token();
      const [login] = (await old.control('GET', '/requests')).json;
      expect(login.httpVersion).toBe('1.1');
      await old.close();
    } finally {
      await secure.close();
    }
  });

  it('does not offer h2 when it is switched off', async () => {
    const old = await TestOrg.open({ tls: true, http2: false });
    const ca = readFileSync(old.address.caFile ?? '');
    const socket = connect({
      port: Number(new URL(old.address.modelUrl).port),
      ca,
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    expect(socket.alpnProtocol).toBe('http/1.1');
    socket.destroy();
    await old.close();
  });

  it('writes only the certificate of the authority, and removes it on close', async () => {
    const simulator = createSimulator({});
    const { caFile = '' } = await simulator.open();
    expect(readdirSync(dirname(caFile))).toEqual(['ca.pem']);
    expect(readFileSync(caFile, 'utf8')).toMatch(/^-----BEGIN CERTIFICATE-----/u);
    expect(readFileSync(caFile, 'utf8')).not.toContain('PRIVATE');
    await simulator.close();
    expect(existsSync(dirname(caFile))).toBe(false);
  });

  it('refuses plain HTTP beyond loopback', () => {
    expect(() => createSimulator({ tls: false, host: '0.0.0.0' })).toThrow(/loopback/u);
  });

  it('refuses an unknown key or value of the org by name', () => {
    expect(() => createSimulator({ org: { usage: 'sometimes' as 'absent' } })).toThrow(/org\.usage/u);
    expect(() => createSimulator({ org: { usages: 'absent' } as object })).toThrow(/org\.usages/u);
  });
});

describe('a token on the model host', () => {
  const chatWith = (authorization: string) => org.chat(gpt, 'hello', {}, { authorization });

  it('must be there (2.8, D)', async () => {
    const reply = await org.chat(gpt, 'hello', {}, { authorization: '' });
    expect([reply.status, reply.json.errorCode, reply.json.message]).toEqual([
      401,
      'INVALID_AUTH',
      'Access bearer token is missing or invalid',
    ]);
  });

  it('gets 404 when it is opaque (1.7, D)', async () => {
    await org.set({ tokenMode: 'opaque' });
    expect((await chatWith(`Bearer ${(await org.login()).json.access_token}`)).status).toBe(404);
  });

  it('gets 401 when its signature is forged (1.4, D)', async () => {
    const [head, payload] = (await org.token()).split('.');
    const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()) as object;
    const forged = Buffer.from(JSON.stringify({ ...claims, exp: 9_999_999_999 })).toString('base64url');
    const signature = (await org.token()).split('.')[2];
    expect((await chatWith(`Bearer ${head}.${forged}.${signature}`)).status).toBe(401);
  });

  it('gets 401 from the moment it expires, although it was good before (1.5, D)', async () => {
    await org.set({ tokenLifetimeSeconds: 10 });
    const authorization = `Bearer ${(await org.login()).json.access_token}`;
    expect((await chatWith(authorization)).status).toBe(200);
    nowMs += 10_000;
    expect((await chatWith(authorization)).status).toBe(401);
  });

  it('must carry the scope sfap_api (1.1, D)', async () => {
    await org.set({ tokenScopes: ['api'] });
    expect((await chatWith(`Bearer ${(await org.login()).json.access_token}`)).status).toBe(403);
  });
});

describe('the model host', () => {
  it.each(['x-sfdc-app-context', 'x-client-feature-id'])(
    'demands the header %s on both surfaces (2.2, D; status App. B, I L)',
    async (name) => {
      for (const path of [
        '/ai/gpt/v1/chat/generations',
        `/einstein/platform/v1/models/${gpt}/chat-generations`,
      ]) {
        const reply = await org.post(
          path,
          { model: gpt, messages: [{ role: 'user', content: 'x' }] },
          { [name]: '' },
        );
        expect([reply.status, reply.json.message]).toEqual([400, `Header is required: ${name}`]);
      }
    },
  );

  it('knows no paths of the login host (60-second model)', async () => {
    const reply = await org.send('POST', `${org.address.modelUrl}/services/oauth2/token`, 'x');
    expect([reply.status, reply.headers['content-type']]).toEqual([404, 'text/html']);
    expect((await org.control('GET', '/stats')).json.calls).toMatchObject({ unknown: 1 });
  });

  it('answers a surface the org is not entitled to with 404, and the other one as ever (7, I)', async () => {
    await org.set({ entitled: { classic: true, gateway: false } });
    expect((await org.chat(gpt, 'hello')).status).toBe(404);
    expect((await org.classic(gpt, 'hello')).status).toBe(200);
    await org.set({ entitled: { classic: false, gateway: true } });
    expect((await org.chat(gpt, 'hello')).status).toBe(200);
    expect((await org.classic(gpt, 'hello')).status).toBe(404);
  });

  it('answers disabled and unknown models with 404, custom ones from their base (4.5, 6.3, O)', async () => {
    await org.set({ enabledModels: [gpt, 'My_Own'], customModels: [{ name: 'My_Own', base: claude }] });
    expect((await org.classic(gpt, 'x')).status).toBe(200);
    expect((await org.classic(claude, 'x')).status).toBe(404);
    expect((await org.classic('sfdc_ai__DefaultNothing', 'x')).json.errorCode).toBe('NOT_FOUND');
    const custom = await org.classic('My_Own', 'x');
    expect(custom.json.generationDetails.parameters.model).toBe('claude-sonnet-4-6');
  });

  it('reroutes old names and shows the model that really answers (4.5, D)', async () => {
    const reply = await org.classic('sfdc_ai__DefaultAzureOpenAIGPT4Turbo', 'x');
    expect(reply.json.generationDetails.parameters.model).toBe('gpt-4o-2024-08-06');
  });

  it('limits requests a minute for each endpoint, with the gateway telling when to come back (3.10, O H)', async () => {
    await org.set({ requestsPerMinute: { 'gateway-generations': 2, 'chat-generations': 0 } });
    nowMs += 60_000;
    expect((await org.chat(gpt, 'x')).status).toBe(200);
    nowMs += 23_000;
    expect((await org.chat(gpt, 'x')).status).toBe(200);
    const over = await org.chat(gpt, 'x');
    expect(over.status).toBe(429);
    expect(over.json).toMatchObject({
      errorCode: 'LIMIT_EXCEEDED',
      parameters: [{ name: 'rateLimit', value: { limit: 2, remaining: 0, reset: 37 } }],
    });
    expect(over.headers['x-ratelimit-limit']).toBe('2');
    expect(over.headers['x-ratelimit-reset']).toBe('37');
    expect(over.headers['retry-after']).toBeUndefined();
    nowMs += 37_000;
    expect((await org.chat(gpt, 'x')).status).toBe(200);
    const classic = await org.classic(gpt, 'x');
    expect([classic.status, classic.headers['x-ratelimit-limit']]).toEqual([429, undefined]);
  });
});
