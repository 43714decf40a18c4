// What a transport is told: where it goes and how long it waits. Every wait and every count of sockets is named here.

export type ProxyOptions = {
  /** For https origins, `http://` or `https://`, with the user and password in the URL if the proxy wants them. */
  readonly httpsProxy: string | undefined;
  /** For http origins, and for https ones when `httpsProxy` is not set. */
  readonly httpProxy: string | undefined;
  /** The `NO_PROXY` list: hosts, suffixes, `host:port` or `*`, apart by commas or blanks. */
  readonly noProxy: string | undefined;
};

export const NO_PROXIES: ProxyOptions = { httpsProxy: undefined, httpProxy: undefined, noProxy: undefined };

export type TransportOptions = {
  /** Scheme, host and port; no path. */
  readonly origin: string;
  readonly connectTimeoutMs: number;
  /** From the request's last byte to the response's head. */
  readonly firstByteTimeoutMs: number;
  /** Between two pieces of a response's body; does not run while the flow is paused. */
  readonly idleTimeoutMs: number;
  /** How long an unused connection is kept, unless the origin asks for less. */
  readonly keepAliveTimeoutMs: number;
  /** Connections at most. More calls than that wait in the pool, where they cost nothing but their body. */
  readonly connections: number;
  readonly proxy: ProxyOptions;
  /** How long `close` lets running calls end by themselves. */
  readonly closeGraceMs: number;
};
