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
  let absence = await tryEach(steps, parts, world);
  if (absence === undefined) return;
  const { tokens, router } = world.deps;
  // Salesforce answers 404 also to a token it cannot use, and this one has never served a call.
  if (absence.missing.length > 0 && absence.suspected && !tokens.isProven(absence.token)) {
    tokens.invalidate(absence.token);
    absence = await tryEach(steps, parts, world);
    if (absence === undefined) return;
    // A fresh token met the same answers: they mean the model. Otherwise every invented name would force a mint.
    if (absence.suspected) tokens.confirm(absence.token);
  }
  for (const step of absence.missing) router.reportMissing(step);
  throw absence.forbidden ?? absenceError(parts.operation, steps[0]?.model, absence.error, world);
}

/** No step served the call: each was answered "not here" or "not for you". */
type Absence = {
  readonly token: Token;
  readonly suspected: boolean;
  /** Those answered "not here", to be remembered. A refusal is the request's own and is not. */
  readonly missing: readonly Step[];
  readonly forbidden: GatewayError | undefined;
  readonly error: GatewayError;
};

/** Step after step until one serves the call: then undefined. @throws GatewayError for any other failure. */
async function tryEach(
  steps: readonly Step[],
  parts: AttemptParts,
  world: AttemptWorld,
): Promise<Absence | undefined> {
  const missing: Step[] = [];
  let absence: Absence | undefined;
  for (const step of steps) {
    const { failure, committed, token } = await carry(step, parts, world);
    if (failure === undefined) {
      // The token is good, so the steps before this one are what was wrong.
      for (const absent of missing) world.deps.router.reportMissing(absent);
      return undefined;
    }
    const { error } = failure;
    if (committed || !mayBeElsewhere(error)) throw error;
    if (error.code === 'model_not_found') missing.push(step);
    absence = {
      token,
      suspected: failure.token === 'suspect' || absence?.suspected === true,
      missing,
      forbidden: absence?.forbidden ?? (error.code === 'upstream_forbidden' ? error : undefined),
      error,
    };
  }
  return absence;
}

/** Another surface may still serve the call: the org lacks this one, or is not let in here. */
function mayBeElsewhere(error: GatewayError): boolean {
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

type Carried = {
  readonly failure: Failure | undefined;
  readonly committed: boolean;
  readonly token: Token;
};

/**
 * One step. Tried again before commitment for two reasons only: once with another token after a rejected one, and once
 * for each thing the model turned out to demand. What it demanded is remembered for others only when that was the cure.
 */
async function carry(step: Step, parts: AttemptParts, world: AttemptWorld): Promise<Carried> {
  const { tokens } = world.deps;
  let adaptations = world.adaptations.of(step);
  const learnt: Adaptation[] = [];
  let encoded = encode(step, parts, adaptations, world);
  let renewed = false;
  for (;;) {
    const token = await tokens.get(parts.deadline.signal);
    const { failure, committed } = await send(step, token, encoded, parts, world);
    if (failure === undefined) {
      tokens.confirm(token);
      for (const adaptation of learnt) world.adaptations.learn(step, adaptation);
      return { failure, committed, token };
    }
    if (failure.token === 'rejected') tokens.invalidate(token);
    if (committed) return { failure, committed, token };
    if (failure.token === 'rejected' && !renewed) {
      renewed = true;
      continue;
    }
    const { adaptation } = failure;
    if (adaptation === undefined || adaptations.has(adaptation)) return { failure, committed, token };
    adaptations = new Set([...adaptations, adaptation]);
    learnt.push(adaptation);
    const { body } = encoded.request;
    encoded = encode(step, parts, adaptations, world);
    // The call holds nothing of what was demanded: the same request would only be refused again.
    if (encoded.request.body === body) return { failure, committed, token };
  }
}

async function send(
  step: Step,
  token: Token,
  { request, loss, context }: Encoded,
  parts: AttemptParts,
  world: AttemptWorld,
): Promise<CallResult> {
  const { client, deadline, record } = parts;
  record.surface = step.surface.id;
  record.loss = loss;
  record.attempts += 1;
  client.announce(planHeaders(step, loss));

  const result = await new Promise<CallResult>((resolve) => {
    const upstream = new UpstreamCall({
      step,
      surfaceContext: context,
      replyContext: parts.replyContext,
      client,
      deadline,
      replyBytesMax: world.options.replyBytesMax,
      resolve,
    });
    const { path, accept, body } = request;
    const { authorization, tenantKey } = token;
    world.deps.host.send(
      { path, accept, body, authorization, tenantKey, requestId: parts.requestId },
      upstream,
      deadline.signal,
    );
  });
  record.usage = result.usage;
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
