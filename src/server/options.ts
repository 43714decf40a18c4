// What the server is told and what it is given. Every limit has a name, a unit and a default; nothing here touches the
// world.

import type { Clock, Random, Timers, TlsMaterial } from '../core/platform/index.ts';
import type { Dialect, RequestHeaders } from '../dialects/port.ts';
import type { Pipeline } from '../pipeline/port.ts';
import type { Caller } from '../policy/port.ts';

export type ServerOptions = {
  /** The address to bind. A wildcard address (`0.0.0.0`, `::`) also lets clients name this machine by any IP address. */
  readonly host: string;
  /** 0 takes any free port; `open` tells which. */
  readonly port: number;
  readonly version: string;
  /** Names clients may call this gateway by, besides loopback names and the bind address. `*.example.com` is a suffix. */
  readonly allowedHosts: readonly string[];
  /** Origins of web pages that may call this gateway, for example `https://tools.example.com`. */
  readonly allowedOrigins: readonly string[];
  /** The largest request body, decompressed. */
  readonly bodyBytesMax: number;
  /** Bytes of all request bodies under way; a request more is told `overloaded`. At least `bodyBytesMax`. */
  readonly bodiesBytesMax: number;
  /** Request line and headers together. */
  readonly headerBytesMax: number;
  /** What one slow client may leave unread before it is cut off. */
  readonly outBufferBytesMax: number;
  /** How long a client may take to send its headers. */
  readonly headersTimeoutMs: number;
  /** How long a client may take to send its body, counted from its headers. */
  readonly requestTimeoutMs: number;
  /** How long a client may take nothing of what was written to it before it is cut off. */
  readonly clientStallMs: number;
  /** How long a client may go on being behind, however much it takes meanwhile, before it is cut off. */
  readonly clientBehindMs: number;
  /** How long an idle connection is kept. */
  readonly keepAliveTimeoutMs: number;
  /** How long `close` lets requests under way run before it ends them in their dialect's words. */
  readonly drainMs: number;
  readonly connectionsMax: number;
  /** Requests under way at once, those still sending their body included; more are told `overloaded`. */
  readonly exchangesMax: number;
  /** With it the listener speaks TLS, and nothing else. */
  readonly tls?: TlsMaterial | undefined;
  /** Adds `x-forcegate-demo: 1` to every answer. */
  readonly demo: boolean;
};

const MIB = 1024 * 1024;

export const SERVER_DEFAULTS = {
  allowedHosts: [],
  allowedOrigins: [],
  bodyBytesMax: 32 * MIB,
  bodiesBytesMax: 512 * MIB,
  headerBytesMax: 32 * 1024,
  outBufferBytesMax: 64 * MIB,
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 120_000,
  clientStallMs: 60_000,
  clientBehindMs: 600_000,
  // Longer than the minute that most load balancers keep idle connections, so that it is never us who hangs up under a
  // request on its way.
  keepAliveTimeoutMs: 75_000,
  drainMs: 30_000,
  connectionsMax: 10_000,
  exchangesMax: 4096,
  demo: false,
} as const satisfies Partial<ServerOptions>;

export type Readiness = { readonly ready: boolean; readonly reasons: readonly string[] };

export type OperatorRoutes = {
  readiness(): Readiness;
  /** Fields for `/health`; they override the server's own `status`, `service`, `version` and `timestamp`. */
  health(): Readonly<Record<string, unknown>>;
  /** Prometheus text. */
  metrics(): Promise<string>;
  /** More pages for the operator, as JSON, by those of `OPERATOR_PATHS` that have no other answer. */
  readonly pages?: Readonly<Record<string, () => unknown>>;
};

export type ServerDependencies = {
  readonly pipeline: Pipeline;
  /** In the order in which routes are offered. */
  readonly dialects: readonly Dialect[];
  /** Who words the answer to a request that no route serves. */
  fallbackDialect(headers: RequestHeaders): Dialect;
  /** Who stands behind a presented key; `open` where the gateway asks for none. */
  readonly identify: 'open' | ((presented: string | undefined) => Caller | undefined);
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly operatorRoutes: OperatorRoutes;
};

export type ServerStatistics = {
  /** Sockets open now. */
  readonly connections: number;
  /** Requests under way, those still sending their body included; operator routes aside. */
  readonly exchanges: number;
  /** Bytes of request bodies held for them. */
  readonly bodyBytesHeld: number;
  /** Requests ever handed to the pipeline, refused ones included. */
  readonly exchangesTotal: number;
  /** Connections ever cut because what they sent was not HTTP, or came too slowly. */
  readonly malformedTotal: number;
};

export type Server = {
  /** Resolves once listening. @throws when the address cannot be bound. */
  open(): Promise<{ readonly url: string; readonly port: number }>;
  /**
   * Is not ready and refuses new requests from now on, still answers health, lets requests under way run (for `drainMs`),
   * and resolves when nothing listens and every socket is closed.
   */
  close(): Promise<void>;
  /** Shows another certificate from now on. Only where the listener speaks TLS. @throws when it cannot be used. */
  renewTls(material: TlsMaterial): void;
  statistics(): ServerStatistics;
};
