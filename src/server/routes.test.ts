// Who serves which path over real sockets: dialects, the operator's routes, unknown paths, wrong methods, and what is not
// HTTP at all.

import { describe, expect, it } from 'vitest';

import { HEAD, openServerPerTest, send, sendBare } from '../../test/fakes/server-parts.ts';
import { createKeyRing, hashKey } from '../policy/index.ts';
import type { ServerDependencies } from './index.ts';

const { open, running } = openServerPerTest();

describe('a dialect', () => {
  it('gets the body, the query and the caller’s request id', async () => {
    const { port } = await open();
    const answer = await send(port, {
      path: '/v1/chat/completions?api-version=1',
      headers: { 'x-request-id': 'mine-1.2_3' },
      body: '{"model":"ü"}',
    });
    expect(JSON.parse(answer.text)).toMatchObject({
      dialect: 'first',
      route: '/v1/chat/completions',
      query: 'api-version=1',
      body: '{"model":"ü"}',
      requestId: 'mine-1.2_3',
    });
    expect(answer.headers['x-request-id']).toBe('mine-1.2_3');
  });

  it.each(['a b', 'x'.repeat(129), 'ä', '<script>', '../../etc'])(
    'gets a fresh request id in place of the unsafe %j',
    async (id) => {
      const { port } = await open();
      const answer = await send(port, { headers: { 'x-request-id': id } });
      expect(answer.headers['x-request-id']).toMatch(/^req_\d{24}$/);
    },
  );

  it('shares a path with another by its headers', async () => {
    const { port } = await open();
    const ask = async (headers: Record<string, string>): Promise<unknown> =>
      JSON.parse((await send(port, { method: 'GET', path: '/v1/models', headers })).text);
    expect(await ask({})).toMatchObject({ dialect: 'first' });
    expect(await ask({ 'anthropic-version': '2023-06-01' })).toMatchObject({ dialect: 'second' });
  });

  it.each([
    ['/v1/models/sfdc_ai__DefaultGPT4Omni', 'sfdc_ai__DefaultGPT4Omni'],
    ['/v1/models/vendor%2Fmodel%3A1', 'vendor/model:1'],
    ['/v1/models/vendor/model', 'vendor/model'],
    [`/v1/models/${'m'.repeat(1500)}`, 'm'.repeat(1500)],
  ])('gets the rest of the path %s decoded', async (path, rest) => {
    const { port } = await open();
    expect(JSON.parse((await send(port, { method: 'GET', path })).text)).toMatchObject({ rest });
  });

  it('gets a part in the middle of the path, however long an encoded id is', async () => {
    const { port } = await open();
    const id = `arn:aws:bedrock:eu-west-1::inference-profile/${'x'.repeat(1000)}`;
    const answer = await send(port, { path: `/model/${encodeURIComponent(id)}/invoke` });
    expect(JSON.parse(answer.text)).toMatchObject({ route: '/model/*/invoke', rest: id });
  });

  it('serves HEAD where it serves GET', async () => {
    const { port } = await open();
    const answer = await send(port, { method: 'HEAD', path: '/v1/models' });
    expect([answer.status, answer.text]).toEqual([200, '']);
  });
});

