// The composition root: configuration in, running gateway out. The only file that knows every part; each part gets its
// own options and the neighbours it works with, never the whole configuration.

import { createWatch } from './alerting.ts';
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
import { canEmulate } from './pipeline/emulation/emulates.ts';
import { createPipeline, type ObservedPipeline } from './pipeline/exchange.ts';
import { createHttpsSource } from './pipeline/media/https-source.ts';
import { createSystemNetwork } from './pipeline/media/system-network.ts';
import type { PipelineDependencies } from './pipeline/options.ts';
import { createProbe as createPipelineProbe } from './pipeline/probe.ts';
import { resilienceGauges } from './pipeline/resilience/gauges.ts';
import { createKeyRing } from './policy/index.ts';
import { createCatalogue } from './salesforce/catalogue/index.ts';
import { createOrgModels } from './salesforce/catalogue/org-models.ts';
import type { Catalogue } from './salesforce/catalogue/port.ts';
import {
  createTokenSource,
  type OpenableTokenSource,
  type TokenEvent,
} from './salesforce/credentials/index.ts';
import { createRouter } from './salesforce/routing/index.ts';
import { createEmbeddingSurfaces, createSurfaces } from './salesforce/surfaces/registry.ts';
import {
  collect,
  createModelHost,
  createTransport,
  createTrust,
  type Trust,
} from './salesforce/transport/index.ts';
import type { Transport, TransportRequest } from './salesforce/transport/port.ts';
import { createMemoryResponses } from './store/memory-responses.ts';
import {
  createServer,
  createTlsRenewal,
  SERVER_DEFAULTS,
  type Server,
  type TlsRenewal,
} from './server/index.ts';
import {
  alertGauges,
  createGauges,
  createTelemetry,
  TELEMETRY_DEFAULTS,
  type LogSink,
  type GatewayTelemetry,
} from './telemetry/index.ts';
import type { Telemetry } from './telemetry/port.ts';
import {
  healthOf,
  logCertificateEvent,
  logPathEvents,
  logTokenEvent,
  readinessOf,
  type GatewayStatus,
  type PathObservers,
} from './operator-views.ts';
import { collectorOf, telemetryOptions } from './telemetry-options.ts';
import { VERSION } from './version.ts';

export type { GatewayStatus } from './operator-views.ts';

/** The world as arguments, so that tests can count file reads and own the clock. */
export type GatewayDependencies = {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly files: FileSystem;
  /** Where log lines go; standard output when absent. */
  readonly log: LogSink | undefined;
};

export type Gateway = {
  /** Resolves once it listens. A Salesforce that is down does not stop it: it is then not ready, and keeps trying. */
  open(): Promise<{
    readonly url: string;
    readonly port: number;
    /** Whether the first login went well. Never rejects. */
    readonly loggedIn: Promise<boolean>;
    /** Why the last login failed, as far as that is known by now. */
    readonly loginFailure: () => string | undefined;
  }>;
  /** Lets requests under way end, then lets go of everything. */
  close(): Promise<void>;
  status(): GatewayStatus;
};

const TRANSPORT_CLOSE_GRACE_MS = 1_000;
const LOGIN_CONNECTIONS = 2;
const MS_PER_S = 1000;
/** Replies of the org's own host: logins, and pages of models. */
const LOGIN_BODY_BYTES_MAX = 1024 * 1024;
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
  /** A small whole reply of the org's own host. */
  readonly ask: (request: TransportRequest, signal: CancelSignal) => ReturnType<typeof collect>;
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
  const ask: Upstream['ask'] = (request, signal) =>
    collect(login, request, { signal, bodyBytesMax: LOGIN_BODY_BYTES_MAX });
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
      send: ask,
      observe,
    },
  );
  return { login, ask, models: open(config.api.url, network.connectionsMax), tokens, trust };
}

function createRequestPath(
  config: Config,
  deps: GatewayDependencies,
  upstream: Upstream,
  telemetry: Telemetry,
  catalogue: Catalogue,
  observe: PathObservers = {},
): ObservedPipeline {
  const { models } = config;
  const router = createRouter(
    { preference: config.api.surfaces, perModel: models.surfaces, trust: config.trust },
    {
      surfaces: surfacesOf(config),
      embeddings: createEmbeddingSurfaces(),
      clock: deps.clock,
      emulates: canEmulate,
    },
  );
  const host = createModelHost(
    { userAgent: USER_AGENT, compression: config.network.compression },
    { transport: upstream.models, clock: deps.clock, observe: observe.compression ?? (() => undefined) },
  );
  const media = createMedia(config, deps, upstream.trust);
  const responses = createMemoryResponses(config.responses, deps);
  return createPipeline(
    {
      trust: config.trust,
      resilience: config.resilience,
      conversation: config.conversation,
      replyBytesMax: REPLY_BYTES_MAX,
    },
    {
      ...deps,
      catalogue,
      orgModels: createOrgModels({ ...deps, catalogue, tokens: upstream.tokens, send: upstream.ask }),
      router,
      tokens: upstream.tokens,
      host,
      telemetry,
      media,
      responses,
      observe: observe.breaker,
    },
  );
}

function surfacesOf(config: Config): ReturnType<typeof createSurfaces> {
  const basePath = config.api.gatewayBasePath;
  return createSurfaces({
    gatewayGenerations: { basePath },
    invoke: { basePath },
    responses: { basePath },
  });
}

function createMedia(config: Config, deps: GatewayDependencies, trust: Trust): PipelineDependencies['media'] {
  const { fetchRemote, bytesMax, timeoutMs, redirectsMax } = config.media;
  if (!fetchRemote) return undefined;
  const network = createSystemNetwork(trust);
  const options = { timeoutMs, redirectsMax, userAgent: USER_AGENT };
  return { source: createHttpsSource(options, { network, timers: deps.timers }), bytesMax };
}

