// Carries a planned call: step by step until one serves it. A step is tried again only to change the token; the next
// step is taken only when the org turns out not to have this one. Nothing is tried again once content reached the client.

import { GatewayError } from '../core/errors/index.ts';
import type { Call, Model } from '../core/neutral/index.ts';
import type { ReplyContext } from '../dialects/port.ts';
import type { Token } from '../salesforce/credentials/port.ts';
import type { Step } from '../salesforce/routing/port.ts';
import type { Adaptation, Failure, SurfaceContext } from '../salesforce/surfaces/port.ts';
import type { ClientSide } from './client-side.ts';
import type { Deadline } from './deadline.ts';
import type { PipelineDependencies, PipelineOptions } from './options.ts';
import { planHeaders } from './plan-headers.ts';
import type { ExchangeRecord } from './record.ts';
import { UpstreamCall, type CallResult } from './upstream-call.ts';

export type AttemptParts = {
  readonly call: Call;
  readonly requestId: string;
  readonly replyContext: ReplyContext;
  readonly client: ClientSide;
  readonly deadline: Deadline;
  readonly record: ExchangeRecord;
};

const IDENTIFIER_HEX = 24;
const NO_ADAPTATIONS: ReadonlySet<Adaptation> = new Set();

/** Resolves when the call is served; @throws GatewayError otherwise. */
export async function attempt(
  steps: readonly Step[],
  parts: AttemptParts,
  options: PipelineOptions,
  deps: PipelineDependencies,
): Promise<void> {
  let last: GatewayError | undefined;
  for (const step of steps) {
    const failure = await carry(step, parts, options, deps);
    if (failure === undefined) return;
    last = failure.error;
    if (!isAbsence(failure.error)) throw failure.error;
    deps.router.reportMissing(step);
  }
  throw absenceError(parts.call, steps[0]?.model, last, deps);
}

/** The org does not have this model on this surface; another surface may still serve it. */
function isAbsence(error: GatewayError): boolean {
  return error.code === 'model_not_found' || error.code === 'upstream_forbidden';
}

/** With the absent surfaces known, the router may have a better word for it than the last "not found". */
function absenceError(
  call: Call,
  model: Model | undefined,
  last: GatewayError | undefined,
  deps: PipelineDependencies,
): GatewayError {
  const again = model === undefined ? undefined : deps.router.plan(call, model);
  if (again?.type === 'refuse' && again.error.code === 'unsupported') return again.error;
  return last ?? new GatewayError('internal', 'The gateway had no way to carry this request.');
}

/** One step, with at most one change of token. */
async function carry(
  step: Step,
  parts: AttemptParts,
  options: PipelineOptions,
  deps: PipelineDependencies,
): Promise<Failure | undefined> {
  const { tokens } = deps;
  const token = await tokens.get(parts.deadline.signal);
  const first = await send(step, token, parts, options, deps);
  const doubted = doubts(first, token, deps);
  if (!doubted) return concluded(first, token, deps);

  tokens.invalidate(token);
  const fresh = await tokens.get(parts.deadline.signal);
  const second = await send(step, fresh, parts, options, deps);
  // A fresh token met the same 404: it means the model. Without this, every invented model name would force a mint.
  if (second.failure?.token === 'suspect') tokens.confirm(fresh);
  if (second.failure?.token === 'rejected') tokens.invalidate(fresh);
  return concluded(second, fresh, deps);
}

/** Whether the call failed for want of a good token, and may be repeated with another. */
function doubts(result: CallResult, token: Token, deps: PipelineDependencies): boolean {
  if (result.failure === undefined || result.committed) return false;
  if (result.failure.token === 'rejected') return true;
  return result.failure.token === 'suspect' && !deps.tokens.isProven(token);
}

function concluded(result: CallResult, token: Token, deps: PipelineDependencies): Failure | undefined {
  if (result.failure === undefined) deps.tokens.confirm(token);
  return result.failure;
}

async function send(
  step: Step,
  token: Token,
  parts: AttemptParts,
  options: PipelineOptions,
  deps: PipelineDependencies,
): Promise<CallResult> {
  const { call, client, deadline, record } = parts;
  const surfaceContext: SurfaceContext = {
    model: step.model,
    stream: call.stream && step.surface.streams,
    maxOutputTokens: call.maxOutputTokens,
    trust: options.trust,
    adaptations: NO_ADAPTATIONS,
    newId: () => deps.random.hex(IDENTIFIER_HEX),
  };
  const { request, loss } = step.surface.encode(call, surfaceContext);
  record.surface = step.surface.id;
  record.loss = loss;
  record.attempts += 1;
  client.announce(planHeaders(step.surface.id, step.model, loss));

  const result = await new Promise<CallResult>((resolve) => {
    const upstream = new UpstreamCall({
      surface: step.surface,
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