describe('a path nobody serves', () => {
  it.each([
    ['/chat/completions', 'end in /v1'],
    ['/v1/v1/chat/completions', 'without /v1'],
    ['/v1/chat/completions/', 'Did you mean /v1/chat/completions?'],
    ['//v1//chat/completions', 'Did you mean /v1/chat/completions?'],
    ['/V1/Chat/Completions', 'Did you mean /v1/chat/completions?'],
    ['/openai/v1/chat/completions', 'Did you mean /v1/chat/completions?'],
    ['/v1/models/', 'Did you mean /v1/models?'],
  ])('%s is refused with the hint %s', async (path, hint) => {
    const { port, pipeline } = await open();
    const answer = await send(port, { method: path.includes('models') ? 'GET' : 'POST', path });
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'route_not_found', dialect: 'first' });
    expect(answer.text).toContain(hint);
    expect(pipeline.ran).toEqual([]);
  });

  it.each(['/nowhere', '/v1', '/v1/chat', '/v1/models-and-more', '/.env', '/v1/../../etc/passwd'])(
    '%s is refused without a hint',
    async (path) => {
      const { port } = await open();
      const answer = await send(port, { path });
      expect(answer.status).toBe(404);
      expect(answer.text).not.toContain('Did you mean');
    },
  );

  it('is refused in the words of the dialect that claims its headers', async () => {
    const { port } = await open();
    const answer = await send(port, { path: '/messages', headers: { 'anthropic-version': '1' } });
    expect(JSON.parse(answer.text)).toMatchObject({ dialect: 'second', code: 'route_not_found' });
  });

  it.each(['/%', '/v1/models/%E0%A4%A', '/v1/models/%ff', `/model/${'x'.repeat(3000)}/invoke`])(
    'because %s cannot be read is refused',
    async (path) => {
      const { port, pipeline } = await open();
      const answer = await send(port, { method: path.endsWith('invoke') ? 'POST' : 'GET', path });
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.text)).toMatchObject({ code: 'invalid_request' });
      expect(pipeline.ran).toEqual([]);
    },
  );
});

describe('a wrong method', () => {
  it.each([
    ['GET', '/v1/messages', 'POST, OPTIONS'],
    ['PUT', '/v1/chat/completions', 'POST, GET, HEAD, OPTIONS'],
    ['PROPFIND', '/v1/chat/completions', 'POST, GET, HEAD, OPTIONS'],
    ['DELETE', '/v1/models/some-model', 'GET, HEAD, OPTIONS'],
    ['TRACE', '/livez', 'GET, HEAD, OPTIONS'],
    ['POST', '/', 'GET, HEAD, OPTIONS'],
  ])('%s %s is refused with what is served', async (method, path, allow) => {
    const { port, pipeline } = await open();
    const answer = await send(port, { method, path });
    expect([answer.status, answer.headers.allow]).toEqual([405, allow]);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'method_not_allowed' });
    expect(pipeline.ran).toEqual([]);
  });

  it.each([
    ['GET', '/v1/messages', {}, 'second'],
    ['DELETE', '/v1/chat/completions', { 'anthropic-version': '2023-06-01' }, 'first'],
    ['POST', '/v1/models', {}, 'first'],
    ['POST', '/v1/models', { 'anthropic-version': '2023-06-01' }, 'second'],
    ['PUT', '/v1/models/some-model', { 'anthropic-version': '2023-06-01' }, 'first'],
    ['POST', '/livez', { 'anthropic-version': '2023-06-01' }, 'second'],
  ])('%s %s with %j is worded by the dialect that owns the path', async (method, path, headers, dialect) => {
    const { port } = await open();
    const answer = await send(port, { method, path, headers });
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'method_not_allowed', dialect });
  });

  it('OPTIONS is answered with what is served', async () => {
    const { port } = await open();
    const answer = await send(port, { method: 'OPTIONS' });
    expect([answer.status, answer.headers.allow, answer.text]).toEqual([204, 'POST, GET, HEAD, OPTIONS', '']);
  });
});

describe('what is not HTTP', () => {
  it.each([
    ['garbage', 'hello there\r\n\r\n', '400'],
    ['a TLS greeting', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001', '400'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nbroken\r\n\r\n', '400'],
    ['two lengths', 'POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', '400'],
    [
      'a length beside chunks',
      'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
      '400',
    ],
    ['endless headers', `GET / HTTP/1.1\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`, '431'],
    ['an endless path', `GET /${'y'.repeat(40_000)} HTTP/1.1\r\n\r\n`, '431'],
  ])('like %s is answered properly and closed', async (_name, bytes, status) => {
    const { port, server } = await open();
    const text = await sendBare(port, bytes);
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(text).toContain('"dialect":"first"');
    expect(server.statistics().malformedTotal).toBe(1);
    expect((await send(port)).status).toBe(200);
  });

  it('in the middle of a body ends the request without serving it', async () => {
    const { port, pipeline } = await open();
    await sendBare(port, `${HEAD}transfer-encoding: chunked\r\n\r\n5\r\nabcde\r\nzzz\r\n`);
    expect(pipeline.ran).toEqual([]);
    expect(pipeline.refused.map(({ error }) => error.code)).toEqual(['client_closed']);
  });
});

