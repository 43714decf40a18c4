// The listener that speaks TLS, over real sockets: protocol versions, the certificate shown, renewal, certificates of
// clients, streams and draining.

import { connect as connectPlain } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import { createAuthority, type Authority, type Issued } from '../../test/fakes/issued-certificates.ts';
import { openServer, type RunningServer } from '../../test/fakes/server-parts.ts';
import { Secret, type TlsMaterial } from '../core/platform/index.ts';

let authority: Authority;
let own: Issued;
let clients: Authority;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  authority = await createAuthority();
  clients = await createAuthority('CN=Clients');
  own = await authority.issue();
});

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const materialOf = ({ certificate, key }: Issued, clientCaPem?: string): TlsMaterial => ({
  certificatePem: certificate,
  keyPem: new Secret(key),
  passphrase: undefined,
  clientCaPem,
});

async function open(material = materialOf(own)): Promise<RunningServer> {
  const running = await openServer({ tls: material, drainMs: 100 });
  closers.push(() => running.server.close());
  return running;
}

function shake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      ca: authority.ca,
      ALPNProtocols: ['h2', 'http/1.1'],
      ...options,
    });
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', reject);
  });
}

async function ask(port: number, path: string, options: ConnectionOptions = {}): Promise<string> {
  const socket = await shake(port, options);
  socket.end(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
  let text = '';
  for await (const piece of socket) text += String(piece);
  return text;
}

async function turnUntil(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a listener with TLS', () => {
  it('serves HTTP/1.1 by TLS 1.3', async () => {
    const { port } = await open();
    const socket = await shake(port);
    expect([socket.authorized, socket.getProtocol(), socket.alpnProtocol]).toEqual([
      true,
      'TLSv1.3',
      'http/1.1',
    ]);
    socket.destroy();
    expect(await ask(port, '/livez')).toMatch(/^HTTP\/1\.1 200 [\s\S]+ok\n$/u);
  });

  it('serves TLS 1.2 and refuses what is older', async () => {
    const { port } = await open();
    expect(await ask(port, '/livez', { maxVersion: 'TLSv1.2' })).toContain('200');
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' } as const;
    await expect(shake(port, old)).rejects.toThrow(/protocol version/iu);
  });

  it('closes on a client that speaks no TLS, and counts it', async () => {
    const { port, server } = await open();
    const socket = connectPlain(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(server.statistics()).toMatchObject({ malformedTotal: 1, connections: 0 });
  });

  it('shows another certificate from the renewal on, and keeps open connections', async () => {
    const { port, server } = await open();
    const before = await shake(port);
    const renewed = await authority.issue({ names: ['localhost', 'renewed.example.com'] });
    server.renewTls(materialOf(renewed));
    const after = await shake(port);
    expect(before.getPeerX509Certificate()?.subjectAltName).not.toContain('renewed');
    expect(after.getPeerX509Certificate()?.subjectAltName).toContain('renewed.example.com');
    before.end('GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    let text = '';
    for await (const piece of before) text += String(piece);
    expect(text).toContain('200 OK');
    after.destroy();
  });

  it('waits for no handshake when it closes', async () => {
    const { port, server } = await open();
    const silent = connectPlain(port, '127.0.0.1');
    silent.on('error', () => undefined);
    const gone = new Promise((resolve) => silent.once('close', resolve));
    const shaken = await shake(port);
    await turnUntil(() => server.statistics().connections === 1);
    await server.close();
    await gone;
    expect(server.statistics().connections).toBe(0);
    shaken.destroy();
  });
});

describe('a listener that asks for certificates of clients', () => {
  it('lets in those of its authority, and refuses others in words', async () => {
    const { port } = await open(materialOf(own, clients.ca));
    const known = await clients.issue({ forClients: true });
    const stranger = await authority.issue({ forClients: true });
    expect(await ask(port, '/v1/models', { cert: known.certificate, key: known.key })).toContain('200 OK');
    for (const options of [{}, { cert: stranger.certificate, key: stranger.key }]) {
      const refused = await ask(port, '/v1/models', options);
      expect(refused).toMatch(/^HTTP\/1\.1 401 /u);
      expect(refused).toContain('inbound_tls.client_ca_file');
    }
    expect(await ask(port, '/')).toMatch(/^HTTP\/1\.1 401 /u);
  });

  it('answers probes that have none', async () => {
    const { port } = await open(materialOf(own, clients.ca));
    for (const path of ['/livez', '/readyz?verbose', '/health'])
      expect(await ask(port, path), path).toMatch(/^HTTP\/1\.1 200 /u);
  });
});
