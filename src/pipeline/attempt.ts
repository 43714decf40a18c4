// Carries a planned call: step by step until one serves it. A step is tried again only to change the token; the next
// step is taken only when the org turns out not to have this one. Nothing is tried again once content reached the client.

import { GatewayError } from '../core/errors/index.ts';
import type { GenerateOperation, Loss, Model } from '../core/neutral/index.ts';
import type { ReplyContext } from '../dialects/port.ts';
import type { Token } from '../salesforce/credentials/port.ts';
import type { Step } from '../salesforce/routing/port.ts';
import type { Adaptation, Failure, SurfaceContext, UpstreamRequest } from '../salesforce/surfaces/port.ts';
import type { AdaptationMemory } from './adaptation-memory.ts';
import type { ClientSide } from './client-side.ts';
import type { Deadline } from './deadline.ts';
import type { PipelineDependencies, PipelineOptions } from './options.ts';
import { planHeaders } from './plan-headers.ts';
import type { ExchangeRecord } from './record.ts';
import { UpstreamCall, type CallResult } from './upstream-call.ts';

export type AttemptParts = {
  readonly operation: GenerateOperation;
  readonly requestId: string;
  readonly replyContext: ReplyContext;
  readonly client: ClientSide;
  readonly deadline: Deadline;
  readonly record: ExchangeRecord;
};

/** What all attempts share. */
export type AttemptWorld = {
  readonly options: PipelineOptions;
  readonly deps: PipelineDependencies;
  readonly adaptations: AdaptationMemory;
};

const IDENTIFIER_HEX = 24;

/** Resolves when the call is served; @throws GatewayError otherwise. */
export async function attempt(
  steps: readonly Step[],
  parts: AttemptParts,
  world: AttemptWorld,
): Promise<void> {
  let last: GatewayError | undefined;
  for (const step of steps) {
    const failure = await carry(step, parts, world);
    if (failure === undefined) return;
    last = failure.error;
    if (!isAbsence(failure.error)) throw failure.error;
    world.deps.router.reportMissing(step);
  }
  throw absenceError(parts.operation, steps[0]?.model, last, world);
}

/** The org does not have this model on this surface; another surface may still serve it. */
function isAbsence(error: GatewayError): boolean {
  return error.code === 'model_not_found' || error.code === 'upstream_forbidden';
}

/** With the absent surfaces known, the router may have a better word for it than the last "not found". */
function absenceError(
  operation: GenerateOperation,
  model: Model | undefined,
  last: GatewayError | undefined,
  world: AttemptWorld,
): GatewayError {
  const again = model === undefined ? undefined : world.deps.router.plan(operation.call, model);
  if (again?.type === 'refuse' && again.error.code === 'unsupported') return again.error;
  return last ?? new GatewayError('internal', 'The gateway had no way to carry this request.');
}

/**
 * One step. Tried again before commitment for two reasons only: once with another token, and once for each thing the model
 * turned out to demand.
 */
async function carry(step: Step, parts: AttemptParts, world: AttemptWorld): Promise<Failure | undefined> {
  const { tokens } = world.deps;
  let renewed = false;
  for (;;) {
    const token = await tokens.get(parts.deadline.signal);
    const adaptations = world.adaptations.of(step);
    const { failure, committed } = await send(step, token, adaptations, parts, world);
    if (failure === undefined) {
      tokens.confirm(token);
      return undefined;
    }
    if (failure.token === 'rejected') tokens.invalidate(token);
    if (committed) return failure;
    if (doubts(failure, token, world)) {
      if (!renewed) {
        if (failure.token === 'suspect') tokens.invalidate(token);
        renewed = true;
        continue;
      }
      // A fresh token met the same 404: it means the model. Without this, every invented name would force a mint.
      if (failure.token === 'suspect') tokens.confirm(token);
    }
    const { adaptation } = failure;
    if (adaptation === undefined || !world.adaptations.learn(step, adaptation, adaptations)) return failure;
  }
}

/** Whether the call failed for want of a good token, and may be repeated with another. */
function doubts(failure: Failure, token: Token, world: AttemptWorld): boolean {
  if (failure.token === 'rejected') return true;
  return failure.token === 'suspect' && !world.deps.tokens.isProven(token);
}

async function send(
  step: Step,
  token: Token,
  adaptations: ReadonlySet<Adaptation>,
  parts: AttemptParts,
  world: AttemptWorld,
): Promise<CallResult> {
  const { client, deadline, record } = parts;
  const { options, deps } = world;
  const { call } = parts.operation;
  const surfaceContext: SurfaceContext = {
    model: step.model,
    stream: call.stream && step.surface.streams,
    maxOutputTokens: call.maxOutputTokens,
    trust: options.trust,
    adaptations,
    newId: () => deps.random.hex(IDENTIFIER_HEX),
  };
  const { request, loss } = encode(step, parts.operation, surfaceContext);
  record.surface = step.surface.id;
  record.loss = loss;
  record.attempts += 1;
  client.announce(planHeaders(step.surface.id, step.model, loss));

  const result = await new Promise<CallResult>((resolve) => {
    const upstream = new UpstreamCall({
      step,
      surfaceContext,
      replyContext: parts.replyContext,
      client,
      deadline,
      replyBytesMax: options.replyBytesMax,
      resolve,
    });
    deps.host.send(
      {
        ...request,
        authorization: token.authorization,
        tenantKey: token.tenantKey,
        requestId: parts.requestId,
      },
      upstream,
      deadline.signal,
    );
  });
  record.usage = result.usage;
  record.modelServed = result.servedModel;
  record.upstreamRequestId = result.upstreamRequestId;
  return result;
}

function encode(
  step: Step,
  operation: GenerateOperation,
  context: SurfaceContext,
): { readonly request: UpstreamRequest; readonly loss: readonly Loss[] } {
  const { surface, mode } = step;
  if (mode === 'translate') return surface.encode(operation.call, context);
  // Only a mistake of ours makes a plan and its parts disagree.
  if (surface.passthrough === undefined || operation.native === undefined) {
    throw new Error(`a passthrough step on ${surface.id}, which has none for this call`);
  }
  return surface.passthrough.encode(operation.native.body, operation.call, context);
}