describe('the operator’s routes', () => {
  const get = (path: string, headers: Record<string, string> = {}): ReturnType<typeof send> =>
    send(running()?.port ?? 0, { method: 'GET', path, headers });
  const ring = createKeyRing({
    keys: [
      { id: 'team', sha256: hashKey('team-key'), admin: false },
      { id: 'operator', sha256: hashKey('admin-key'), admin: true },
    ],
  });
  const identify: ServerDependencies['identify'] = (presented) => ring.identify(presented);

  it('tell liveness and readiness without a key and without the pipeline', async () => {
    const { pipeline } = await open({}, { identify });
    expect((await get('/livez')).status).toBe(200);
    const ready = await get('/readyz');
    expect([ready.status, JSON.parse(ready.text)]).toEqual([200, { ready: true, reasons: [] }]);
    expect([pipeline.ran, pipeline.refused]).toEqual([[], []]);
  });

  it('tell why the gateway is not ready', async () => {
    const operatorRoutes = {
      readiness: () => ({ ready: false, reasons: ['no token yet'] }),
      health: () => ({ client_initialized: false }),
      metrics: () => Promise.reject(new Error('broken reading')),
    };
    const { pipeline } = await open({}, { operatorRoutes });
    const ready = await get('/readyz');
    expect([ready.status, JSON.parse(ready.text)]).toEqual([
      503,
      { ready: false, reasons: ['no token yet'] },
    ]);
    const health = await get('/health');
    expect(health.status).toBe(503);
    expect(JSON.parse(health.text)).toMatchObject({ status: 'unhealthy', client_initialized: false });
    const metrics = await get('/metrics');
    expect(metrics.status).toBe(500);
    expect(metrics.text).not.toContain('broken reading');
    expect(pipeline.refused.map(({ error }) => error.detail)).toEqual(['broken reading']);
  });

  it('keep the names of the health report that older monitors read', async () => {
    await open();
    const health = JSON.parse((await get('/health')).text);
    expect(health).toMatchObject({ status: 'healthy', service: 'forcegate', client_initialized: true });
    expect(Number.isInteger(health.timestamp)).toBe(true);
  });

  it('open the metrics to the admin key only, where there are keys', async () => {
    const { pipeline } = await open({}, { identify });
    expect((await get('/metrics')).status).toBe(401);
    expect((await get('/metrics', { authorization: 'Bearer team-key' })).status).toBe(403);
    const metrics = await get('/metrics', { authorization: 'Bearer admin-key' });
    expect([metrics.status, metrics.text]).toEqual([200, 'metrics 1\n']);
    expect(pipeline.refused.map(({ error }) => error.code)).toEqual(['unauthenticated', 'forbidden']);
  });

  it('open the metrics to this machine where there are no keys', async () => {
    await open();
    expect((await get('/metrics')).headers['content-type']).toContain('version=0.0.4');
  });

  it('answer greetings', async () => {
    const { port, pipeline } = await open({ demo: true });
    expect(JSON.parse((await get('/')).text)).toMatchObject({
      service: 'forcegate',
      version: '1.2.3',
      demo: true,
    });
    expect((await send(port, { method: 'HEAD', path: '/' })).status).toBe(200);
    expect((await send(port, { method: 'HEAD', path: '/api/hello' })).status).toBe(204);
    expect([pipeline.ran, pipeline.refused]).toEqual([[], []]);
  });
});
