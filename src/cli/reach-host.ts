// Reaches a host the way the gateway will: name, connection, certificate. Tells which of the three failed, since each has
// a different owner.

import { lookup } from 'node:dns/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, getCACertificates } from 'node:tls';

import { bareHost } from '../config/index.ts';

export type Reached =
  | { readonly type: 'reached'; readonly address: string; readonly protocol: string | undefined }
  | { readonly type: 'failed'; readonly stage: 'name' | 'connection' | 'certificate'; readonly code: string };

export type ReachHost = (
  origin: string,
  options: { readonly caPem: string | undefined; readonly timeoutMs: number },
) => Promise<Reached>;

// Faults of a connection, whichever side of the handshake they come on; anything else is about the certificate.
const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
  'TIMEOUT',
]);

const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : 'UNKNOWN';

/** Resolves with the negotiated protocol, or with the code of the failure; the socket is closed either way. */
function settle(
  socket: Socket,
  ready: 'connect' | 'secureConnect',
  timeoutMs: number,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  socket.once(ready, () => resolve(undefined));
  // A late error of a socket that is being closed has nobody to tell.
  socket.on('error', (thrown) => resolve(codeOf(thrown)));
  socket.setTimeout(timeoutMs, () => resolve('TIMEOUT'));
  return promise.finally(() => socket.destroy());
}

export const reachHost: ReachHost = async (origin, { caPem, timeoutMs }) => {
  const url = new URL(origin);
  const host = bareHost(url.hostname);
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  let address: string;
  try {
    ({ address } = await lookup(host));
  } catch (thrown) {
    return { type: 'failed', stage: 'name', code: codeOf(thrown) };
  }
  if (url.protocol === 'http:') {
    const code = await settle(connectTcp({ host: address, port }), 'connect', timeoutMs);
    if (code !== undefined) return { type: 'failed', stage: 'connection', code };
    return { type: 'reached', address, protocol: undefined };
  }
  const socket = connectTls({
    host: address,
    port,
    // A server name must not be an address.
    ...(/[a-z]/iu.test(host) && !host.includes(':') ? { servername: host } : {}),
    rejectUnauthorized: true,
    // The same authorities that the gateway believes.
    ca: [
      ...getCACertificates('default'),
      ...getCACertificates('system'),
      ...(caPem === undefined ? [] : [caPem]),
    ],
  });
  let protocol: string | undefined;
  socket.once('secureConnect', () => {
    protocol = socket.getProtocol() ?? undefined;
  });
  const code = await settle(socket, 'secureConnect', timeoutMs);
  if (code === undefined) return { type: 'reached', address, protocol };
  return { type: 'failed', stage: CONNECTION_CODES.has(code) ? 'connection' : 'certificate', code };
};
