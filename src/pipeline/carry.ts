// Carries a call by one planned step: a place in the limiter, a word of the breaker, a token, the request, and what came
// of it. The place is held to the end of the upstream's stream and never while a request sleeps.

import { toGatewayError, type GatewayError } from '../core/errors/index.ts';
import type { GenerateOperation, Loss, Usage } from '../core/neutral/index.ts';
import type { ReplyContext } from '../dialects/port.ts';
import type { Token } from '../salesforce/credentials/port.ts';
import type { Step } from '../salesforce/routing/port.ts';
import type { Adaptation, Failure, SurfaceContext, UpstreamRequest } from '../salesforce/surfaces/port.ts';
import type { AdaptationMemory } from './adaptation-memory.ts';
import type { ReplySide } from './client-side.ts';
import type { Deadline } from './deadline.ts';
import { withoutEmulated } from './emulation/limits.ts';
import { settleUsage } from './estimate/settled-usage.ts';
import type { PipelineDependencies, PipelineOptions } from './options.ts';
import { planHeaders } from './plan-headers.ts';
import { REFUSED } from './resilience/breaker.ts';
import { brokenError, resultOf } from './resilience/breakers.ts';
import type { CallSign } from './resilience/limiter.ts';
import type { Resilience } from './resilience/resilience.ts';
import { UpstreamCall, type CallResult } from './upstream-call.ts';

/** What the attempts of one call write down. */
export type AttemptRecord = {
  surface: string | undefined;
  loss: readonly Loss[];
  /** Upstream calls made. */
  attempts: number;
  usage: Usage;
  modelServed: string | undefined;
  upstreamRequestId: string | undefined;
};

export type AttemptParts = {
  readonly operation: GenerateOperation;
  readonly requestId: string;
  readonly replyContext: ReplyContext;
  readonly client: ReplySide;
  readonly deadline: Deadline;
  readonly record: AttemptRecord;
};

/** What all attempts share. */
export type AttemptWorld = {
  readonly options: PipelineOptions;
  readonly deps: PipelineDependencies;
  readonly adaptations: AdaptationMemory;
  readonly resilience: Resilience;
};

const IDENTIFIER_HEX = 24;

/** What came of a step. */
export type Carried = {
  /** Undefined where the call was served. */
  readonly failure: Failure | undefined;
  /** Whether it must stay at that: content reached the client, or once more would be the same. */
  readonly final: boolean;
  /** The token of the last call; undefined where none was made because the breaker is open. */
  readonly token: Token | undefined;
};

/** @throws GatewayError where no call could be made: no place, no token, a request that cannot be encoded. */
export async function carry(step: Step, parts: AttemptParts, world: AttemptWorld): Promise<Carried> {
  const { clock } = world.deps;
  const surface = step.surface.id;
  const limiter = world.resilience.limiters.of(surface);
  const breaker = world.resilience.breakers.of(surface, step.model.apiName);
  if (!limiter.tryEnter()) {
    // There is no point in waiting for a place before a closed door.
    const waitMs = breaker.waitMs(clock.monotonicMs());
    if (waitMs > 0) return refused(surface, waitMs);
    await limiter.enter(parts.deadline.signal);
  }
  const startedMs = clock.monotonicMs();
  const ticket = breaker.enter(startedMs);
  if (ticket === REFUSED) {
    limiter.leave();
    return refused(surface, breaker.waitMs(startedMs));
  }
  const visit: Visit = { upstream: undefined, firstByteMs: undefined };
  let carried: Carried | undefined;
  try {
    carried = await callUntilSettled(step, visit, parts, world);
    return carried;
  } finally {
    const error = carried?.failure?.error;
    // What ended the call from this side says nothing of Salesforce, unless it was the time limit.
    const isOurs = carried === undefined || isOwnEnding(error, parts.deadline);
    breaker.leave(ticket, isOurs ? 'unknown' : resultOf(error), clock.monotonicMs());
    limiter.learn(isOurs ? 'none' : signOf(error), startedMs, visit.firstByteMs);
    if (visit.upstream === undefined || visit.upstream.over) limiter.leave();
    else visit.upstream.linger(world.deps.timers, () => limiter.leave());
  }
}

/** What a step's calls leave behind. */
type Visit = { upstream: UpstreamCall | undefined; firstByteMs: number | undefined };

function refused(surface: string, waitMs: number): Carried {
  return {
    failure: { error: brokenError(surface, waitMs), token: 'unaffected' },
    final: false,
    token: undefined,
  };
}

