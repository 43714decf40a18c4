// Every fault of the matrix: how it strikes, in which phase it can, and what the gateway owes the client for it. What is
// expected stands here in words of the contract, and is not read from the code that is tested.

import type { ErrorCode } from '../../src/core/errors/index.ts';
import type { TwinCall } from './upstream-twin.ts';
import type { Wire } from './wire-samples.ts';

export const PHASES = ['before headers', 'waiting', 'opened', 'committed'] as const;
/**
 * Where the one upstream call stands when the fault strikes. Before headers: nothing of its answer has come. Waiting: its
 * head has, and nothing was told to the client. Opened: the client's stream was opened by silence. Committed: content went out.
 */
export type Phase = (typeof PHASES)[number];

export type Shape = 'stream' | 'whole';

export type Strike = {
  readonly call: TwinCall;
  readonly wire: Wire;
  readonly phase: Phase;
  /** Whether the upstream streams: the client asked for it and the surface can. */
  readonly streams: boolean;
};

/** What is tried again before commitment: `backoff`; so many milliseconds as told; `renew` the token, once. */
export type Retry = 'never' | 'backoff' | 'renew' | { readonly toldMs: number };

export type Fault = {
  readonly name: string;
  readonly code: ErrorCode;
  readonly retry: Retry;
  /** Whether the breaker counts it. */
  readonly counts: boolean;
  /** The client is told to wait this long. */
  readonly retryAfterS?: number;
  /** What of the answer has come by the time it strikes, where its phase leaves a choice. */
  readonly leadIn: 'nothing' | 'stream' | 'head' | 'JSON head';
  strike(strike: Strike): void;
};

export const JSON_HEADERS = { 'content-type': 'application/json' };

function below(name: string, networkCode: string, changes: Partial<Fault> = {}): Fault {
  return {
    name,
    code: 'upstream_unreachable',
    retry: 'backoff',
    counts: true,
    leadIn: 'nothing',
    strike: ({ call }) => call.fail(networkCode),
    ...changes,
  };
}

type StatusRow = Pick<Fault, 'code' | 'retry' | 'counts'> & {
  readonly name?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly resetSeconds?: number;
  readonly retryAfterS?: number;
};

function status(number: number, { name, headers, resetSeconds, ...row }: StatusRow): Fault {
  return {
    name: `status ${number}${name === undefined ? '' : ` ${name}`}`,
    leadIn: 'nothing',
    ...row,
    strike({ call, wire }) {
      call.head(number, { ...JSON_HEADERS, ...headers });
      call.data(Buffer.from(wire.errorBody(number, resetSeconds)));
      call.end();
    },
  };
}

const limited = (seconds: number) =>
  ({
    code: 'upstream_rate_limited',
    counts: false,
    retry: { toldMs: seconds * 1000 },
    retryAfterS: seconds,
  }) as const;

const STATUSES: readonly Fault[] = [
  status(400, { code: 'upstream_rejected', retry: 'never', counts: false }),
  status(401, { code: 'upstream_unauthorized', retry: 'renew', counts: false }),
  status(403, { code: 'upstream_forbidden', retry: 'never', counts: false }),
  status(404, { code: 'model_not_found', retry: 'renew', counts: false }),
  status(423, { code: 'upstream_busy', retry: 'backoff', counts: true }),
  status(429, { name: 'with Retry-After in seconds', ...limited(7), headers: { 'retry-after': '7' } }),
  status(429, {
    name: 'with Retry-After as a date',
    ...limited(12),
    headers: { 'retry-after': 'Wed, 21 Oct 2026 07:28:12 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' },
  }),
  status(429, { name: 'with x-ratelimit-reset', ...limited(5), headers: { 'x-ratelimit-reset': '5' } }),
  status(429, { name: 'with a reset in the body', ...limited(9), resetSeconds: 9 }),
  status(429, { name: 'without a word', code: 'upstream_rate_limited', retry: 'backoff', counts: false }),
  status(429, {
    name: 'with more than 60 s',
    ...limited(61),
    retry: 'never',
    headers: { 'retry-after': '61' },
  }),
  status(500, { code: 'upstream_error', retry: 'backoff', counts: true }),
  status(502, { code: 'upstream_error', retry: 'backoff', counts: true }),
  status(503, { code: 'upstream_unavailable', retry: 'backoff', counts: true }),
  status(504, { code: 'upstream_error', retry: 'backoff', counts: true }),
];

const nothingMore = (): void => undefined;

const IN_THE_ANSWER: readonly Fault[] = [
  {
    name: 'silence before the first byte',
    code: 'upstream_timeout',
    retry: 'never',
    counts: true,
    leadIn: 'nothing',
    strike: nothingMore,
  },
  {
    name: 'silence in the answer',
    code: 'upstream_timeout',
    retry: 'never',
    counts: true,
    leadIn: 'stream',
    strike: nothingMore,
  },
  {
    name: 'a truncated answer',
    code: 'upstream_protocol',
    retry: 'backoff',
    counts: true,
    leadIn: 'stream',
    strike: ({ call }) => call.end(),
  },
  {
    name: 'garbage',
    code: 'upstream_protocol',
    retry: 'backoff',
    counts: true,
    leadIn: 'stream',
    strike({ call, wire, phase, streams }) {
      if (phase === 'before headers') call.fail('UND_ERR_HEADERS_OVERFLOW');
      else {
        call.data(streams && wire.stream !== undefined ? wire.stream.garbage : Buffer.from('<<not json'));
        call.end();
      }
    },
  },
  {
    name: 'an error event',
    code: 'upstream_error',
    retry: 'backoff',
    counts: true,
    leadIn: 'stream',
    strike({ call, wire }) {
      if (wire.stream !== undefined) call.data(wire.stream.errorEvent);
      call.end();
    },
  },
  {
    name: 'an empty answer',
    code: 'upstream_protocol',
    retry: 'backoff',
    counts: true,
    leadIn: 'head',
    strike: ({ call }) => call.end(),
  },
  {
    name: 'an error in a 200',
    code: 'upstream_error',
    retry: 'backoff',
    counts: true,
    leadIn: 'JSON head',
    strike({ call, wire, phase }) {
      if (phase === 'before headers') call.head(200, JSON_HEADERS);
      call.data(Buffer.from(wire.errorBody(500)));
      call.end();
    },
  },
  below('a reset', 'UND_ERR_SOCKET', { leadIn: 'stream' }),
];

/** Faults of the upstream, which strike one call after another or only the first. */
export const FAULTS: readonly Fault[] = [
  below('connection refused', 'ECONNREFUSED'),
  below('connect timeout', 'UND_ERR_CONNECT_TIMEOUT', { code: 'upstream_timeout' }),
  below('a failed TLS handshake', 'EPROTO'),
  ...STATUSES,
  ...IN_THE_ANSWER,
];

/** What is not a fault of a call: the login's, the client's, and a connection that is not closed. Scenes of their own. */
export const OTHER_FAULTS = [
  'an expired token',
  'a login that is down',
  'a client that hangs up',
  'a client that stops reading',
  'a connection that stays open',
] as const;
export type OtherFault = (typeof OTHER_FAULTS)[number];

/** Once the head has come, a broken connection has cut an answer short: that is another error. */
export function codeIn(fault: Fault, phase: Phase, wire: Wire): ErrorCode {
  if (fault.name === 'a reset' && phase !== 'before headers') return 'upstream_protocol';
  // Anthropic's word for it is an overload.
  if (fault.name === 'an error event' && wire.surface === 'invoke') return 'upstream_unavailable';
  return fault.code;
}
