// The transport: one undici pool for one origin, driven by dispatch. HTTP/1.1 only, one call on a connection at a time,
// so that ending a call ends its connection and nothing else.

import { Pool } from 'undici';

import type { Timers } from '../../core/platform/index.ts';
import { TransportCall } from './call.ts';
import { createConnector } from './connector.ts';
import type { TransportOptions } from './options.ts';
import type { Transport, TransportRequest } from './port.ts';
import { chooseProxy } from './proxy.ts';
import type { Trust } from './trust.ts';

/** The origin may ask to keep a connection longer than we would; this much and no more. */
const KEEP_ALIVE_MAX_MS = 600_000;

/** No header would mean that any coding will do (RFC 9110, 12.5.3), and compressed streams arrive in lumps. */
function withCoding(headers: TransportRequest['headers']): string[] | Record<string, string> {
  if (isList(headers)) return ['accept-encoding', 'identity', ...headers];
  return { 'accept-encoding': 'identity', ...headers };
}

function isList(headers: TransportRequest['headers']): headers is readonly string[] {
  return Array.isArray(headers);
}

/**
 * Without I/O: the first call makes the first connection.
 * @throws Error for an origin or a proxy that cannot be used.
 */
export function createTransport(
  options: TransportOptions,
  deps: { readonly trust: Trust; readonly timers: Timers },
): Transport {
  const origin = new URL(options.origin);
  const proxy = chooseProxy(origin, options.proxy);
  const connector = createConnector({ connectTimeoutMs: options.connectTimeoutMs, proxy }, deps);
  const pool = new Pool(origin.origin, {
    connections: options.connections,
    connect: connector.connect,
    // Off though undici prefers it: many calls on one HTTP/2 session share its fate (a lost packet, a GOAWAY, a full
    // window stall them all), and a paused call would hold back its siblings' bytes.
    allowH2: false,
    pipelining: 1,
    headersTimeout: options.firstByteTimeoutMs,
    bodyTimeout: options.idleTimeoutMs,
    keepAliveTimeout: options.keepAliveTimeoutMs,
    keepAliveMaxTimeout: Math.max(options.keepAliveTimeoutMs, KEEP_ALIVE_MAX_MS),
  });
  const context = { host: origin.host, options };
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    const grace = Promise.withResolvers<void>();
    const timer = deps.timers.after(options.closeGraceMs, grace.resolve);
    await Promise.race([pool.close(), grace.promise]);
    timer.cancel();
    const destroyed = pool.destroy();
    // After `destroy`, which has told the calls that wait for a connection; the other way round they would hear of a
    // broken connection instead of a shutdown.
    connector.abandon();
    await destroyed;
  }

  return {
    send(request, handler, signal) {
      const call = new TransportCall(handler, signal, context);
      if (!call.begin()) return;
      pool.dispatch(
        {
          method: request.method,
          path: request.path,
          headers: withCoding(request.headers),
          body: request.body ?? null,
        },
        call,
      );
    },
    statistics() {
      const { connected, running, pending } = pool.stats;
      return { connections: connected, running, pending };
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
