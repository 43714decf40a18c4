// Certificates and proxies over real sockets: what is trusted, what is not, and what the proxy gets to see.

import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { createCertificates, type Certificates } from '../../../simulator/certificates.ts';
import { CancelSource } from '../../core/platform/index.ts';
import { collect } from './collect.ts';
import type { TransportOptions } from './options.ts';
import { NO_PROXIES } from './options.ts';
import { GET, listen, transportTo, type Origin } from './test-origin.ts';
import { createTrust } from './trust.ts';

// A name that no DNS knows: only the proxy can reach it.
const HOST = 'org.invalid';
const never = new CancelSource().signal;

let certificates: Certificates;
let caPem: string;
let origin: Origin;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  certificates = await createCertificates(HOST, undefined);
  caPem = await readFile(certificates.caFile, 'utf8');
  const server = createHttpsServer(
    { key: certificates.key, cert: certificates.certificate, ALPNProtocols: ['h2', 'http/1.1'] },
    (request, response) => response.end(`${request.headers.host} ${request.httpVersion}`),
  );
  origin = await listen(server, 'https');
});

afterAll(async () => {
  await origin.close();
  await certificates.remove();
});

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function ask(
  url: string,
  ca: string | undefined,
  changes: Partial<TransportOptions> = {},
): Promise<string> {
  const transport = transportTo(url, changes, ca);
  open.push(transport);
  const reply = await collect(transport, GET, { signal: never, bodyBytesMax: 1000 });
  return reply.body;
}

describe('TLS', () => {
  it('trusts the authority it was given, and speaks HTTP/1.1', async () => {
    expect(await ask(origin.url, caPem)).toBe(`127.0.0.1:${origin.port} 1.1`);
  });

  it('refuses an unknown authority, with a hint at tls.ca_file', async () => {
    await expect(ask(origin.url, undefined)).rejects.toMatchObject({
      code: 'upstream_unreachable',
      message: expect.stringContaining('tls.ca_file') as string,
    });
  });

  it('refuses an unknown authority also where NODE_TLS_REJECT_UNAUTHORIZED is 0', async () => {
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await expect(ask(origin.url, undefined)).rejects.toMatchObject({ code: 'upstream_unreachable' });
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
  });

  it('refuses a certificate for another name', async () => {
    const proxy = await openProxy();
    await expect(
      ask(`https://other.invalid:${origin.port}`, caPem, { proxy: { ...NO_PROXIES, httpsProxy: proxy.url } }),
    ).rejects.toMatchObject({
      code: 'upstream_unreachable',
      message: expect.stringContaining('another name') as string,
    });
  });

  it('says so when the other side does not speak TLS', async () => {
    const plain = await listen(createHttpServer());
    open.push(plain);
    await expect(ask(`https://127.0.0.1:${plain.port}`, caPem)).rejects.toMatchObject({
      code: 'upstream_unreachable',
      message: expect.stringContaining('TLS handshake') as string,
    });
  });
});

describe('a CA file', () => {
  it('without a certificate is refused', () => {
    expect(() => createTrust({ caPem: 'not a certificate' })).toThrow(/no certificate/u);
  });

  it('with a broken certificate is refused by its number', () => {
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    expect(() => createTrust({ caPem: caPem + broken })).toThrow(/certificate 2 /u);
  });
});

type TestProxy = Origin & { readonly asked: IncomingMessage[] };

