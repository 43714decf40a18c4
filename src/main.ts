// The composition root: configuration in, running gateway out. The only file that knows every part; each part gets its
// own options and the neighbours it works with, never the whole configuration.

import type { Config } from './config/index.ts';
import {
  CancelSource,
  createSystemRandom,
  RotatingFile,
  systemClock,
  systemFileSystem,
  systemTimers,
} from './core/platform/index.ts';
import type { CancelSignal, Clock, FileSystem, Random, Timers } from './core/platform/index.ts';
import { createDialects } from './dialects/registry.ts';
import { canEmulate } from './pipeline/emulation/limits.ts';
import { createPipeline } from './pipeline/exchange.ts';
import { createHttpsSource } from './pipeline/media/https-source.ts';
import { createSystemNetwork } from './pipeline/media/system-network.ts';
import type { PipelineDependencies } from './pipeline/options.ts';
import type { Pipeline } from './pipeline/port.ts';
import { createProbe as createPipelineProbe } from './pipeline/probe.ts';
import { RESILIENCE_DEFAULTS, type ResilienceOptions } from './pipeline/resilience/options.ts';
import { createKeyRing } from './policy/index.ts';
import { createCatalogue } from './salesforce/catalogue/index.ts';
import type { Catalogue } from './salesforce/catalogue/port.ts';
import {
  createTokenSource,
  tokenHitRate,
  type OpenableTokenSource,
  type TokenEvent,
} from './salesforce/credentials/index.ts';
import type { TokenStatus } from './salesforce/credentials/port.ts';
import { createRouter } from './salesforce/routing/index.ts';
import { createSurfaces } from './salesforce/surfaces/registry.ts';
import {
  collect,
  createModelHost,
  createTransport,
  createTrust,
  type CompressionEvent,
  type Trust,
} from './salesforce/transport/index.ts';
import type { Transport, TransportStatistics } from './salesforce/transport/port.ts';
import { createServer, SERVER_DEFAULTS, type ServerStatistics } from './server/index.ts';
import {
  createTelemetry,
  TELEMETRY_DEFAULTS,
  type GatewayTelemetry,
  type GaugeReading,
  type LogSink,
} from './telemetry/index.ts';
import type { Telemetry } from './telemetry/port.ts';
import { VERSION } from './version.ts';

/** The world as arguments, so that tests can count file reads and own the clock. */
export type GatewayDependencies = {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly files: FileSystem;
  /** Where log lines go; standard output when absent. */
  readonly log: LogSink | undefined;
};

export type GatewayStatus = {
  readonly token: TokenStatus;
  readonly server: ServerStatistics;
  readonly login: TransportStatistics;
  readonly models: TransportStatistics;
  readonly inFlight: number;
};

export type Gateway = {
  /** Resolves once it listens. A Salesforce that is down does not stop it: it is then not ready, and keeps trying. */
  open(): Promise<{ readonly url: string; readonly port: number }>;
  /** Lets requests under way end, then lets go of everything. */
  close(): Promise<void>;
  status(): GatewayStatus;
};

const TRANSPORT_CLOSE_GRACE_MS = 1_000;
const LOGIN_CONNECTIONS = 2;
const LOGIN_BODY_BYTES_MAX = 256 * 1024;
/** Longer than most edges keep an idle connection, and they say so: undici then takes the shorter of the two. */
const KEEP_ALIVE_MS = 60_000;
/** Without it the model host refuses every call (reference 1.1). */
const REQUIRED_SCOPES = ['sfap_api'];
const USER_AGENT = `forcegate/${VERSION}`;
const REPLY_BYTES_MAX = 64 * 1024 * 1024;

export function systemDependencies(): GatewayDependencies {
  return {
    clock: systemClock,
    timers: systemTimers,
    random: createSystemRandom(),
    files: systemFileSystem,
    log: undefined,
  };
}

type Upstream = {
  readonly login: Transport;
  readonly models: Transport;
  readonly tokens: OpenableTokenSource;
  readonly trust: Trust;
};

function createUpstream(
  config: Config,
  deps: GatewayDependencies,
  observe: (event: TokenEvent) => void,
): Upstream {
  const { network, timeouts } = config;
  const trust = createTrust({ caPem: network.caPem });
  const shared = {
    connectTimeoutMs: timeouts.connectMs,
    firstByteTimeoutMs: timeouts.firstByteMs,
    idleTimeoutMs: timeouts.idleMs,
    keepAliveTimeoutMs: KEEP_ALIVE_MS,
    closeGraceMs: TRANSPORT_CLOSE_GRACE_MS,
    proxy: network.proxy,
  };
  const open = (origin: string, connections: number): Transport =>
    createTransport({ ...shared, origin, connections }, { trust, timers: deps.timers });
  const login = open(config.login.instanceUrl, LOGIN_CONNECTIONS);
  const tokens = createTokenSource(
    {
      loginOrigin: config.login.instanceUrl,
      consumerKey: config.login.consumerKey,
      requiredScopes: REQUIRED_SCOPES,
      consumerSecret: config.login.consumerSecret,
      tokenFile: config.login.tokenFile,
    },
    {
      ...deps,
      send: (request, signal) => collect(login, request, { signal, bodyBytesMax: LOGIN_BODY_BYTES_MAX }),
      observe,
    },
  );
  return { login, models: open(config.api.url, network.connectionsMax), tokens, trust };
}

