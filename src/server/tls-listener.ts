// The listener where it speaks TLS itself: HTTP/1.1 only, 1.2 or newer, with a certificate that can be exchanged while it
// listens. Whether a client's own certificate is asked for is settled for the listener's life; whose is good is not.

import type { IncomingMessage, RequestListener, ServerOptions as HttpOptions } from 'node:http';
import { createServer, type Server } from 'node:https';
import { TLSSocket } from 'node:tls';

import { GatewayError } from '../core/errors/index.ts';
import { secureContextOptions, type TlsMaterial } from '../core/platform/index.ts';

export function createTlsListener(
  material: TlsMaterial,
  options: HttpOptions,
  handler: RequestListener,
): Server {
  return createServer(
    {
      ...options,
      ...secureContextOptions(material),
      ALPNProtocols: ['http/1.1'],
      ...(options.headersTimeout === undefined ? {} : { handshakeTimeout: options.headersTimeout }),
      // A client without one is refused in words, not in the handshake, and probes need none.
      requestCert: material.clientCaPem !== undefined,
      rejectUnauthorized: false,
    },
    handler,
  );
}

/** Connections that are open keep the certificate they began with. @throws when the material cannot be used. */
export function renewTls(server: Server, material: TlsMaterial): void {
  server.setSecureContext(secureContextOptions(material));
}

/** They tell no more than whether the gateway is there, and are asked by what has no certificate. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/livez', '/readyz', '/health']);

/** For a listener that asks for the certificates of clients. */
export function checkClientCertificate({ socket, url }: IncomingMessage): GatewayError | undefined {
  if (socket instanceof TLSSocket && socket.authorized) return undefined;
  if (OPEN_PATHS.has((url ?? '').replace(/\?.*$/su, ''))) return undefined;
  return new GatewayError(
    'unauthenticated',
    'This gateway asks for a certificate of the client, from an authority it trusts (inbound_tls.client_ca_file).',
  );
}
