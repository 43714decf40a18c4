// Opens a tunnel through an HTTP proxy with CONNECT. One callback, once: the socket behind the proxy, or an error that
// names the proxy. undici's own agent waits for the proxy's answer without a limit of ours and calls its failures aborts.

import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { Socket } from 'node:net';

import type { Timers } from '../../core/platform/index.ts';
import type { Proxy } from './proxy.ts';
import type { Trust } from './trust.ts';

/** The way to the proxy or through it failed; nothing was sent to the origin. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  /** Whether it was the connect time limit that ended it. */
  readonly isTimeout: boolean;

  constructor(message: string, options: { readonly cause?: unknown; readonly isTimeout?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.isTimeout = options.isTimeout === true;
  }
}

export type TunnelParts = {
  readonly proxy: Proxy;
  readonly timeoutMs: number;
  readonly trust: Trust;
  readonly timers: Timers;
};

type Done = (...outcome: [null, Socket] | [Error, null]) => void;

/** Returns what gives the attempt up. */
export function openTunnel(host: string, port: number, parts: TunnelParts, done: Done): () => void {
  const { proxy, timeoutMs, trust, timers } = parts;
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const name = `the proxy ${proxy.host}:${proxy.port}`;
  const request = (proxy.secure ? requestSecure : requestPlain)({
    host: proxy.host,
    port: proxy.port,
    method: 'CONNECT',
    path: target,
    headers: {
      host: target,
      ...(proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization }),
    },
    // The tunnel's socket becomes the pool's; no agent may keep or count it.
    agent: false,
    ...(proxy.secure ? { secureContext: trust.context(), rejectUnauthorized: true } : {}),
  });
  let settled = false;
  let isTimeout = false;
  const timer = timers.after(timeoutMs, () => {
    isTimeout = true;
    request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`));
  });
  const settle: Done = (...outcome) => {
    if (settled) return;
    settled = true;
    timer.cancel();
    done(...outcome);
  };
  request.once('connect', (response, socket, head) => {
    if (response.statusCode !== 200 || settled) {
      socket.on('error', () => undefined).destroy();
      settle(new ProxyError(refusal(name, target, response.statusCode)), null);
      return;
    }
    if (head.length > 0) socket.unshift(head);
    settle(null, socket);
  });
  request.on('error', (cause) =>
    settle(new ProxyError(`${name} could not be used: ${cause.message}`, { cause, isTimeout }), null),
  );
  request.end();
  return () => request.destroy(new Error('the connection was given up'));
}

function refusal(name: string, target: string, status: number | undefined): string {
  if (status === 407) {
    return `${name} wants a user and a password (407); put them into the proxy URL, as in http://user:password@host:port`;
  }
  return `${name} refused the tunnel to ${target} with status ${String(status)}`;
}