function createRequestPath(
  config: Config,
  deps: GatewayDependencies,
  upstream: Upstream,
  telemetry: Telemetry,
  catalogue: Catalogue,
  observeCompression: (event: CompressionEvent) => void = () => undefined,
): Pipeline {
  const { models } = config;
  const basePath = config.api.gatewayBasePath;
  const router = createRouter(
    { preference: config.api.surfaces, perModel: models.surfaces, trust: config.trust },
    {
      surfaces: createSurfaces({
        gatewayGenerations: { basePath },
        invoke: { basePath },
        responses: { basePath },
      }),
      clock: deps.clock,
      emulates: canEmulate,
    },
  );
  const host = createModelHost(
    { userAgent: USER_AGENT, compression: config.network.compression },
    { transport: upstream.models, clock: deps.clock, observe: observeCompression },
  );
  const media = createMedia(config, deps, upstream.trust);
  return createPipeline(
    { trust: config.trust, resilience: resilienceOf(config), replyBytesMax: REPLY_BYTES_MAX },
    { ...deps, catalogue, router, tokens: upstream.tokens, host, telemetry, media },
  );
}

function resilienceOf({ network, timeouts }: Config): ResilienceOptions {
  const { timeLimits, limiter } = RESILIENCE_DEFAULTS;
  return {
    ...RESILIENCE_DEFAULTS,
    timeLimits: { ...timeLimits, maxMs: timeouts.totalMs },
    // As many calls at once as there are connections, so that none ever waits within the transport.
    limiter: { ...limiter, concurrencyMax: network.connectionsMax },
  };
}

function createMedia(config: Config, deps: GatewayDependencies, trust: Trust): PipelineDependencies['media'] {
  const { fetchRemote, bytesMax, timeoutMs, redirectsMax } = config.media;
  if (!fetchRemote) return undefined;
  const network = createSystemNetwork(trust);
  const options = { timeoutMs, redirectsMax, userAgent: USER_AGENT };
  return { source: createHttpsSource(options, { network, timers: deps.timers }), bytesMax };
}

/** Not ready exactly while no call could be served: without a token that is still good. */
function readinessOf(status: TokenStatus): { ready: boolean; reasons: readonly string[] } {
  if (status.state === 'valid' || status.state === 'expiring') return { ready: true, reasons: [] };
  return { ready: false, reasons: [status.lastFailure ?? 'not logged in to Salesforce yet'] };
}

export function createGateway(config: Config, deps: GatewayDependencies = systemDependencies()): Gateway {
  const catalogue = createCatalogue({ aliases: config.models.aliases, models: config.models.entries });
  const telemetry = createTelemetry(
    {
      ...TELEMETRY_DEFAULTS,
      logLevel: config.log.level,
      secrets: [config.login.consumerSecret],
      modelLabels: catalogue.list().map((model) => model.id),
      gauges: createGauges(() => status()),
    },
    {
      timers: deps.timers,
      ...(deps.log === undefined ? {} : { sink: deps.log }),
      ...(config.log.file === undefined ? {} : { file: new RotatingFile(config.log.file) }),
    },
  );
  const upstream = createUpstream(config, deps, (event) => logTokenEvent(telemetry, event));
  const pipeline = createRequestPath(config, deps, upstream, telemetry, catalogue, (event) =>
    telemetry.log('info', `compression: ${event.type}`, { root: event.root, status: event.status }),
  );
  const dialects = createDialects();
  const keys = config.keys.clients;
  const keyRing = keys.length === 0 ? undefined : createKeyRing({ keys });
  const server = createServer(
    { ...SERVER_DEFAULTS, ...config.server, version: VERSION, demo: config.demo },
    {
      ...deps,
      pipeline,
      dialects: dialects.all,
      fallbackDialect: (headers) => dialects.fallback(headers),
      identify: keyRing === undefined ? 'open' : (presented) => keyRing.identify(presented),
      operatorRoutes: {
        readiness: () => readinessOf(upstream.tokens.status()),
        health: () => healthOf(status()),
        metrics: () => telemetry.metrics(),
      },
    },
  );

  function status(): GatewayStatus {
    return {
      token: upstream.tokens.status(),
      server: server.statistics(),
      login: upstream.login.statistics(),
      models: upstream.models.statistics(),
      inFlight: pipeline.inFlight(),
    };
  }

  return {
    async open() {
      telemetry.open();
      await upstream.tokens.open();
      const address = await server.open();
      // Logged in ahead of the first request; a failure shows in readiness and is tried again by the source itself.
      void Promise.resolve(upstream.tokens.get(new CancelSource())).catch(() => undefined);
      return address;
    },
    async close() {
      await server.close();
      await upstream.tokens.close();
      await Promise.all([upstream.login.close(), upstream.models.close()]);
      await telemetry.close();
    },
    status,
  };
}

