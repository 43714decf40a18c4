// What the server refuses from the headers alone, over real sockets: each refusal has its status and the words of the
// caller's dialect, and never reaches `pipeline.run`.

import { describe, expect, it } from 'vitest';

import {
  HEAD,
  POST,
  connectBare,
  openServerPerTest,
  send,
  type ClientAnswer,
} from '../../test/fakes/server-parts.ts';
import { createSimulatedTime } from '../../test/simulated-time.ts';
import { createKeyRing, hashKey } from '../policy/index.ts';
import type { ServerDependencies } from './index.ts';

const { open, running } = openServerPerTest();

function expectRefused(answer: ClientAnswer, status: number, code: string, dialect = 'first'): void {
  expect({ status: answer.status, ...JSON.parse(answer.text) }).toMatchObject({ status, code, dialect });
  expect(running()?.pipeline.ran).toEqual([]);
  expect(running()?.pipeline.refused.map(({ error }) => error.code)).toEqual([code]);
}

describe('the Host header', () => {
  it.each([
    'evil.example:8000',
    'localhost.evil.example',
    '10.0.0.7',
    'localhost@evil',
    'a b',
    '127.0.0.1.nip.io',
  ])('that says %s is refused, as after a rebinding of DNS', async (host) => {
    const { port } = await open();
    expectRefused(await send(port, { headers: { host } }), 403, 'host_not_allowed');
  });

  it.each([
    'localhost:8000',
    'LOCALHOST',
    '127.0.0.1',
    '[::1]:8000',
    '127.8.8.8',
    'gate.example',
    'a.team.example',
  ])('that says %s is served', async (host) => {
    const { port } = await open({ allowedHosts: ['gate.example', '*.team.example'] });
    expect((await send(port, { headers: { host } })).status).toBe(200);
  });

  it('may be any IP address, but no other name, when all addresses are bound', async () => {
    const { port, pipeline } = await open({ host: '0.0.0.0' });
    expect((await send(port, { headers: { host: '10.0.0.7:8000' } })).status).toBe(200);
    expect((await send(port, { headers: { host: 'evil.example' } })).status).toBe(403);
    expect(pipeline.ran).toHaveLength(1);
  });

  it('is required, and its lack told in the dialect of the route', async () => {
    const { port } = await open();
    const client = connectBare(port);
    client.socket.write('POST /v1/messages HTTP/1.0\r\n\r\n');
    const text = await client.closed;
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('"dialect":"second"');
    expect(running()?.pipeline.ran).toEqual([]);
  });

  it('is checked on the operator routes too', async () => {
    const { port } = await open();
    for (const path of ['/', '/health', '/metrics', '/livez', '/readyz', '/nowhere'])
      expect((await send(port, { method: 'GET', path, headers: { host: 'evil.example' } })).status).toBe(403);
  });
});

