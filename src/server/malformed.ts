// Answers what is not HTTP, too large or too slow to be read as a request, and closes. There is no request to speak of, so
// the answer is written by hand, in the words of the fallback dialect.

import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import { GatewayError } from '../core/errors/index.ts';
import type { Dialect } from '../dialects/port.ts';

type Fault = { readonly status: number; readonly error: GatewayError };

function faultOf(code: unknown): Fault {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        error: new GatewayError(
          'invalid_request',
          'The request line and headers are larger than this gateway reads.',
        ),
      };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, error: new GatewayError('body_too_large', 'Chunk extensions are too large.') };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        status: 408,
        error: new GatewayError('request_timeout', 'The request did not arrive in time.'),
      };
    default:
      return {
        status: 400,
        error: new GatewayError('invalid_request', 'The request is not well-formed HTTP/1.1.'),
      };
  }
}

/** @param answerable false while another answer is being written to the socket, which must not be broken into. */
export function answerMalformed(
  thrown: Error & { code?: unknown },
  socket: Duplex,
  dialect: Dialect,
  answerable: boolean,
): void {
  if (!answerable || !socket.writable || thrown.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, error } = faultOf(thrown.code);
  const { body, headers } = dialect.encodeError(error, 'none');
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Bad Request'}`,
    `content-type: ${headers['content-type'] ?? 'application/json'}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    'connection: close',
  ];
  // Destroyed by the callback: what the client still sends is of no interest, and must not keep the socket.
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
