// One request from its decoding to its settling. Reads as a contents page; each stage is a file of its own.

import { GatewayError, toGatewayError } from '../core/errors/index.ts';
import type {
  Call,
  CallLoss,
  EmbedCall,
  GenerateOperation,
  Model,
  Operation,
} from '../core/neutral/index.ts';
import type { Clock, Random } from '../core/platform/index.ts';
import type { ReplyContext } from '../dialects/port.ts';
import { AdaptationMemory } from './adaptation-memory.ts';
import { admitModel } from './admit.ts';
import { boundConversation } from './bound/bound.ts';
import { ClientSide } from './client-side.ts';
import { ExchangeDeadline } from './deadline.ts';
import { embed } from './embed.ts';
import { createEstimator, type Estimator } from './estimate/estimator.ts';
import { attemptLegs, countLegs } from './legs.ts';
import { holdsRemoteMedia, refuseRemoteMedia, resolveRemoteMedia } from './media/resolve.ts';
import type { PipelineDependencies, PipelineOptions } from './options.ts';
import type { Exchange, Pipeline } from './port.ts';
import { continuedBy, keepResponse, recall, serveStored } from './recall.ts';
import { ExchangeRecord } from './record.ts';
import { Resilience, type ResilienceReading } from './resilience/resilience.ts';
import { limitOfTexts, longestLimitOf } from './resilience/time-limit.ts';
import { attemptWithRetries } from './retrying.ts';
import { SilenceWatch } from './silence-watch.ts';
import { withNumbers } from './too-long.ts';

export type { PipelineDependencies, PipelineOptions } from './options.ts';

const IDENTIFIER_HEX = 24;

/** The whole pipeline, of which whoever serves clients needs less. */
export type ObservedPipeline = Pipeline & {
  /** How it stands with Salesforce: breakers, limiters, retries. */
  resilience(): ResilienceReading;
};

export function createPipeline(options: PipelineOptions, deps: PipelineDependencies): ObservedPipeline {
  let inFlight = 0;
  const resilience = new Resilience(options.resilience, {
    clock: deps.clock,
    timers: deps.timers,
    observe: deps.observe ?? ignore,
  });
  const world = { options, deps, adaptations: new AdaptationMemory(deps.clock), resilience };
  const estimator = createEstimator();

  async function run(exchange: Exchange): Promise<void> {
    inFlight += 1;
    deps.telemetry.begin();
    const record = new ExchangeRecord(exchange, deps);
    const client = new ClientSide(exchange, deps.clock);
    let error: GatewayError | undefined;
    try {
      const decoded = exchange.dialect.decode(exchange.request);
      record.operation = decoded.type;
      const previous = continuedBy(decoded);
      const operation = previous === undefined ? decoded : await recall(previous, exchange, deps.responses);
      // What nearly all requests ask for goes straight, without a promise on its way.
      if (operation.type === 'generate') await generate(operation, exchange, client, record);
      else await serve(operation, exchange, client, record);
    } catch (thrown) {
      error = toGatewayError(thrown);
      failClient(client, error);
    }
    inFlight -= 1;
    record.settle(deps.telemetry, deps.clock, client, error);
  }

  async function serve(
    operation: Exclude<Operation, GenerateOperation>,
    exchange: Exchange,
    client: ClientSide,
    record: ExchangeRecord,
  ): Promise<void> {
    switch (operation.type) {
      case 'embed':
        await serveEmbeddings(operation.call, exchange, client, record);
        return;
      case 'count-tokens':
        record.modelAsked = operation.call.model;
        record.model = admitModel(operation.call.model, deps.catalogue);
        client.answer({
          type: 'token-count',
          inputTokens: estimator.estimate(operation.call, record.model),
        });
        return;
      case 'list-models':
        client.answer({
          type: 'models',
          models: (await deps.orgModels?.list()) ?? deps.catalogue.list(),
        });
        return;
      case 'get-model':
        client.answer({ type: 'model', model: admitModel(operation.model, deps.catalogue) });
        return;
      case 'response-store':
        client.answer(await serveStored(operation, exchange, deps.responses));
    }
  }

  async function serveEmbeddings(
    call: EmbedCall,
    exchange: Exchange,
    client: ClientSide,
    record: ExchangeRecord,
  ): Promise<void> {
    record.modelAsked = call.model;
    record.content?.askTexts(call.texts);
    const model = admitModel(call.model, deps.catalogue);
    record.model = model;
    const limit = limitOfTexts(call.texts, options.resilience.timeLimits);
    const deadline = new ExchangeDeadline(exchange, limit, deps.clock.monotonicMs(), deps.timers);
    try {
      await embed({ call, model, requestId: exchange.requestId, client, deadline, record }, world);
    } finally {
      deadline.lift();
    }
  }

  async function generate(
    asked: GenerateOperation,
    exchange: Exchange,
    client: ClientSide,
    record: ExchangeRecord,
  ): Promise<void> {
    record.stream = asked.call.stream;
    record.trace?.ask(asked.call);
    record.content?.ask([asked.call, ...(asked.furtherCalls ?? [])]);
    record.modelAsked = asked.call.model;
    const model = admitModel(asked.call.model, deps.catalogue);
    record.model = model;
    const { operation, told } = bound(asked, model, options.conversation, estimator);
    const { call } = operation;
    const { media } = deps;
    const remote = holdsRemoteMedia(call);
    if (remote && media === undefined) refuseRemoteMedia(call);
    // Whoever changes the call drops its native body, and the way through with it.
    const isSplit = countLegs(operation) > 1;
    const protocol = remote || isSplit ? undefined : operation.native?.protocol;
    const plan = deps.router.plan(call, model, protocol);
    if (plan.type === 'refuse') throw plan.error;

    const calls = operation.furtherCalls === undefined ? [call] : [call, ...operation.furtherCalls];
    const limit = longestLimitOf(calls, model, options.resilience.timeLimits);
    const deadline = new ExchangeDeadline(exchange, limit, deps.clock.monotonicMs(), deps.timers);
    let replyContext = new OpenReplyContext(operation, model, estimator, deps);
    const watch = call.stream ? watchSilence(exchange, client, () => replyContext) : undefined;
    try {
      let ready = operation;
      if (remote && media !== undefined) {
        ready = await resolveRemoteMedia(operation, media, deadline.signal);
        replyContext = new OpenReplyContext(ready, model, estimator, deps);
      }
      const { requestId } = exchange;
      const parts = { operation: ready, requestId, replyContext, client, deadline, record, told };
      await (isSplit ? attemptLegs : attemptWithRetries)(plan.steps, parts, world);
      client.endStream();
      if (operation.keep !== undefined) {
        await keepResponse(operation, client.finished, exchange, deps.responses);
      }
      // The usage of several prompts teaches nothing about one of them, nor does that of an extra round.
      if (ready.furtherCalls === undefined && !record.repaired)
        estimator.learn(ready.call, record.usage, model);
    } catch (thrown) {
      throw withNumbers(toGatewayError(thrown), call, model, () => estimator.estimate(call, model));
    } finally {
      watch?.stop();
      deadline.lift();
    }
  }

  function watchSilence(exchange: Exchange, client: ClientSide, context: () => ReplyContext): SilenceWatch {
    return new SilenceWatch({
      watched: client,
      options: options.resilience.stream,
      clock: deps.clock,
      timers: deps.timers,
      open: () => {
        resilience.streamsOpenedBySilence += 1;
        client.open(context());
      },
      fail: (thrown) => exchange.abort(toGatewayError(thrown)),
    });
  }

  function refuse(exchange: Exchange, error: GatewayError): void {
    deps.telemetry.begin();
    const client = new ClientSide(exchange, deps.clock);
    failClient(client, error);
    new ExchangeRecord(exchange, deps).settle(deps.telemetry, deps.clock, client, error);
  }

  return { run, refuse, inFlight: () => inFlight, resilience: () => resilience.reading() };
}

