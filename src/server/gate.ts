// What is decided from the headers alone, before a byte of the body is read: whether the request may come from where it
// comes from (no web page may spend the org's credits), who sends it, and whether its body could be served at all.
// Each check answers with the error to refuse with, or undefined.

import type { IncomingHttpHeaders } from 'node:http';

import { GatewayError } from '../core/errors/index.ts';
import type { Caller } from '../policy/port.ts';
import type { BodyBudget } from './body-budget.ts';
import { DECODER_BYTES, parseContentCoding, TAKEN_CODINGS } from './content-coding.ts';
import type { HostList } from './host-list.ts';
import type { ServerDependencies } from './options.ts';

/** By then another process may have taken over, or another request may have ended. */
const RETRY_AFTER_MS = 1000;

/** What is quoted of a caller's header in an error. */
const QUOTED_MAX = 120;

const quote = (text: string): string => JSON.stringify(text.slice(0, QUOTED_MAX));

export function createOriginList(allowedOrigins: readonly string[]): ReadonlySet<string> {
  return new Set(allowedOrigins.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
}

export function checkHost(host: string | undefined, hosts: HostList): GatewayError | undefined {
  if (host !== undefined && hosts.allows(host)) return undefined;
  if (host === undefined || host === '') {
    return new GatewayError('invalid_request', 'The request has no Host header.', { param: 'host' });
  }
  return new GatewayError(
    'host_not_allowed',
    `The gateway does not answer to the host ${quote(host)}. List it in allowed_hosts to use this name.`,
    { param: 'host' },
  );
}

/** Browsers tell where a request comes from; other clients send neither header and are not concerned. */
export function checkOrigin(
  headers: IncomingHttpHeaders,
  origins: ReadonlySet<string>,
): GatewayError | undefined {
  const { origin } = headers;
  if (origin === undefined) {
    const site = headers['sec-fetch-site'];
    // `same-site` is another port or subdomain: a different program, which would have to be listed.
    if (site === undefined || site === 'same-origin' || site === 'none') return undefined;
    return new GatewayError('origin_not_allowed', 'Requests from web pages of other sites are not served.', {
      param: 'sec-fetch-site',
    });
  }
  if (origins.has(origin.toLowerCase()) || isSameOrigin(origin, headers.host)) return undefined;
  return new GatewayError(
    'origin_not_allowed',
    `Requests from web pages of ${quote(origin)} are not served. List the origin in allowed_origins to allow it.`,
    { param: 'origin' },
  );
}

/** Both schemes, because TLS may end in front of the gateway. */
function isSameOrigin(origin: string, host: string | undefined): boolean {
  if (host === undefined) return false;
  const separator = origin.indexOf('://');
  const scheme = origin.slice(0, separator);
  return (scheme === 'http' || scheme === 'https') && origin.slice(separator + 3) === host;
}

/** As nearly everyone writes it; everything else takes the pattern. */
const USUAL_BEARER = 'Bearer ';

function bearerIn(authorization: string): string | undefined {
  if (authorization.startsWith(USUAL_BEARER) && authorization[USUAL_BEARER.length] !== ' ')
    return authorization.slice(USUAL_BEARER.length).trimEnd();
  return /^bearer +/i.test(authorization) ? authorization.replace(/^bearer +/i, '').trimEnd() : undefined;
}

/** What the caller presents, in order of preference: some clients send both headers and mean either. */
function presentedKeys(headers: IncomingHttpHeaders): readonly [string | undefined, string | undefined] {
  const { authorization } = headers;
  const bearer = authorization === undefined ? undefined : bearerIn(authorization);
  const apiKey = headers['x-api-key'];
  return [bearer, typeof apiKey === 'string' ? apiKey : undefined];
}

export type Identity =
  | { readonly type: 'open' }
  | { readonly type: 'known'; readonly caller: Caller }
  | { readonly type: 'refused'; readonly error: GatewayError };

const OPEN: Identity = { type: 'open' };

export function identifyCaller(
  headers: IncomingHttpHeaders,
  identify: ServerDependencies['identify'],
): Identity {
  if (identify === 'open') return OPEN;
  const [bearer, apiKey] = presentedKeys(headers);
  const caller = identify(bearer ?? apiKey) ?? (bearer === undefined ? undefined : identify(apiKey));
  if (caller !== undefined) return { type: 'known', caller };
  const message =
    bearer === undefined && apiKey === undefined
      ? 'No key was given. Send it as "Authorization: Bearer <key>" or "x-api-key: <key>".'
      : 'The key is not known to this gateway.';
  return { type: 'refused', error: new GatewayError('unauthenticated', message) };
}

const JSON_TYPE = /^application\/json[ \t]*(?:;[ \t]*charset[ \t]*=[ \t]*"?utf-?8"?[ \t]*)?;?[ \t]*$/i;

/** For a request with a body. Anything but JSON is what a web page could send without asking first. */
export function checkBodyHeaders(
  headers: IncomingHttpHeaders,
  bodyBytesMax: number,
): GatewayError | undefined {
  const type = headers['content-type'];
  if (type !== 'application/json' && (type === undefined || !JSON_TYPE.test(type))) {
    return new GatewayError(
      'unsupported_media_type',
      `The body must be JSON in UTF-8, sent with "content-type: application/json"${type === undefined ? '' : `, not ${quote(type)}`}.`,
      { param: 'content-type' },
    );
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && parseContentCoding(encoding) === undefined) {
    return new GatewayError(
      'unsupported_media_type',
      `The content encoding ${quote(encoding)} is not served; send the body uncompressed, or as one of ${TAKEN_CODINGS}.`,
      { param: 'content-encoding' },
    );
  }
  return Number(headers['content-length'] ?? 0) > bodyBytesMax ? bodyTooLarge(bodyBytesMax) : undefined;
}

/** Judged by what is announced; what comes is counted anyway. */
export function checkRoom(headers: IncomingHttpHeaders, budget: BodyBudget): GatewayError | undefined {
  const encoding = headers['content-encoding'];
  const coding = encoding === undefined ? undefined : parseContentCoding(encoding);
  const decoderBytes = coding === undefined || coding === 'identity' ? 0 : DECODER_BYTES[coding];
  const bytes = Number(headers['content-length'] ?? 0) + decoderBytes;
  return budget.hasRoomFor(bytes) ? undefined : noRoomForBodies();
}

export function bodyTooLarge(bodyBytesMax: number, coding?: string): GatewayError {
  const unpacked = coding === undefined ? '' : ' when decompressed';
  return new GatewayError(
    'body_too_large',
    `The request body is larger than ${bodyBytesMax} bytes${unpacked} (body_bytes_max).`,
  );
}

export function noRoomForBodies(): GatewayError {
  return overloaded('The gateway holds as many bytes of request bodies as it takes (bodies_bytes_max).');
}

/** Made anew for each, because an error keeps the stack of who made it. */
export function shuttingDown(): GatewayError {
  return new GatewayError('shutting_down', 'The gateway is shutting down; try again.', {
    retryAfterMs: RETRY_AFTER_MS,
  });
}

export function overloaded(message: string): GatewayError {
  return new GatewayError('overloaded', message, { retryAfterMs: RETRY_AFTER_MS });
}
