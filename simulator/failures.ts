// Error replies of the model host in the words of sections 2.8 and 3.10, and the reply headers of section 2.2. Where the
// reference leaves the form open, the org's options decide.
import type { Context, Headers, Manner, Staged, Surface } from './surfaces/surface.ts';
import { Refusal } from './surfaces/surface.ts';

export type RateLimit = {
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly key: string;
};

export type Detail = {
  readonly errorCode?: string;
  readonly messageCode?: string;
  readonly message?: string;
  readonly targets?: readonly { readonly type: string; readonly reference: string }[];
  readonly rateLimit?: RateLimit;
  readonly providerStatusCode?: number;
};

// Message codes are only known for four errors; the specification's placeholder stands for the others (2.8).
const unknownMessageCode = 'EXXXXX';

const errors: Readonly<Record<number, readonly [errorCode: string, message: string]>> = {
  400: ['BAD_ARGUMENT', 'Bad request'],
  401: ['INVALID_AUTH', 'Access bearer token is missing or invalid'],
  403: ['NOT_FOUND', 'User forbidden from accessing the resource'],
  404: ['NOT_FOUND', 'Resource not found'],
  405: ['BAD_ARGUMENT', 'Method not allowed'],
  413: ['BAD_ARGUMENT', 'Payload too large'],
  415: ['BAD_ARGUMENT', 'Unsupported Media Type'],
  423: ['NOT_FOUND', 'Server is busy and cannot process the request at this time'],
  429: ['LIMIT_EXCEEDED', 'Too many requests for the server to handle'],
  503: ['INTERNAL_ERROR', 'Service is unavailable'],
};

const defaultRateLimit: RateLimit = { limit: 10_000, remaining: 0, resetSeconds: 37, key: 'org' };

const hex = (id: string): string => id.replaceAll('-', '');

/** The headers every reply of the model host carries (2.2, [D]). */
export function replyHeaders(
  context: Context,
  group: Surface['group'],
  contentType = 'application/json',
): Headers {
  const id = context.nextId();
  const common = {
    'content-type': contentType,
    'x-request-id': id,
    'x-b3-traceid': hex(id),
    'x-b3-spanid': hex(context.nextId()),
    'x-envoy-upstream-service-time': '3',
  };
  const trace = group === 'gateway' ? context.exchange.header('x-client-trace-id') : undefined;
  return trace === undefined ? common : { ...common, 'x-client-trace-id': trace };
}

function rateLimitHeaders(context: Context, group: Surface['group'], limit: RateLimit): Headers {
  if (group === 'classic' && !context.org.classicRateLimitHeaders) return {};
  const limits = {
    'x-ratelimit-limit': String(limit.limit),
    'x-ratelimit-remaining': String(limit.remaining),
    'x-ratelimit-reset': String(limit.resetSeconds),
    'x-ratelimit-key': limit.key,
  };
  const seconds = { 'retry-after': String(limit.resetSeconds) };
  switch (context.org.retryHints) {
    case 'ratelimit-headers':
      return limits;
    case 'retry-after':
      return seconds;
    case 'both':
      return { ...limits, ...seconds };
    case 'http-date':
      return { 'retry-after': new Date(context.nowMs + limit.resetSeconds * 1000).toUTCString() };
    case 'body-only':
  }
  return {};
}

const snake = (key: string): string => key.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);

/** The error object of either group, as JSON text. */
export function errorBody(
  context: Context,
  group: Surface['group'],
  status: number,
  detail: Detail = {},
): string {
  const [errorCode, message] = errors[status] ?? ['INTERNAL_ERROR', 'Internal server error'];
  const limit = detail.rateLimit;
  const body: Record<string, unknown> = {
    errorCode: detail.errorCode ?? errorCode,
    messageCode: detail.messageCode ?? unknownMessageCode,
    message: detail.message ?? message,
    ...(detail.targets === undefined ? {} : { targets: detail.targets }),
  };
  if (group === 'classic') return JSON.stringify(body);
  if (detail.providerStatusCode !== undefined) {
    body['extendedErrorDetails'] = [{ providerStatusCode: detail.providerStatusCode }];
  }
  if (limit !== undefined) {
    const { resetSeconds, ...rest } = limit;
    body['parameters'] = [{ name: 'rateLimit', value: { ...rest, reset: resetSeconds } }];
  }
  if (context.org.gatewayErrorCase === 'camel') return JSON.stringify(body);
  return JSON.stringify(Object.fromEntries(Object.entries(body).map(([key, value]) => [snake(key), value])));
}

type Form = { readonly type: string; readonly text: string };

const page = (title: string): Form => ({
  type: 'text/html',
  text: `<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center></body>\r\n</html>\r\n`,
});

function bodyForm(context: Context, group: Surface['group'], status: number, detail: Detail): Form {
  const { org } = context;
  const json = { type: 'application/json', text: errorBody(context, group, status, detail) };
  if (status === 404 && org.notFoundBody === 'empty') return { type: 'text/plain', text: '' };
  if (status === 404 && org.notFoundBody === 'html') return page('404 Not Found');
  if (status === 401 && group === 'gateway') {
    if (org.gatewayUnauthorizedBody === 'empty') return { type: 'text/plain', text: '' };
    if (org.gatewayUnauthorizedBody === 'errors-array') {
      return { type: 'application/json', text: JSON.stringify({ errors: [{ message: 'Invalid token' }] }) };
    }
  }
  if (status >= 500 && detail.messageCode === undefined) {
    if (org.serverErrorBody === 'html') return page(`${status} upstream error`);
    if (org.serverErrorBody === 'text') return { type: 'text/plain', text: 'upstream connect error' };
  }
  return json;
}

export function failure(
  context: Context,
  group: Surface['group'],
  status: number,
  detail: Detail = {},
): Staged {
  const told =
    status === 429 && detail.rateLimit === undefined ? { ...detail, rateLimit: defaultRateLimit } : detail;
  const { type, text } = bodyForm(context, group, status, told);
  const limits = told.rateLimit === undefined ? {} : rateLimitHeaders(context, group, told.rateLimit);
  return {
    status,
    headers: { ...replyHeaders(context, group, type), ...limits },
    frames: [{ kind: 'content', bytes: text }],
  };
}

export const refusal = (
  context: Context,
  group: Surface['group'],
  status: number,
  detail: Detail = {},
): Refusal => new Refusal(failure(context, group, status, detail));

/** The manner of a surface that answers with JSON and has no streams. */
export const jsonManner = (context: Context, group: Surface['group']): Manner => ({
  failure: (status) => failure(context, group, status),
  garbage: () => '{"id": \u0000 <<not json',
});

/** Edges answer a path they do not know before any service sees it: no JSON, no request id. */
export const edgeNotFound: Staged = {
  status: 404,
  headers: { 'content-type': 'text/html', server: 'envoy' },
  frames: [{ kind: 'content', bytes: page('404 Not Found').text }],
};
