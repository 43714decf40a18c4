// Which proxy, if any, stands between us and an origin. The rules are those of the environment variables as undici's
// EnvHttpProxyAgent reads them, and one of Go's: loopback is never proxied, because the proxy's loopback is not ours.

import type { ProxyOptions } from './options.ts';

export type Proxy = {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** The `proxy-authorization` header's value. A secret: it is in no error and no log. */
  readonly authorization: string | undefined;
};

type Exception = {
  readonly host: string;
  readonly port: number | undefined;
  readonly subdomainsOnly: boolean;
};

/** @throws Error when the proxy's URL is not one we can use; the message never repeats the URL, it may hold a password. */
export function chooseProxy(origin: URL, options: ProxyOptions): Proxy | undefined {
  const secure = origin.protocol === 'https:';
  const chosen = (secure ? options.httpsProxy || options.httpProxy : options.httpProxy) || undefined;
  if (chosen === undefined) return undefined;
  const host = bareHost(origin.hostname);
  const port = portOf(origin);
  if (
    isLoopback(host) ||
    parseExceptions(options.noProxy ?? '').some((entry) => excepts(entry, host, port))
  ) {
    return undefined;
  }
  return parseProxy(chosen);
}

function parseProxy(text: string): Proxy {
  // The variables are often written without a scheme, which means http.
  const written = /^[a-z][a-z0-9+.-]*:\/\//iu.test(text) ? text : `http://${text}`;
  if (!URL.canParse(written))
    throw new Error('the proxy address is not a URL such as http://proxy.example:3128');
  const url = new URL(written);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Error(`the proxy scheme ${url.protocol}// is not supported; use http:// or https://`);
  }
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  return {
    secure: url.protocol === 'https:',
    host: bareHost(url.hostname),
    port: portOf(url),
    authorization:
      user === '' && password === ''
        ? undefined
        : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  };
}

function parseExceptions(list: string): readonly Exception[] {
  return list
    .split(/[,\s]+/u)
    .filter((entry) => entry !== '')
    .map((entry) => {
      // `[::1]:443` and `host:443` carry a port; `::1` does not, though it is full of colons.
      const parts = /^\[(?<six>.+)\](?::(?<sixPort>\d+))?$|^(?<host>[^:]+)(?::(?<port>\d+))?$/u.exec(
        entry,
      )?.groups;
      const host = parts?.['six'] ?? parts?.['host'] ?? entry;
      const port = parts?.['sixPort'] ?? parts?.['port'];
      return {
        host: host === '*' ? '*' : bareHost(host.replace(/^\*?\./u, '')),
        port: port === undefined ? undefined : Number(port),
        subdomainsOnly: host.startsWith('*.'),
      };
    });
}

function excepts(entry: Exception, host: string, port: number): boolean {
  if (entry.port !== undefined && entry.port !== port) return false;
  if (entry.host === '*') return true;
  return (!entry.subdomainsOnly && host === entry.host) || host.endsWith(`.${entry.host}`);
}

/** Lower case, without the brackets of IPv6 and the dot that only marks a full name. */
function bareHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.+)\]$/u, '$1')
    .replace(/(.)\.$/u, '$1');
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\.[\d.]+$/u.test(host);
}
