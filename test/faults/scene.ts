// The whole gateway between its sockets on simulated time: real pipeline, router, surfaces, catalogue, dialects and token
// source, between a client that is watched and an upstream and a login that do as they are told. `expectNothingLeft` is the
// promise every scene ends on.

import { expect } from 'vitest';

import { GatewayError } from '../../src/core/errors/index.ts';
import { CancelSource, Secret, type CancelSignal, type Random } from '../../src/core/platform/index.ts';
import type { Dialect } from '../../src/dialects/port.ts';
import { createDialects } from '../../src/dialects/registry.ts';
import { CONVERSATION_DEFAULTS } from '../../src/pipeline/bound/options.ts';
import { canEmulate } from '../../src/pipeline/emulation/emulates.ts';
import { createPipeline, type ObservedPipeline } from '../../src/pipeline/exchange.ts';
import { RESILIENCE_DEFAULTS, type ResilienceOptions } from '../../src/pipeline/resilience/options.ts';
import { createCatalogue } from '../../src/salesforce/catalogue/index.ts';
import { createTokenSource, type OpenableTokenSource } from '../../src/salesforce/credentials/index.ts';
import { jwt, ORIGIN, reply } from '../../src/salesforce/credentials/test-org.ts';
import { createRouter } from '../../src/salesforce/routing/index.ts';
import { createEmbeddingSurfaces, createSurfaces } from '../../src/salesforce/surfaces/registry.ts';
import { createMemoryResponses } from '../../src/store/memory-responses.ts';
import type { Outcome } from '../../src/telemetry/port.ts';
import { createSimulatedTime, type SimulatedTime } from '../simulated-time.ts';
import { ClientView, type Ending } from './client-view.ts';
import type { DialectId } from './dialect-readers.ts';
import { createTwinHost, type Script, type TwinHost, type TwinLimits } from './upstream-twin.ts';
import { SURFACE_IDS, type SurfaceId } from './wire-samples.ts';

export type SceneOptions = {
  /** The surfaces the org has; all when absent. */
  readonly surfaces?: readonly SurfaceId[];
  readonly resilience?: ResilienceChanges;
  readonly limits?: Partial<TwinLimits>;
  readonly random?: Random;
  readonly tokenLifeS?: number;
  readonly script: Script;
};

export type ResilienceChanges = {
  readonly [Part in keyof ResilienceOptions]?: Partial<ResilienceOptions[Part]>;
};

export type Asking = {
  readonly dialect: DialectId;
  readonly model: string;
  readonly stream: boolean;
  /** More than one asks for as many calls. */
  readonly choices?: number;
  /** How long the body was under way after the headers. */
  readonly uploadMs?: number;
};

export type Asked = {
  readonly id: string;
  readonly asking: Asking;
  readonly client: ClientView;
  readonly askedAtMs: number;
  /** When the client left; undefined where it stayed. */
  leftAtMs: number | undefined;
  hangUp(): void;
  /** Undefined while it runs. */
  outcome(): Outcome | undefined;
  ending(): Ending;
};

/** `grant`: a token after `ms`. `refuse`: the connection is refused after `ms`. */
export type LoginManner = { readonly type: 'grant' | 'refuse'; readonly ms: number };

export type Scene = {
  readonly time: SimulatedTime;
  readonly host: TwinHost;
  readonly pipeline: ObservedPipeline;
  readonly tokens: OpenableTokenSource;
  readonly outcomes: readonly Outcome[];
  readonly resilience: ResilienceOptions;
  login: LoginManner;
  /** Logins so far. */
  logins(): number;
  ask(asking: Asking): Asked;
  /** Closes the token source and holds the scene to having let everything go. */
  expectNothingLeft(): Promise<void>;
};

const TWIN_LIMITS: TwinLimits = {
  connectTimeoutMs: 10_000,
  firstByteTimeoutMs: 480_000,
  idleTimeoutMs: 120_000,
};
const NO_TRUST = { piiMasking: undefined, localization: undefined };
/** Few, so that long scenes let go of the first. */
const STORED = { responsesMax: 20, bytesMax: 1024 * 1024, ageMaxMs: 3_600_000 };
const REPLY_BYTES_MAX = 1024 * 1024;

/** Fractions of a half, ids that count up. */
export function createCountingRandom(fraction: () => number = () => 0.5): Random {
  let ids = 0;
  const next = (): string => {
    ids += 1;
    return ids.toString(16);
  };
  return { uuid: next, hex: (length) => next().padStart(length, '0'), fraction };
}

/** The defaults with these parts changed. */
function withChanges(changes: ResilienceChanges = {}): ResilienceOptions {
  return {
    timeLimits: { ...RESILIENCE_DEFAULTS.timeLimits, ...changes.timeLimits },
    retry: { ...RESILIENCE_DEFAULTS.retry, ...changes.retry },
    breaker: { ...RESILIENCE_DEFAULTS.breaker, ...changes.breaker },
    limiter: { ...RESILIENCE_DEFAULTS.limiter, ...changes.limiter },
    stream: { ...RESILIENCE_DEFAULTS.stream, ...changes.stream },
  };
}

const ASKED = 'hello';
const MESSAGES = [{ role: 'user', content: ASKED }];

