// Makes the sockets of a pool: straight to the origin or through a proxy, with TLS verified whatever the environment
// says. Remembers those still being made, so that closing does not wait for their time limit.

import { Socket } from 'node:net';

import { buildConnector } from 'undici';

import type { Timers } from '../../core/platform/index.ts';
import type { Proxy } from './proxy.ts';
import type { Trust } from './trust.ts';
import { openTunnel } from './tunnel.ts';

/** When nothing comes for this long the machine on the other side, or the proxy, is asked whether it is still there. */
const TCP_KEEP_ALIVE_MS = 30_000;

export type Connector = {
  readonly connect: buildConnector.connector;
  /** Gives up the connections that are still being made. */
  abandon(): void;
};

export function createConnector(
  options: { readonly connectTimeoutMs: number; readonly proxy: Proxy | undefined },
  deps: { readonly trust: Trust; readonly timers: Timers },
): Connector {
  const pending = new Set<() => void>();
  let direct: buildConnector.connector | undefined;

  /** The TLS context is costly and an http origin needs none, so it waits for the first https connection. */
  function directConnector(secure: boolean): buildConnector.connector {
    direct ??= buildConnector({
      ...(secure ? { secureContext: deps.trust.context() } : {}),
      // Not left to the default, which NODE_TLS_REJECT_UNAUTHORIZED=0 changes.
      rejectUnauthorized: true,
      allowH2: false,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
      timeout: options.connectTimeoutMs,
    });
    return direct;
  }

  function connectDirect(target: buildConnector.Options, callback: buildConnector.Callback): void {
    const connect: (...parts: Parameters<buildConnector.connector>) => unknown = directConnector(
      target.protocol === 'https:',
    );
    let abandon: (() => void) | undefined;
    // undici returns the socket it has begun to connect, though its types do not say so.
    const socket = connect(target, (...outcome) => {
      if (abandon !== undefined) pending.delete(abandon);
      callback(...outcome);
    });
    if (socket instanceof Socket) {
      abandon = () => socket.destroy(new Error('the connection was given up'));
      pending.add(abandon);
    }
  }

  function connectThrough(
    proxy: Proxy,
    target: buildConnector.Options,
    callback: buildConnector.Callback,
  ): void {
    const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80);
    const parts = { ...deps, proxy, timeoutMs: options.connectTimeoutMs };
    const abandon = openTunnel(target.hostname, port, parts, (...outcome) => {
      pending.delete(abandon);
      const [error, socket] = outcome;
      socket?.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
      if (error !== null) callback(error, null);
      else if (target.protocol === 'https:') connectDirect({ ...target, httpSocket: socket }, callback);
      else callback(null, socket);
    });
    pending.add(abandon);
  }

  const { proxy } = options;
  return {
    connect: (target, callback) => {
      if (proxy === undefined) connectDirect(target, callback);
      else connectThrough(proxy, target, callback);
    },
    abandon() {
      for (const giveUp of pending) giveUp();
    },
  };
}
