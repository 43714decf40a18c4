// Carries a planned call: step by step until one serves it. A step is tried again only to change the token; the next
// step is taken only when the org turns out not to have this one. Nothing is tried again once content reached the client.

import { GatewayError } from '../core/errors/index.ts';
import type { GenerateOperation, Loss, Model, Usage } from '../core/neutral/index.ts';
import type { ReplyContext } from '../dialects/port.ts';
import type { Token } from '../salesforce/credentials/port.ts';
import type { Step } from '../salesforce/routing/port.ts';
import type { Adaptation, Failure, SurfaceContext, UpstreamRequest } from '../salesforce/surfaces/port.ts';
import type { AdaptationMemory } from './adaptation-memory.ts';
import type { ReplySide } from './client-side.ts';
import { withoutEmulated } from './emulation/limits.ts';
import type { Deadline } from './deadline.ts';
import type { PipelineDependencies, PipelineOptions } from './options.ts';
import { planHeaders } from './plan-headers.ts';
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
};

const IDENTIFIER_HEX = 24;

/** Resolves when the call is served; @throws GatewayError otherwise. */
export async function attempt(
  steps: readonly Step[],
  parts: AttemptParts,
  world: AttemptWorld,
): Promise<void> {
  const first = await tryEach(steps, parts, world);
  if (first === undefined) return;
  const { tokens, router } = world.deps;
  let last = first;
  // Salesforce answers 404 also to a token it cannot use, and this one has never served a call.
  if (first.suspected && !tokens.isProven(first.token)) {
    tokens.invalidate(first.token);
    const second = await tryEach(steps, parts, world);
    if (second === undefined) return;
    last = second;
    // A fresh token met the same answers: they mean the model. Otherwise every invented name would force a mint.
    tokens.confirm(second.token);
  }
  for (const step of steps) router.reportMissing(step);
  throw absenceError(parts.operation, steps[0]?.model, last.error, world);
}

/** All steps were answered "not here". */
type Absence = { readonly token: Token; readonly suspected: boolean; readonly error: GatewayError };

/** Step after step until one serves the call: then undefined. @throws GatewayError for any other failure. */
async function tryEach(
  steps: readonly Step[],
  parts: AttemptParts,
  world: AttemptWorld,
): Promise<Absence | undefined> {
  let absence: Absence | undefined;
  const absent: Step[] = [];
  for (const step of steps) {
    const { failure, token } = await carry(step, parts, world);
    if (failure === undefined) {
      // The token is good, so the steps before this one are what was wrong.
      for (const missing of absent) world.deps.router.reportMissing(missing);
      return undefined;
    }
    if (!isAbsence(failure.error)) throw failure.error;
    absent.push(step);
    absence = {
      token,
      suspected: failure.token === 'suspect' || absence?.suspected === true,
      error: failure.error,
    };
  }
  return absence;
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

type Carried = { readonly failure: Failure | undefined; readonly token: Token };

/**
 * One step. Tried again before commitment for two reasons only: once with another token after a rejected one, and once
 * for each thing the model turned out to demand.
 */
async function carry(step: Step, parts: AttemptParts, world: AttemptWorld): Promise<Carried> {
  const { tokens } = world.deps;
  let renewed = false;
  for (;;) {
    const token = await tokens.get(parts.deadline.signal);
    const adaptations = world.adaptations.of(step);
    const { failure, committed } = await send(step, token, adaptations, parts, world);
    if (failure === undefined) tokens.confirm(token);
    else if (failure.token === 'rejected') tokens.invalidate(token);
    if (failure === undefined || committed) return { failure, token };
    if (failure.token === 'rejected' && !renewed) {
      renewed = true;
      continue;
    }
    const { adaptation } = failure;
    if (adaptation === undefined || !world.adaptations.learn(step, adaptation, adaptations)) {
      return { failure, token };
    }
  }
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
  client.announce(planHeaders(step, loss));

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
  if (mode === 'translate') return surface.encode(withoutEmulated(operation.call, step.emulated), context);
  // Only a mistake of ours makes a plan and its parts disagree.
  if (surface.passthrough === undefined || operation.native === undefined) {
    throw new Error(`a passthrough step on ${surface.id}, which has none for this call`);
  }
  return surface.passthrough.encode(operation.native.body, operation.call, context);
}