/** A request in each dialect's own form. */
const REQUESTS: Readonly<Record<DialectId, (asking: Asking) => { route: string; body: object }>> = {
  'openai-chat': ({ model, stream, choices = 1 }) => ({
    route: '/v1/chat/completions',
    body: { model, stream, messages: MESSAGES, ...(choices === 1 ? {} : { n: choices }) },
  }),
  'anthropic-messages': ({ model, stream }) => ({
    route: '/v1/messages',
    body: { model, stream, messages: MESSAGES, max_tokens: 100 },
  }),
  'openai-responses': ({ model, stream }) => ({
    route: '/v1/responses',
    body: { model, stream, input: MESSAGES },
  }),
  'openai-completions': ({ model, stream }) => ({
    route: '/v1/completions',
    body: { model, stream, prompt: ASKED },
  }),
  'bedrock-invoke': ({ stream }) => ({
    route: stream ? '/model/*/invoke-with-response-stream' : '/model/*/invoke',
    body: { anthropic_version: 'bedrock-2023-05-31', messages: MESSAGES, max_tokens: 100 },
  }),
};

const dialects = new Map(createDialects().all.map((dialect) => [dialect.id, dialect]));

function dialectOf(id: DialectId): Dialect {
  const dialect = dialects.get(id);
  if (dialect === undefined) throw new Error(`no dialect ${id}`);
  return dialect;
}

export async function openScene(options: SceneOptions): Promise<Scene> {
  const time = createSimulatedTime();
  const { clock, timers } = time;
  const random = options.random ?? createCountingRandom();
  const limits = { ...TWIN_LIMITS, ...options.limits };
  const host = createTwinHost(time, limits, options.script);
  const resilience = withChanges(options.resilience);
  const outcomes: Outcome[] = [];
  let begun = 0;
  let logins = 0;
  const tokens = createTokenSource(
    {
      loginOrigin: ORIGIN,
      consumerKey: 'key',
      consumerSecret: new Secret('secret'),
      requiredScopes: ['sfap_api'],
      tokenFile: undefined,
    },
    {
      clock,
      timers,
      random,
      files: NO_FILES,
      send: (_request, signal) => {
        logins += 1;
        return answerLogin(scene.login, logins, options.tokenLifeS ?? 3_600, time, signal);
      },
    },
  );
  const surfaces = createSurfaces().filter(({ id }) =>
    (options.surfaces ?? SURFACE_IDS).some((wanted) => wanted === id),
  );
  const pipeline = createPipeline(
    { trust: NO_TRUST, replyBytesMax: REPLY_BYTES_MAX, resilience, conversation: CONVERSATION_DEFAULTS },
    {
      clock,
      timers,
      random,
      catalogue: createCatalogue(),
      router: createRouter(
        { preference: 'auto', perModel: {}, trust: NO_TRUST },
        { surfaces, embeddings: createEmbeddingSurfaces(), clock, emulates: canEmulate },
      ),
      tokens,
      host,
      responses: createMemoryResponses(STORED, { clock }),
      telemetry: { begin: () => void (begun += 1), settle: (outcome) => void outcomes.push(outcome) },
    },
  );
  let asked = 0;
  const scene: Scene = {
    time,
    host,
    pipeline,
    tokens,
    outcomes,
    resilience,
    login: { type: 'grant', ms: 1 },
    logins: () => logins,
    ask(asking) {
      asked += 1;
      return ask(`r${asked}`, asking, scene);
    },
    async expectNothingLeft() {
      expect(pipeline.inFlight()).toBe(0);
      expect(host.open()).toBe(0);
      expect(outcomes.length).toBe(begun);
      await tokens.close();
      await time.advance(0);
      expect(time.pending()).toBe(0);
    },
  };
  await tokens.open();
  return scene;
}

const NO_FILES = {
  readText: async () => undefined,
  writeAtomic: async () => undefined,
  mode: async () => undefined,
  isWritable: async () => true,
  removeDrafts: async () => 0,
};

type LoginResponse = ReturnType<typeof reply>;

function answerLogin(
  manner: LoginManner,
  number: number,
  lifeS: number,
  { clock, timers }: SimulatedTime,
  signal: CancelSignal,
): Promise<LoginResponse> {
  const answer = Promise.withResolvers<LoginResponse>();
  const timer = timers.after(manner.ms, () => {
    if (manner.type === 'refuse') {
      answer.reject(new GatewayError('upstream_unreachable', 'The login refused the connection.'));
      return;
    }
    const iat = Math.floor(clock.nowMs() / 1000);
    answer.resolve(
      reply(200, {
        access_token: jwt({ payload: { sub: `token-${number}`, iat, exp: iat + lifeS } }),
        token_format: 'jwt',
        scope: 'sfap_api api',
        issued_at: String(clock.nowMs()),
      }),
    );
  });
  signal.onAbort(() => {
    timer.cancel();
    answer.reject(new GatewayError('client_closed', 'The login was given up.'));
  });
  return answer.promise;
}

function ask(id: string, asking: Asking, { time, pipeline, outcomes }: Scene): Asked {
  const socket = new CancelSource();
  const client = new ClientView(time);
  const askedAtMs = time.clock.monotonicMs();
  const asked: Asked = {
    id,
    asking,
    client,
    askedAtMs,
    leftAtMs: undefined,
    hangUp() {
      asked.leftAtMs = time.clock.monotonicMs();
      socket.abort(new GatewayError('client_closed', 'The client is gone.'));
    },
    outcome: () => outcomes.find(({ requestId }) => requestId === id),
    ending: () => client.read(asking.dialect),
  };
  const { route, body } = REQUESTS[asking.dialect](asking);
  void pipeline.run({
    requestId: id,
    dialect: dialectOf(asking.dialect),
    request: {
      method: 'POST',
      route,
      // Read where the path says the model.
      rest: asking.model,
      query: '',
      headers: {},
      body: Buffer.from(JSON.stringify(body)),
    },
    caller: { keyId: 'tester', admin: false },
    out: client,
    signal: socket.signal,
    abort: (reason) => socket.abort(reason),
    receivedMs: askedAtMs - (asking.uploadMs ?? 0),
  });
  return asked;
}