function isOwnEnding(error: GatewayError | undefined, { signal, expired }: Deadline): boolean {
  return signal.aborted && !expired && error === signal.reason;
}

function signOf(error: GatewayError | undefined): CallSign {
  if (error === undefined) return 'good';
  return error.code === 'upstream_rate_limited' || error.code === 'upstream_timeout' ? 'strained' : 'none';
}

/**
 * Called again before commitment for two reasons only: once with another token after a rejected one, and once for each
 * thing the model turned out to demand. What it demanded is remembered for others only when that was the cure.
 */
async function callUntilSettled(
  step: Step,
  visit: Visit,
  parts: AttemptParts,
  world: AttemptWorld,
): Promise<Carried> {
  const { tokens } = world.deps;
  let adaptations = world.adaptations.of(step);
  const learnt: Adaptation[] = [];
  let encoded = encode(step, parts, adaptations, world);
  let renewed = false;
  for (;;) {
    const { signal } = parts.deadline;
    const token = await tokens.get(signal);
    // Whoever left while we waited must not cost a call.
    if (signal.aborted) throw toGatewayError(signal.reason);
    const { failure, committed, hopeless } = await send(step, token, encoded, visit, parts, world);
    const final = committed || hopeless;
    if (failure === undefined) {
      tokens.confirm(token);
      for (const adaptation of learnt) world.adaptations.learn(step, adaptation);
      return { failure, final, token };
    }
    if (failure.token === 'rejected') tokens.invalidate(token);
    if (final) return { failure, final, token };
    if (failure.token === 'rejected' && !renewed) {
      renewed = true;
      continue;
    }
    const { adaptation } = failure;
    if (adaptation === undefined || adaptations.has(adaptation)) return { failure, final, token };
    adaptations = new Set([...adaptations, adaptation]);
    learnt.push(adaptation);
    const { body } = encoded.request;
    encoded = encode(step, parts, adaptations, world);
    // The call holds nothing of what was demanded: the same request would only be refused again.
    if (encoded.request.body === body) return { failure, final, token };
  }
}

async function send(
  step: Step,
  token: Token,
  { request, loss, context }: Encoded,
  visit: Visit,
  parts: AttemptParts,
  world: AttemptWorld,
): Promise<CallResult> {
  const { client, deadline, record } = parts;
  record.surface = step.surface.id;
  record.loss = loss;
  record.attempts += 1;
  client.announce(planHeaders(step, loss));

  const sentMs = world.deps.clock.monotonicMs();
  const result = await new Promise<CallResult>((resolve) => {
    const upstream = new UpstreamCall({
      step,
      surfaceContext: context,
      replyContext: parts.replyContext,
      client,
      deadline,
      replyBytesMax: world.options.replyBytesMax,
      clock: world.deps.clock,
      resolve,
    });
    visit.upstream = upstream;
    const { path, accept, body } = request;
    const { authorization, tenantKey } = token;
    world.deps.host.send(
      { path, accept, body, authorization, tenantKey, requestId: parts.requestId },
      upstream,
      deadline.signal,
    );
  });
  visit.firstByteMs = result.headMs === undefined ? undefined : result.headMs - sentMs;
  record.usage = settleUsage(result, parts.replyContext);
  record.modelServed = result.servedModel;
  record.upstreamRequestId = result.upstreamRequestId;
  return result;
}

type Encoded = {
  readonly request: UpstreamRequest;
  readonly loss: readonly Loss[];
  readonly context: SurfaceContext;
};

function encode(
  step: Step,
  parts: AttemptParts,
  adaptations: ReadonlySet<Adaptation>,
  { options, deps }: AttemptWorld,
): Encoded {
  const { surface, mode, model } = step;
  const { call, native } = parts.operation;
  const context: SurfaceContext = {
    model,
    stream: call.stream && surface.streams,
    maxOutputTokens: call.maxOutputTokens,
    trust: options.trust,
    adaptations,
    newId: () => deps.random.hex(IDENTIFIER_HEX),
  };
  if (mode === 'translate') {
    const { request, loss } = surface.encode(withoutEmulated(call, step.emulated), context);
    return { request, loss, context };
  }
  // Only a mistake of ours makes a plan and its parts disagree.
  if (surface.passthrough === undefined || native === undefined) {
    throw new Error(`a passthrough step on ${surface.id}, which has none for this call`);
  }
  const { request, loss } = surface.passthrough.encode(native.body, call, context);
  return { request, loss, context };
}