/** A proxy that leads every tunnel to the origin, or answers with a status of its own. */
async function openProxy(
  answer: number | 'tunnel' | 'nothing' = 'tunnel',
  secure = false,
): Promise<TestProxy> {
  const asked: IncomingMessage[] = [];
  const server = secure
    ? createHttpsServer({ key: certificates.key, cert: certificates.certificate })
    : createHttpServer();
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    asked.push(request);
    socket.on('error', () => undefined);
    if (answer === 'nothing') {
      socket.resume().once('end', () => socket.destroy());
      return;
    }
    if (answer !== 'tunnel') {
      socket.end(`HTTP/1.1 ${answer} No\r\n\r\n`);
      return;
    }
    const inner = connectTcp(origin.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      inner.pipe(socket).pipe(inner);
    });
    inner.on('error', () => socket.destroy()).once('close', () => socket.destroy());
    socket.once('close', () => inner.destroy());
  });
  const listening = await listen(server, secure ? 'https' : 'http');
  open.push(listening);
  return { ...listening, asked };
}

const through = (httpsProxy: string): Partial<TransportOptions> => ({
  proxy: { ...NO_PROXIES, httpsProxy },
});

describe('a proxy', () => {
  it('carries the calls through a tunnel that knows only the host and our credentials for it', async () => {
    const proxy = await openProxy();
    const url = proxy.url.replace('http://', 'http://user:pass%20word@');
    expect(await ask(`https://${HOST}`, caPem, through(url))).toBe(`${HOST} 1.1`);
    expect(proxy.asked).toHaveLength(1);
    expect(proxy.asked[0]?.url).toBe(`${HOST}:443`);
    const credentials = Buffer.from('user:pass word').toString('base64');
    expect(proxy.asked[0]?.headers['proxy-authorization']).toBe(`Basic ${credentials}`);
  });

  it('may itself be reached over TLS', async () => {
    const proxy = await openProxy('tunnel', true);
    expect(await ask(`https://${HOST}`, caPem, through(proxy.url))).toBe(`${HOST} 1.1`);
  });

  it('over TLS must present a certificate we trust', async () => {
    const proxy = await openProxy('tunnel', true);
    await expect(ask(`https://${HOST}`, undefined, through(proxy.url))).rejects.toMatchObject({
      code: 'upstream_unreachable',
    });
    expect(proxy.asked).toHaveLength(0);
  });

  it('that wants credentials is named, without those we sent', async () => {
    const proxy = await openProxy(407);
    const url = proxy.url.replace('http://', 'http://user:hunter2@');
    const failing = ask(`https://${HOST}`, caPem, through(url));
    await expect(failing).rejects.toMatchObject({
      code: 'upstream_unreachable',
      message: expect.stringContaining('user and a password (407)') as string,
    });
    await expect(failing).rejects.not.toThrow(/hunter2/u);
  });

  it('that refuses the tunnel is named with its status', async () => {
    const proxy = await openProxy(403);
    await expect(ask(`https://${HOST}`, caPem, through(proxy.url))).rejects.toThrow(/status 403/u);
  });

  it('that is not there is named', async () => {
    const proxy = await openProxy();
    await proxy.close();
    await expect(ask(`https://${HOST}`, caPem, through(proxy.url))).rejects.toThrow(
      new RegExp(`proxy 127.0.0.1:${proxy.port} could not be used`, 'u'),
    );
    open.length = 0;
  });

  it('that does not answer is given up after the connect limit', async () => {
    const proxy = await openProxy('nothing');
    const changes = { ...through(proxy.url), connectTimeoutMs: 20 };
    await expect(ask(`https://${HOST}`, caPem, changes)).rejects.toMatchObject({
      code: 'upstream_timeout',
      message: expect.stringMatching(/no answer within 0.02 s.*timeouts\.connect_seconds/u),
    });
  });

  it('that does not answer is let go when the transport closes', async () => {
    const proxy = await openProxy('nothing');
    const transport = transportTo(`https://${HOST}`, through(proxy.url), caPem);
    const reply = collect(transport, GET, { signal: never, bodyBytesMax: 10 });
    await expect.poll(() => proxy.asked.length).toBe(1);
    const closed = transport.close();
    await expect(reply).rejects.toMatchObject({ code: 'shutting_down' });
    await closed;
    await expect.poll(() => proxy.sockets.size).toBe(0);
  });
});
