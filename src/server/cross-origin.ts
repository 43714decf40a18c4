// What a listed web page is told (CORS). Pages of origins that are not listed get none of these headers, and so a
// browser shows them nothing.

import type { IncomingHttpHeaders } from 'node:http';

const EXPOSED = [
  'x-request-id',
  'x-forcegate-surface',
  'x-forcegate-model',
  'x-forcegate-loss',
  'x-forcegate-demo',
  'retry-after',
  'retry-after-ms',
].join(', ');
const PREFLIGHT_AGE_S = '600';
/** The origin is trusted, so what it asks for is granted, as long as it is a list of header names. */
const HEADER_NAMES = /^[A-Za-z0-9_, -]{1,2048}$/;
const USUAL_HEADERS = 'authorization, content-type, x-api-key, x-request-id';

/** Headers for every answer to this request, as name and value in turn; undefined where the origin is not listed. */
export function crossOriginHeaders(
  headers: IncomingHttpHeaders,
  origins: ReadonlySet<string>,
): readonly string[] | undefined {
  const { origin } = headers;
  if (origin === undefined || !origins.has(origin.toLowerCase())) return undefined;
  return [
    'access-control-allow-origin',
    origin,
    'access-control-expose-headers',
    EXPOSED,
    // A shared cache must not show one page's permission to another.
    'vary',
    'origin',
  ];
}

/** The answer's headers to a preflight for a path that serves these methods. */
export function preflightHeaders(headers: IncomingHttpHeaders, methods: string): readonly string[] {
  const asked = headers['access-control-request-headers'];
  return [
    'access-control-allow-methods',
    methods,
    'access-control-allow-headers',
    asked !== undefined && HEADER_NAMES.test(asked) ? asked : USUAL_HEADERS,
    'access-control-max-age',
    PREFLIGHT_AGE_S,
  ];
}