/** What `forcegate check` asks the org through. */
export type Probe = ReturnType<typeof createProbe>;

/** Nothing is served and nothing is kept. */
export function createProbe(config: Config, deps: GatewayDependencies = systemDependencies()) {
  const catalogue = createCatalogue({ aliases: config.models.aliases, models: config.models.entries });
  let clockAheadMs: number | undefined;
  const upstream = createUpstream(config, deps, (event) => {
    if (event.type === 'clock-differs') clockAheadMs = event.aheadMs;
  });
  const probe = createPipelineProbe({
    ...deps,
    tokens: upstream.tokens,
    dialect: createDialects().fallback({}),
    pipelineFor: (entitlement, telemetry) =>
      createRequestPath(
        entitlement === undefined ? config : onlyOn(entitlement, config),
        deps,
        upstream,
        telemetry,
        catalogue,
      ),
  });
  return {
    ...probe,
    login: async (signal: CancelSignal) => ({ ...(await probe.login(signal)), clockAheadMs }),
    models: () => listModels(catalogue),
    async close() {
      await upstream.tokens.close();
      await Promise.all([upstream.login.close(), upstream.models.close()]);
    },
  };
}

function listModels(catalogue: Catalogue): readonly string[] {
  return catalogue
    .list()
    .filter((model) => model.family !== 'embedding')
    .map((model) => model.id);
}

/** The same configuration held to the surfaces of one entitlement, whatever it says of single models. */
function onlyOn(surfaces: 'gateway' | 'classic', config: Config): Config {
  return { ...config, api: { ...config.api, surfaces }, models: { ...config.models, surfaces: {} } };
}

function healthOf(status: GatewayStatus): Readonly<Record<string, unknown>> {
  const { token } = status;
  return {
    client_initialized: token.state === 'valid' || token.state === 'expiring',
    token: {
      state: token.state,
      expires_in_seconds: token.expiresInS,
      last_failure: token.lastFailure,
      hit_rate: tokenHitRate(token.statistics),
      mints: token.statistics.mints,
    },
    in_flight: status.inFlight,
  };
}

/** Numbers that live in the parts and are read when the metrics are asked for. */
function createGauges(status: () => GatewayStatus): readonly GaugeReading[] {
  const token = (name: keyof TokenStatus['statistics'], help: string): GaugeReading => ({
    name: `forcegate_token_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_total`,
    help,
    type: 'counter',
    read: () => status().token.statistics[name],
  });
  const sockets = (host: 'login' | 'models', state: keyof TransportStatistics): GaugeReading => ({
    name: 'forcegate_upstream_connections',
    help: 'Sockets to Salesforce, running calls and calls waiting for a socket',
    labels: { host, state },
    read: () => status()[host][state],
  });
  return [
    token('hits', 'Calls for which no mint was begun'),
    token('misses', 'Calls for which a mint was begun'),
    token('coalesced', 'Calls that waited for a mint begun by another'),
    token('mints', 'Logins to Salesforce'),
    token('mintFailures', 'Logins that failed'),
    token('invalidations', 'Tokens that Salesforce rejected'),
    token('fileReads', 'Reads of the token file'),
    {
      name: 'forcegate_token_expires_in_seconds',
      help: 'Seconds until the token expires; 0 without a token',
      read: () => status().token.expiresInS ?? 0,
    },
    ...(['login', 'models'] as const).flatMap((host) =>
      (['connections', 'running', 'pending'] as const).map((state) => sockets(host, state)),
    ),
    {
      name: 'forcegate_client_connections',
      help: 'Sockets open to clients',
      read: () => status().server.connections,
    },
  ];
}

function logTokenEvent(telemetry: GatewayTelemetry, event: TokenEvent): void {
  const { type, ...fields } = event;
  const level = LEVEL_OF_TOKEN_EVENT[type];
  if ('error' in fields) {
    const { error, ...rest } = fields;
    telemetry.log(level, `token: ${type}`, {
      ...rest,
      error: error instanceof Error ? error.message : 'unknown',
    });
    return;
  }
  telemetry.log(level, `token: ${type}`, fields);
}

const LEVEL_OF_TOKEN_EVENT = {
  minted: 'info',
  'mint-failed': 'error',
  'mint-outdated': 'info',
  invalidated: 'warn',
  'clock-differs': 'warn',
  'file-loaded': 'info',
  'file-ignored': 'warn',
  'file-exposed': 'warn',
  'file-not-written': 'warn',
} as const satisfies Record<TokenEvent['type'], 'info' | 'warn' | 'error'>;
