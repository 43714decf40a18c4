// What went wrong below HTTP, as an error of our table. Whether the response had begun decides much: before its head
// nothing of the answer is lost, after it the answer is cut short.

import { errors } from 'undici';

import { GatewayError, type ErrorCode } from '../../core/errors/index.ts';
import type { TransportOptions } from './options.ts';
import { ProxyError } from './tunnel.ts';

export type FailureContext = {
  /** Host and port of the origin, for the message. */
  readonly host: string;
  readonly options: Pick<TransportOptions, 'connectTimeoutMs' | 'firstByteTimeoutMs' | 'idleTimeoutMs'>;
  readonly headSeen: boolean;
};

const SECOND_MS = 1000;

/** The chain does not end in an authority we believe: in companies, mostly a proxy that re-signs all traffic. */
const UNTRUSTED_CHAIN = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_UNTRUSTED',
  'INVALID_CA',
]);

type Told = { readonly code: ErrorCode; readonly message: string; readonly unsent?: boolean };
type Row = (context: FailureContext) => Told;

const unreachable = (message: string): Told => ({ code: 'upstream_unreachable', message });
const broken = (message: string): Told => ({ code: 'upstream_protocol', message });

const notFound: Row = ({ host }) =>
  unreachable(`The name ${host} could not be found. Check the address in the configuration and the DNS.`);

/** Names the limit, its seconds and its key, and what to change: who waited in vain wants to know how to wait longer. */
const timedOut = (what: string, limitMs: number, key: string, remedy: string): Told => ({
  code: 'upstream_timeout',
  message: `${what} within the ${key.replace('_seconds', '').replaceAll('_', '-')} time limit of ${limitMs / SECOND_MS} s (timeouts.${key}). ${remedy}`,
});

const noConnection: Row = ({ host, options }) => ({
  ...timedOut(
    `There was no connection to ${host}`,
    options.connectTimeoutMs,
    'connect_seconds',
    'Check the network and the proxy, or raise the limit.',
  ),
  unsent: true,
});

const systemTimeout: Row = ({ host }) => unreachable(`The network gave up on the connection to ${host}.`);

const noRoute: Row = ({ host }) => unreachable(`${host} cannot be reached from this network.`);

const closed: Row = ({ host, headSeen }) =>
  headSeen
    ? broken(`${host} closed the connection in the middle of its answer.`)
    : unreachable(`${host} closed the connection before it answered.`);

const certificateDates: Row = ({ host }) =>
  unreachable(
    `The TLS certificate of ${host} is not valid at this time. Check the clock of the gateway's machine.`,
  );

const notHttp: Row = ({ host }) => broken(`${host} sent an answer that is not valid HTTP.`);

const shuttingDown: Row = () => ({ code: 'shutting_down', message: 'The gateway is shutting down.' });

/** By the `code` of what undici or Node threw. */
const ROWS: Readonly<Record<string, Row>> = {
  ENOTFOUND: notFound,
  EAI_AGAIN: notFound,
  ECONNREFUSED: ({ host }) => unreachable(`${host} refused the connection.`),
  EHOSTUNREACH: noRoute,
  ENETUNREACH: noRoute,
  EADDRNOTAVAIL: noRoute,
  UND_ERR_CONNECT_TIMEOUT: noConnection,
  ETIMEDOUT: systemTimeout,
  UND_ERR_HEADERS_TIMEOUT: ({ host, options }) =>
    timedOut(
      `${host} did not begin to answer`,
      options.firstByteTimeoutMs,
      'first_byte_seconds',
      'Ask for a shorter reply, stream it, or raise the limit.',
    ),
  UND_ERR_BODY_TIMEOUT: ({ host, options }) =>
    timedOut(
      `${host} sent nothing in the middle of its answer`,
      options.idleTimeoutMs,
      'idle_seconds',
      'Try again, or raise the limit.',
    ),
  UND_ERR_SOCKET: closed,
  ECONNRESET: closed,
  EPIPE: closed,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host }) =>
    unreachable(`The TLS certificate presented by ${host} is for another name.`),
  CERT_HAS_EXPIRED: certificateDates,
  CERT_NOT_YET_VALID: certificateDates,
  EPROTO: ({ host }) => unreachable(`The TLS handshake with ${host} failed.`),
  UND_ERR_HEADERS_OVERFLOW: notHttp,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ({ host }) => broken(`The answer of ${host} is cut short.`),
  UND_ERR_CLOSED: shuttingDown,
  UND_ERR_DESTROYED: shuttingDown,
  UND_ERR_INVALID_ARG: () => ({
    code: 'internal',
    message: 'The gateway failed to form the upstream request.',
  }),
};

export function transportError(thrown: unknown, context: FailureContext): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const { code, message, unsent } = tell(thrown, context);
  return new GatewayError(code, message, {
    unsent,
    cause: thrown,
    detail: thrown instanceof Error ? `${codeOf(thrown)} ${thrown.message}`.trim() : String(thrown),
  });
}

function tell(thrown: unknown, context: FailureContext): Told {
  const { host, headSeen } = context;
  if (thrown instanceof ProxyError) {
    const message = `No way to ${host}: ${thrown.message}.`;
    if (!thrown.isTimeout) return unreachable(message);
    const remedy = 'Check the proxy, or raise the connect time limit (timeouts.connect_seconds).';
    return { code: 'upstream_timeout', message: `${message} ${remedy}`, unsent: true };
  }
  const code = codeOf(thrown);
  if (UNTRUSTED_CHAIN.has(code)) return unreachable(untrusted(host, code));
  const row = ROWS[code];
  if (row !== undefined) return row(context);
  // Its code, HPE_..., is missing in this version of undici, so the class has to do.
  if (thrown instanceof errors.HTTPParserError) return notHttp(context);
  if (code.startsWith('ERR_SSL_')) return unreachable(`The TLS handshake with ${host} failed (${code}).`);
  return headSeen
    ? broken(`The connection to ${host} failed in the middle of its answer.`)
    : unreachable(`The connection to ${host} failed.`);
}

function untrusted(host: string, code: string): string {
  return (
    `The TLS certificate of ${host} is not signed by an authority this machine trusts (${code}). Behind a proxy that ` +
    'inspects TLS, put its CA certificate into a PEM file and name the file in tls.ca_file.'
  );
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}
