// What telemetry is told, from the configuration: which log, whose secrets, whether content, and the collector.

import type { SecureContext } from 'node:tls';

import type { Config } from './config/index.ts';
import { Secret } from './core/platform/index.ts';
import type { Trust } from './salesforce/transport/index.ts';
import type { LogContent, OtlpOptions, TelemetryDependencies, TelemetryOptions } from './telemetry/index.ts';
import { VERSION } from './version.ts';

const HTTP_PORT = 80;
const HTTPS_PORT = 443;
const SECRET_HEADER = /auth|cookie|key|password|secret|token/iu;
/** What is as long as this is taken for a secret whatever its header is called. */
const SECRET_LENGTH_MIN = 16;

export function telemetryOptions(
  config: Config,
): Pick<TelemetryOptions, 'logLevel' | 'logContent' | 'secrets' | 'otlp'> {
  return {
    logLevel: config.log.level,
    logContent: contentOf(config),
    secrets: secretsOf(config),
    otlp: otlpOf(config),
  };
}

/** What must never be printed, whatever goes wrong elsewhere. */
function secretsOf({ login, otlp, inboundTls, alerts, network }: Config): readonly Secret[] {
  const { httpProxy, httpsProxy } = network.proxy;
  return [
    login.consumerSecret,
    ...(otlp?.headers ?? []).filter(isSecretHeader).map(([, value]) => value),
    ...[inboundTls?.material.passphrase, alerts.webhookUrl].filter((value) => value !== undefined),
    ...[httpProxy, httpsProxy].flatMap(passwordsOf),
  ];
}

/** A tenant's or a data set's name is none, and `production` would vanish from every line. */
function isSecretHeader([name, value]: readonly [string, Secret]): boolean {
  return SECRET_HEADER.test(name) || value.reveal().length >= SECRET_LENGTH_MIN;
}

/** As it stands in the address, and as it is sent. */
function passwordsOf(proxy: string | undefined): readonly Secret[] {
  const password = proxy === undefined ? '' : new URL(proxy).password;
  return password === '' ? [] : [new Secret(password), new Secret(decodeURIComponent(password))];
}

function contentOf({ log, keys }: Config): LogContent | undefined {
  const { contentCharactersMax } = log;
  if (contentCharactersMax === undefined) return undefined;
  return { charactersMax: contentCharactersMax, keyHashes: keys.clients.map(({ sha256 }) => sha256) };
}

function otlpOf({ otlp, api, server }: Config): OtlpOptions | undefined {
  if (otlp === undefined) return undefined;
  const { hostname, port, protocol } = new URL(api.url);
  const standard = protocol === 'https:' ? HTTPS_PORT : HTTP_PORT;
  return {
    ...otlp,
    version: VERSION,
    provider: 'salesforce',
    upstream: { host: hostname, port: port === '' ? standard : Number(port) },
    listens: { host: server.host, port: server.port },
  };
}

/** How a collector is reached. */
export function collectorOf(
  { network: { proxy } }: Config,
  trust: () => Trust,
): TelemetryDependencies['collector'] {
  const secureContext = (): SecureContext => trust().context();
  const { httpProxy, httpsProxy = httpProxy, noProxy = '' } = proxy;
  if (httpProxy === undefined && httpsProxy === undefined) return { secureContext };
  // Loopback is never proxied: the proxy's loopback is not ours.
  const exceptions = `localhost,127.0.0.1,::1,${noProxy}`;
  return { secureContext, proxies: { HTTP_PROXY: httpProxy, HTTPS_PROXY: httpsProxy, NO_PROXY: exceptions } };
}