type Bound = { readonly operation: GenerateOperation; readonly told: readonly CallLoss[] };

function ignore(): void {
  // Nobody wants to know.
}

/** A client that left is told nothing; a dialect that cannot even say the error must not take the process along. */
function failClient(client: ClientSide, error: GatewayError): void {
  try {
    client.fail(error);
  } catch {
    client.abandon();
  }
}

/** A call that is changed loses its native body, and the way through with it. */
function bound(
  asked: GenerateOperation,
  model: Model,
  options: PipelineOptions['conversation'],
  estimator: Estimator,
): Bound {
  const { call, loss } = boundConversation(asked.call, model, options, (one) =>
    estimator.estimate(one, model),
  );
  if (loss === undefined) return { operation: asked, told: [] };
  const { native: _native, ...others } = asked;
  return { operation: { ...others, call }, told: [loss] };
}

/** A class, because an object with a getter of its own costs five times as much to make (measured). */
class OpenReplyContext implements ReplyContext {
  readonly createdS: number;
  readonly call: Call;
  readonly streamUsage: boolean;
  readonly manner: string | undefined;
  readonly echo: GenerateOperation['echo'];
  readonly #clock: Clock;
  readonly #model: Model;
  readonly #estimator: Estimator;
  readonly #random: Random;

  constructor(
    operation: GenerateOperation,
    model: Model,
    estimator: Estimator,
    deps: { readonly clock: Clock; readonly random: Random },
  ) {
    this.createdS = Math.floor(deps.clock.nowMs() / 1000);
    this.call = operation.call;
    this.streamUsage = operation.streamUsage;
    this.manner = operation.manner;
    this.echo = operation.echo;
    this.#clock = deps.clock;
    this.#model = model;
    this.#estimator = estimator;
    this.#random = deps.random;
  }

  readonly newId = (): string => this.#random.hex(IDENTIFIER_HEX);

  readonly nowS = (): number => Math.floor(this.#clock.nowMs() / 1000);

  /** Read by few dialects, so it is counted only when asked for. */
  get inputTokensEstimate(): number {
    return this.#estimator.estimate(this.call, this.#model);
  }
}
