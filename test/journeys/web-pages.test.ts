// No web page may spend the org's credits: neither by rebinding its name to this machine, nor by a cross-origin request
// that needs no preflight. The gateway here is open (no keys), as it is on a developer's machine.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { send } from './raw-client.ts';
import { openStage, type Stage } from './stage.ts';

const BODY = JSON.stringify({ model: 'claude-sonnet-4-6', messages: [{ role: 'user', content: 'spend' }] });

describe('an open gateway on loopback', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage({
      configure: (config) => ({
        ...config,
        keys: { clients: [] },
        server: { ...config.server, allowedOrigins: ['https://tools.example.com'] },
      }),
    });
  });

  afterAll(() => stage.close());

  it.each([
    {
      attack: 'a rebound host name',
      headers: { host: 'evil.example:8000', 'content-type': 'application/json' },
      status: 403,
    },
    {
      attack: 'a cross-origin text/plain POST',
      headers: { origin: 'https://evil.example', 'content-type': 'text/plain' },
      status: 403,
    },
    { attack: 'a text/plain POST without an origin', headers: { 'content-type': 'text/plain' }, status: 415 },
    { attack: 'a form POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, status: 415 },
    {
      attack: 'a POST from a sandboxed frame',
      headers: { origin: 'null', 'content-type': 'application/json' },
      status: 403,
    },
    {
      attack: 'a cross-site fetch that hides its origin',
      headers: { 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' },
      status: 403,
    },
  ])('refuses $attack and calls nobody', async ({ headers, status }) => {
    const reply = await send(stage.url, { headers, body: BODY });
    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.text).error.message).toMatch(/\w/);
    expect(reply.headers['access-control-allow-origin']).toBeUndefined();
    expect(await stage.journal()).toEqual([]);
  });

  it('refuses the preflight of a page that is not listed', async () => {
    const reply = await send(stage.url, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(reply.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('serves a page that is listed', async () => {
    const headers = { origin: 'https://tools.example.com', 'content-type': 'application/json' };
    const reply = await send(stage.url, { headers, body: BODY });
    expect(reply.status).toBe(200);
    expect(reply.headers['access-control-allow-origin']).toBe('https://tools.example.com');
  });
});
