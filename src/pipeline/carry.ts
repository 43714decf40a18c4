// Carries a call by one planned step: through the gate, then a token, the request, and what came of it.

import { toGatewayError, type GatewayError } from '../core/errors/index.ts';
import type { CallLoss, GenerateOperation, Loss, Usage } from '../core/neutral/index.ts';
import type { ReplyContext } from '../dialects/port.ts';
import type { Token } from '../salesforce/credentials/port.ts';
import type { Step } from '../salesforce/routing/port.ts';
import type { Adaptation, Failure, SurfaceContext, UpstreamRequest } from '../salesforce/surfaces/port.ts';
import type { AdaptationMemory } from './adaptation-memory.ts';
import type { ReplySide } from './client-side.ts';
import type { ContentNotes } from './content-notes.ts';
import type { Deadline } from './deadline.ts';
import { settleUsage } from './estimate/settled-usage.ts';
import { passGate, type Visit } from './gate.ts';
import type { PipelineDependencies, PipelineOptions } from './options.ts';
import { planHeaders } from './plan-headers.ts';
import type { Resilience } from './resilience/resilience.ts';
import type { TraceNotes } from './trace-notes.ts';
import { UpstreamCall, type CallResult } from './upstream-call.ts';

/** What the attempts of one call write down. */
export type AttemptRecord = {
  surface: string | undefined;
  loss: readonly CallLoss[];
  /** Upstream calls made. */
  attempts: number;
  usage: Usage;
  modelServed: string | undefined;
  upstreamRequestId: string | undefined;
  /** Whether an emulation took a second round, so that the usage is that of two calls. */
  repaired: boolean;
  /** Undefined where nobody traces. */
  readonly trace: TraceNotes | undefined;
  /** Undefined where content is not logged. */
  readonly content: ContentNotes | undefined;
};

export type AttemptParts = {
  readonly operation: GenerateOperation;
  readonly requestId: string;
  readonly replyContext: ReplyContext;
  readonly client: ReplySide;
  readonly deadline: Deadline;
  readonly record: AttemptRecord;
  /** What was lost or changed before any surface was asked. */
  readonly told: readonly CallLoss[];
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
export function carry(step: Step, parts: AttemptParts, world: AttemptWorld): Promise<Carried> {
  const { surface, model } = step;
  const call = (visit: Visit): Promise<Carried> => callUntilSettled(step, visit, parts, world);
  return passGate(surface.id, model.apiName, parts.deadline, world, call, refused);
}

function refused(error: GatewayError): Carried {
  return { failure: { error, token: 'unaffected' }, final: false, token: undefined };
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
  const { clock, tokens } = world.deps;
  const { trace } = parts.record;
  let adaptations = world.adaptations.of(step);
  const learnt: Adaptation[] = [];
  let encoded = encode(step, parts, adaptations, world);
  let renewed = false;
  for (;;) {
    const { signal } = parts.deadline;
    const got = tokens.get(signal);
    const token = got instanceof Promise ? await (trace?.waitFor(got) ?? got) : got;
    // Whoever left while we waited must not cost a call.
    if (signal.aborted) throw toGatewayError(signal.reason);
    const sentMs = clock.monotonicMs();
    visit.sentMs = sentMs;
    const result = await send(step, token, encoded, visit, parts, world);
    visit.firstByteMs = result.headMs === undefined ? undefined : result.headMs - sentMs;
    write(result, parts);
    trace?.noteCall(noteOf(result, step, sentMs, parts.record.attempts - 1));
    const { failure } = result;
    const final = result.committed || result.hopeless;
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

/** The promise itself and not another around it. */
function send(
  step: Step,
  token: Token,
  { request, loss, context }: Encoded,
  visit: Visit,
  parts: AttemptParts,
  world: AttemptWorld,
): Promise<CallResult> {
  const { client, deadline, record } = parts;
  record.surface = step.surface.id;
  record.loss = parts.told.length === 0 ? loss : [...parts.told, ...loss];
  record.attempts += 1;
  client.announce(planHeaders(step, record.loss));

  return new Promise<CallResult>((resolve) => {
    const upstream = new UpstreamCall({
      step,
      surfaceContext: context,
      replyContext: parts.replyContext,
      client,
      deadline,
      replyBytesMax: world.options.replyBytesMax,
      clock: world.deps.clock,
      quotas: world.resilience.quotas,
      prove: visit.prove,
      content: record.content,
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
}

function write(result: CallResult, { record, replyContext, deadline }: AttemptParts): void {
  const { aborted, reason } = deadline.signal;
  const isEnded = aborted && result.failure?.error === reason;
  record.usage = settleUsage(result, replyContext, isEnded);
  record.modelServed = result.servedModel;
  record.upstreamRequestId = result.upstreamRequestId;
}

function noteOf(
  result: CallResult,
  { surface, model }: Step,
  startedMs: number,
  retry: number,
): Parameters<TraceNotes['noteCall']>[0] {
  const { servedModel, failure, status, upstreamRequestId, replyId, finish, usage, contentMs } = result;
  return {
    surface: surface.id,
    model: model.apiName,
    retry,
    startedMs,
    status,
    error: failure?.error,
    upstreamRequestId,
    modelServed: servedModel,
    replyId,
    finish,
    usage,
    contentMs,
  };
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
    tapsContent: parts.record.content !== undefined,
  };
  if (mode === 'translate') {
    const { request, loss } = surface.encode(call, context);
    return { request, loss, context };
  }
  // Only a mistake of ours makes a plan and its parts disagree.
  if (surface.passthrough === undefined || native === undefined) {
    throw new Error(`a passthrough step on ${surface.id}, which has none for this call`);
  }
  const { request, loss } = surface.passthrough.encode(native.body, call, context);
  return { request, loss, context };
}
