// Proxies: from the file, else from the variables every program reads. The file wins here, since those variables speak to
// the whole machine and the file to us; our own `FORCEGATE_*` variables were laid over the file before.

import type { ProxyOptions } from '../salesforce/transport/index.ts';
import type { Environment } from './environment.ts';
import type { Problems } from './problems.ts';
import type { ConfigFile } from './schema.ts';

const EXAMPLE = 'http://proxy.example.com:3128';

/** Proxy addresses may carry passwords: kept where no printing of the configuration finds them. */
class Proxies implements ProxyOptions {
  readonly #options: ProxyOptions;

  constructor(options: ProxyOptions) {
    this.#options = options;
  }

  get httpsProxy(): string | undefined {
    return this.#options.httpsProxy;
  }

  get httpProxy(): string | undefined {
    return this.#options.httpProxy;
  }

  get noProxy(): string | undefined {
    return this.#options.noProxy;
  }
}

/** Lower case first, as curl does. */
function fromEnvironment(name: string, environment: Environment): string | undefined {
  const value = environment[name] ?? environment[name.toUpperCase()];
  return value === '' ? undefined : value;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function isProxy(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false;
  return isDecodable(url.username) && isDecodable(url.password);
}

function readProxy(
  key: 'http_proxy' | 'https_proxy',
  file: ConfigFile,
  environment: Environment,
  problems: Problems,
): string | undefined {
  const text = (file[key] ?? fromEnvironment(key, environment) ?? '').trim();
  if (text === '') return undefined;
  if (file[key] === undefined) problems.setOrigin(key, { type: 'environment', variable: key.toUpperCase() });
  // `host:port` without a scheme is what many systems have in the variable.
  const address = /^[a-z][a-z0-9+.-]*:\/\//iu.test(text) ? text : `http://${text}`;
  if (isProxy(address)) return address;
  problems.add(key, 'is not the address of an http or https proxy.', problems.howToSet(key, EXAMPLE));
  return undefined;
}

export function readProxies(file: ConfigFile, environment: Environment, problems: Problems): ProxyOptions {
  return new Proxies({
    httpProxy: readProxy('http_proxy', file, environment, problems),
    httpsProxy: readProxy('https_proxy', file, environment, problems),
    noProxy: file.no_proxy ?? fromEnvironment('no_proxy', environment),
  });
}
