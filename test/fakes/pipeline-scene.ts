// A scene for tests of the pipeline: one exchange on simulated time with scripted neighbours.

import { GatewayError } from '../../src/core/errors/index.ts';
import { CancelSource, createSystemRandom } from '../../src/core/platform/index.ts';
import type { Call, Model } from '../../src/core/neutral/index.ts';
import type { Dialect } from '../../src/dialects/port.ts';
import { CONVERSATION_DEFAULTS, type ConversationOptions } from '../../src/pipeline/bound/options.ts';
import { canEmulate } from '../../src/pipeline/emulation/emulates.ts';
import { createPipeline, type PipelineDependencies } from '../../src/pipeline/exchange.ts';
import { RESILIENCE_DEFAULTS, type ResilienceOptions } from '../../src/pipeline/resilience/options.ts';
import { createRouter } from '../../src/salesforce/routing/index.ts';
import type { EmbeddingSurface, Surface } from '../../src/salesforce/surfaces/port.ts';
import { createSimulatedTime, settlePromises } from '../simulated-time.ts';
import {
  createCountingTokens,
  createLineDialect,
  createLineSurface,
  createRecordedOut,
  createRememberingTelemetry,
  createScriptedHost,
  MODEL,
} from './pipeline-parts.ts';

export const TIMEOUT_MS = RESILIENCE_DEFAULTS.timeLimits.maxMs;

/** For scenes of what one try comes to. */
export const ONE_TRY: ResilienceOptions = {
  ...RESILIENCE_DEFAULTS,
  retry: { ...RESILIENCE_DEFAULTS.retry, retriesMax: 0 },
};

/** As `start`, where a failed try stays failed. */
export const startOnce = (
  call: Call,
  surfaces?: readonly Surface[],
  dialect?: Dialect,
): ReturnType<typeof start> => start(call, surfaces, dialect, undefined, ONE_TRY);

/** One exchange on simulated time, with neighbours that do as the test says. */
export function start(
  call: Call,
  surfaces: readonly Surface[] = [createLineSurface('gateway-generations')],
  dialect: Dialect = createLineDialect(call),
  media?: PipelineDependencies['media'],
  resilience: ResilienceOptions = RESILIENCE_DEFAULTS,
  conversation: ConversationOptions = CONVERSATION_DEFAULTS,
) {
  return startOperation({ surfaces, dialect, media, resilience, conversation });
}

type Neighbours = {
  readonly dialect: Dialect;
  readonly surfaces?: readonly Surface[];
  readonly embeddings?: readonly EmbeddingSurface[];
  readonly media?: PipelineDependencies['media'];
  readonly resilience?: ResilienceOptions;
  readonly conversation?: ConversationOptions;
  readonly replyBytesMax?: number;
  /** What is else about the one model there is. */
  readonly model?: Partial<Model>;
};

/** As `start`, for any operation: the one that the dialect decodes. */
export function startOperation(neighbours: Neighbours) {
  const { dialect, surfaces = [], embeddings = [], media, model } = neighbours;
  const { resilience = RESILIENCE_DEFAULTS, replyBytesMax = 1000 } = neighbours;
  const { conversation = CONVERSATION_DEFAULTS } = neighbours;
  const known: Model = { ...MODEL, ...model };
  const time = createSimulatedTime();
  const host = createScriptedHost();
  const tokens = createCountingTokens();
  const telemetry = createRememberingTelemetry();
  const out = createRecordedOut();
  const router = createRouter(
    { preference: 'auto', perModel: {}, trust: { piiMasking: undefined, localization: undefined } },
    { surfaces, embeddings, clock: time.clock, emulates: canEmulate },
  );
  const pipeline = createPipeline(
    {
      trust: { piiMasking: undefined, localization: undefined },
      resilience,
      conversation,
      replyBytesMax,
    },
    {
      clock: time.clock,
      timers: time.timers,
      random: createSystemRandom(),
      catalogue: {
        resolve: (name) =>
          name === known.id ? { type: 'found', model: known } : { type: 'unknown', nearest: ['claude-test'] },
        list: () => [known],
      },
      router,
      tokens,
      host,
      telemetry,
      media,
    },
  );
  const socket = new CancelSource();
  const client = { abort: () => socket.abort(new GatewayError('client_closed', 'gone')) };
  const run = (): Promise<void> =>
    pipeline.run({
      requestId: 'r1',
      dialect,
      request: { method: 'POST', route: '/lines', rest: '', query: '', headers: {}, body: new Uint8Array() },
      caller: { keyId: 'tester', admin: false },
      out,
      signal: socket.signal,
      abort: (reason) => socket.abort(reason),
      receivedMs: time.clock.monotonicMs(),
    });
  const done = run();
  return { time, host, tokens, telemetry, out, client, pipeline, done, run };
}

/** The upstream call number `index`, once it is made. */
export const sent = async (scene: ReturnType<typeof startOperation>, index = 0) => {
  await settlePromises();
  const call = scene.host.calls[index];
  if (call === undefined) throw new Error(`no upstream call ${index}`);
  return call;
};
