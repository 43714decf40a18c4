// Asks the gateway of this configuration over TLS. Its certificate is for the name that clients use and not for the loopback
// address that a command uses, so here it counts that it is the very one configured; else it must be trusted in the usual
// way. The key goes out only after that.

import { X509Certificate } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

import { bareHost } from '../config/index.ts';
import { CommandFault } from './faults.ts';

export type TlsQuestion = {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** PEM; its first certificate is believed whatever name it is for. */
  readonly certificatePem: string | undefined;
  /** PEM; where given these alone are believed, and only for the name asked for, as a tool does it. */
  readonly authorities?: readonly string[] | undefined;
  readonly timeoutMs: number;
};

/** Our own pages; the largest is that of the metrics. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const HANDSHAKE_MS = 10_000;

/** @throws CommandFault when whoever answers there is not to be trusted. */
export async function askOverTls(question: TlsQuestion): Promise<{ status: number; text: string }> {
  const socket = await openTrusted(question);
  const { url, method, headers, body, timeoutMs } = question;
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        createConnection: () => socket,
        host: url.hostname,
        port: url.port === '' ? 443 : url.port,
        method,
        path: `${url.pathname}${url.search}`,
        headers: { ...headers, connection: 'close' },
        timeout: timeoutMs,
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > ANSWER_BYTES_MAX) response.destroy(new Error('the answer is too long'));
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.on('error', reject);
    sent.end(body);
  });
}

function placeOf(url: URL): ConnectionOptions {
  const host = bareHost(url.hostname);
  return {
    host,
    port: url.port === '' ? 443 : Number(url.port),
    // A server name must not be an address.
    ...(/^[\d.]+$|:/u.test(host) ? {} : { servername: host }),
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
  };
}

/** Whether the certificate shown there comes from one of these authorities, whatever name it is for. */
export async function isBelieved(url: URL, authorities: readonly string[]): Promise<boolean> {
  return new Promise<boolean>((resolve, reject) => {
    const socket = connect({
      ...placeOf(url),
      ca: [...authorities],
      checkServerIdentity: () => undefined,
      rejectUnauthorized: false,
    });
    socket.setTimeout(HANDSHAKE_MS, () => socket.destroy(new Error('no handshake in time')));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      resolve(socket.authorized);
      socket.destroy();
    });
    // A file that holds no PEM is thrown at once.
  }).catch(() => false);
}

function openTrusted({ url, certificatePem, authorities, timeoutMs }: TlsQuestion): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...placeOf(url),
      ...(authorities === undefined ? {} : { ca: [...authorities] }),
      // Judged below, before a byte is sent.
      rejectUnauthorized: false,
    });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no handshake in time')));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      socket.off('error', reject);
      if (socket.authorized || isThatOne(socket, certificatePem)) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(notTrusted(url, String(socket.authorizationError), authorities !== undefined));
    });
  });
}

function notTrusted({ origin, hostname }: URL, reason: string, asTool: boolean): CommandFault {
  if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return new CommandFault(
      `The certificate of ${origin} is not for ${hostname} (${reason}).`,
      'Give the address by a name that the certificate is for, with --url, and list the name in "allowed_hosts".',
    );
  return new CommandFault(
    `The certificate of ${origin} is not trusted (${reason}).`,
    asTool
      ? "Run this again with its authority's PEM file in the variable NODE_EXTRA_CA_CERTS."
      : 'Name its authority in the variable NODE_EXTRA_CA_CERTS, or run this where its configuration is.',
  );
}

function isThatOne(socket: TLSSocket, certificatePem: string | undefined): boolean {
  if (certificatePem === undefined) return false;
  const shown = socket.getPeerX509Certificate();
  return shown?.raw.equals(new X509Certificate(certificatePem).raw) === true;
}