describe('a web page', () => {
  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another port of this machine', { origin: 'http://localhost:3000' }],
    ['a sandbox or a file', { origin: 'null' }],
    ['an extension', { origin: 'chrome-extension://abc' }],
    ['another site without an Origin', { 'sec-fetch-site': 'cross-site' }],
    ['a sister site without an Origin', { 'sec-fetch-site': 'same-site' }],
  ])('of %s is refused and told no CORS headers', async (_name, headers) => {
    const { port } = await open();
    const answer = await send(port, { headers });
    expectRefused(answer, 403, 'origin_not_allowed');
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('of another site cannot post text either', async () => {
    const { port } = await open();
    const headers = { origin: 'https://evil.example', 'content-type': 'text/plain' };
    expectRefused(await send(port, { headers, body: '{"model":"m"}' }), 403, 'origin_not_allowed');
  });

  it('that this gateway serves itself is served', async () => {
    const { port } = await open();
    const headers = {
      host: 'localhost:8000',
      origin: 'http://localhost:8000',
      'sec-fetch-site': 'same-origin',
    };
    const answer = await send(port, { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('of a listed origin is served, and may read the answer', async () => {
    const { port } = await open({ allowedOrigins: ['https://Tools.example/'] });
    const headers = { origin: 'https://tools.example', 'sec-fetch-site': 'cross-site' };
    const answer = await send(port, { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://tools.example',
      vary: 'origin',
    });
    expect(answer.headers['access-control-expose-headers']).toContain('x-request-id');
  });

  it('of a listed origin gets its preflight answered, another does not', async () => {
    const { port, pipeline } = await open({ allowedOrigins: ['https://tools.example'] });
    const asked = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-stainless-os,authorization',
    };
    const listed = await send(port, {
      method: 'OPTIONS',
      headers: { origin: 'https://tools.example', ...asked },
    });
    expect(listed.status).toBe(204);
    expect(listed.headers).toMatchObject({
      'access-control-allow-origin': 'https://tools.example',
      'access-control-allow-methods': 'POST, GET, HEAD, OPTIONS',
      'access-control-allow-headers': 'x-stainless-os,authorization',
    });
    const other = await send(port, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', ...asked },
    });
    expect(other.status).toBe(403);
    expect(other.headers['access-control-allow-methods']).toBeUndefined();
    expect(pipeline.ran).toEqual([]);
  });
});

describe('keys', () => {
  const ring = createKeyRing({ keys: [{ id: 'team', sha256: hashKey('right-key'), admin: false }] });
  const identify: ServerDependencies['identify'] = (presented) => ring.identify(presented);

  it.each([
    ['no key', {}],
    ['a wrong bearer', { authorization: 'Bearer wrong-key' }],
    ['a wrong x-api-key', { 'x-api-key': 'wrong-key' }],
    ['another scheme', { authorization: 'Basic right-key' }],
    ['an empty bearer', { authorization: 'Bearer ' }],
  ])('refuse %s before the body is read', async (_name, headers) => {
    const { port } = await open({}, { identify });
    const answer = await send(port, { headers });
    expectRefused(answer, 401, 'unauthenticated');
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.text).not.toContain('wrong-key');
  });

  it.each([
    ['a bearer', { authorization: 'Bearer right-key' }],
    ['a bearer in small letters', { authorization: 'bearer right-key' }],
    ['a bearer after several spaces', { authorization: 'Bearer   right-key' }],
    ['x-api-key', { 'x-api-key': 'right-key' }],
    ['x-api-key beside a wrong bearer', { authorization: 'Bearer other', 'x-api-key': 'right-key' }],
  ])('are taken as %s', async (_name, headers) => {
    const { port } = await open({}, { identify });
    expect(JSON.parse((await send(port, { headers })).text)).toMatchObject({ keyId: 'team' });
  });

  it('are asked for in the dialect of the route', async () => {
    const { port } = await open({}, { identify });
    expectRefused(await send(port, { path: '/v1/messages' }), 401, 'unauthenticated', 'second');
  });
});

describe('a body that could not be served', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json; charset=utf-16',
    'text/plain; application/json',
    '',
  ])('for its content type %j is refused', async (type) => {
    const { port } = await open();
    expectRefused(await send(port, { headers: { 'content-type': type } }), 415, 'unsupported_media_type');
  });

  it.each(['application/json; charset=utf-8', 'APPLICATION/JSON;charset="UTF-8"', 'application/json;'])(
    'for its content type is not %s',
    async (type) => {
      const { port } = await open();
      expect((await send(port, { headers: { 'content-type': type } })).status).toBe(200);
    },
  );

  it.each(['deflate', 'compress', 'made-up', 'gzip, gzip', 'identity, gzip', 'gzip;q=1'])(
    'for its encoding %j is refused, and what is taken is told',
    async (encoding) => {
      const { port } = await open();
      const answer = await send(port, { headers: { 'content-encoding': encoding } });
      expectRefused(answer, 415, 'unsupported_media_type');
      expect(JSON.parse(answer.text)).toMatchObject({ param: 'content-encoding' });
      expect(answer.headers['accept-encoding']).toBe('gzip, br, zstd');
    },
  );

  it.each(['identity', 'Identity', ''])('for its encoding is not %j', async (encoding) => {
    const { port } = await open();
    expect((await send(port, { headers: { 'content-encoding': encoding } })).status).toBe(200);
  });

  it('for its declared length is refused without waiting for it', async () => {
    const { port } = await open({ bodyBytesMax: 1000 });
    const client = connectBare(port);
    client.socket.write(`${HEAD}content-length: 1001\r\n\r\n`);
    await client.until('body_too_large');
    expect(client.text()).toMatch(/^HTTP\/1\.1 413 /);
    expect(running()?.pipeline.ran).toEqual([]);
    client.socket.destroy();
  });

  const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n\r\n`;

  it('for its length in chunks is refused as soon as it is over, and the rest let run out', async () => {
    const time = createSimulatedTime();
    const { port } = await open({ bodyBytesMax: 1000 }, { timers: time.timers });
    const client = connectBare(port);
    client.socket.write(CHUNKED);
    for (let count = 0; count < 11; count += 1) client.socket.write(`64\r\n${'x'.repeat(100)}\r\n`);
    await client.until('body_too_large');
    expect(client.text()).toMatch(/^HTTP\/1\.1 413 /);
    expect(client.text()).toMatch(/connection: close/i);
    expect(time.pending()).toBe(1);
    client.socket.write('0\r\n\r\n');
    await client.closed;
    expect(time.pending()).toBe(0);
    expect(running()?.pipeline.refused.map(({ error }) => error.code)).toEqual(['body_too_large']);
    expect(running()?.pipeline.ran).toEqual([]);
  });

  it('and never ends is cut off after a while', async () => {
    const time = createSimulatedTime();
    const { port } = await open({ bodyBytesMax: 10 }, { timers: time.timers });
    const client = connectBare(port);
    client.socket.write(`${CHUNKED}14\r\n${'x'.repeat(20)}\r\n`);
    await client.until('body_too_large');
    await time.advance(5000);
    await client.closed;
    expect(time.pending()).toBe(0);
  });

  it('is told so even when the client sends all of it before it reads', async () => {
    const { port } = await open({ bodyBytesMax: 1000 });
    expectRefused(await send(port, { body: Buffer.alloc(4_000_000, 0x20) }), 413, 'body_too_large');
  });

  it('leaves the connection usable when little of it is unread', async () => {
    const { port, pipeline } = await open({ bodyBytesMax: 10 });
    const client = connectBare(port);
    client.socket.write(`${HEAD}content-length: 11\r\n\r\n0123456789a${POST}`);
    await client.until('"body":"{}"');
    expect(pipeline.refused).toHaveLength(1);
    expect(pipeline.ran).toHaveLength(1);
    client.socket.destroy();
  });
});

it('one request more than there is room for is told to come back', async () => {
  const { port, pipeline } = await open({ exchangesMax: 1 });
  const arrived = Promise.withResolvers<() => void>();
  pipeline.script = ({ out }) =>
    new Promise((resolve) => {
      arrived.resolve(() => {
        out.answer({ status: 200, headers: {}, body: 'done' });
        resolve();
      });
    });
  const first = send(port);
  const finish = await arrived.promise;
  const second = await send(port);
  expect(second.status).toBe(503);
  expect(JSON.parse(second.text)).toMatchObject({ code: 'overloaded' });
  finish();
  expect((await first).text).toBe('done');
});