export function createGateway(config: Config, deps: GatewayDependencies = systemDependencies()): Gateway {
  const catalogue = createCatalogue({ aliases: config.models.aliases, models: config.models.entries });
  const telemetry = createTelemetry(
    {
      ...TELEMETRY_DEFAULTS,
      ...telemetryOptions(config),
      modelLabels: catalogue.list().map((model) => model.id),
      gauges: [
        ...createGauges(() => status()),
        ...alertGauges((alert) => watch.isFiring(alert)),
        ...resilienceGauges(
          () => pipeline.resilience(),
          [...surfacesOf(config), ...createEmbeddingSurfaces()].map(({ id }) => id),
        ),
      ],
    },
    {
      ...deps,
      collector: collectorOf(config, () => upstream.trust),
      ...(deps.log === undefined ? {} : { sink: deps.log }),
      ...(config.log.file === undefined ? {} : { file: new RotatingFile(config.log.file) }),
    },
  );
  const upstream = createUpstream(config, deps, (event) => logTokenEvent(telemetry, event));
  const watch = createWatch(config, { ...deps, telemetry, trust: upstream.trust, status: () => status() });
  const observers = logPathEvents(telemetry);
  const pipeline = createRequestPath(config, deps, upstream, watch.telemetry, catalogue, observers);
  const dialects = createDialects();
  const keys = config.keys.clients;
  const keyRing = keys.length === 0 ? undefined : createKeyRing({ keys });
  const server = createServer(
    {
      ...SERVER_DEFAULTS,
      ...config.server,
      version: VERSION,
      demo: config.demo,
      tls: config.inboundTls?.material,
    },
    {
      ...deps,
      pipeline,
      dialects: dialects.all,
      fallbackDialect: (headers) => dialects.fallback(headers),
      identify: keyRing === undefined ? 'open' : (presented) => keyRing.identify(presented),
      operatorRoutes: {
        readiness: () => readinessOf(upstream.tokens.status()),
        health: () => ({ ...healthOf(status()), ...watch.health() }),
        pages: watch.pages,
        metrics: () => telemetry.metrics(),
      },
    },
  );

  const renewal = createRenewal(config, deps, server, telemetry);

  function status(): GatewayStatus {
    const { broken, quotas } = pipeline.resilience();
    return {
      token: upstream.tokens.status(),
      server: server.statistics(),
      login: upstream.login.statistics(),
      models: upstream.models.statistics(),
      inFlight: pipeline.inFlight(),
      certificateExpiresInS:
        renewal === undefined ? undefined : (renewal.validToMs() - deps.clock.nowMs()) / MS_PER_S,
      broken,
      quotas,
    };
  }

  return {
    async open() {
      await telemetry.open();
      watch.open();
      await upstream.tokens.open();
      const address = await server.open();
      renewal?.open();
      // Logged in ahead of the first request; a failure shows in readiness and is tried again by the source itself.
      const loggedIn = Promise.resolve(upstream.tokens.get(new CancelSource())).then(
        () => true,
        () => false,
      );
      return { ...address, loggedIn, loginFailure: () => upstream.tokens.status().lastFailure };
    },
    async close() {
      renewal?.close();
      await server.close();
      await watch.close();
      await upstream.tokens.close();
      await Promise.all([upstream.login.close(), upstream.models.close()]);
      await telemetry.close();
    },
    status,
  };
}

function createRenewal(
  { inboundTls }: Config,
  deps: GatewayDependencies,
  server: Server,
  telemetry: GatewayTelemetry,
): TlsRenewal | undefined {
  if (inboundTls === undefined) return undefined;
  return createTlsRenewal(inboundTls, {
    ...deps,
    apply: (material) => server.renewTls(material),
    observe: (event) => logCertificateEvent(telemetry, event),
  });
}

/** What `forcegate check` asks the org through. */
export type Probe = ReturnType<typeof createProbe>;

/** Nothing is served and nothing is kept. */
export function createProbe(config: Config, deps: GatewayDependencies = systemDependencies()) {
  const catalogue = createCatalogue({ aliases: config.models.aliases, models: config.models.entries });
  let clockAheadMs: number | undefined;
  const pipelines: ObservedPipeline[] = [];
  const upstream = createUpstream(config, deps, (event) => {
    if (event.type === 'clock-differs') clockAheadMs = event.aheadMs;
  });
  const probe = createPipelineProbe({
    ...deps,
    tokens: upstream.tokens,
    dialect: createDialects().fallback({}),
    pipelineFor(entitlement, telemetry) {
      const asked = oneTry(entitlement === undefined ? config : onlyOn(entitlement, config));
      const pipeline = createRequestPath(asked, deps, upstream, telemetry, catalogue);
      pipelines.push(pipeline);
      return pipeline;
    },
  });
  return {
    ...probe,
    login: async (signal: CancelSignal) => ({ ...(await probe.login(signal)), clockAheadMs }),
    models: () => listModels(catalogue),
    quotas: () => pipelines.flatMap((pipeline) => pipeline.resilience().quotas),
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

/** Whoever checks wants to hear of a fault and not to wait for its end. */
function oneTry(config: Config): Config {
  const { resilience } = config;
  return { ...config, resilience: { ...resilience, retry: { ...resilience.retry, retriesMax: 0 } } };
}

/** The same configuration held to the surfaces of one entitlement, whatever it says of single models. */
function onlyOn(surfaces: 'gateway' | 'classic', config: Config): Config {
  return { ...config, api: { ...config.api, surfaces }, models: { ...config.models, surfaces: {} } };
}
