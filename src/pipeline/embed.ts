// A call for embeddings: its texts in batches of bounded size, a few at once, the vectors in the order of the texts.
// Usage is summed; the first batch that fails ends the others. Each batch goes the way of any other call: through the gate,
// again while that may help, and once with another token after one that was rejected or that a 404 puts in doubt.

import { GatewayError, toGatewayError } from '../core/errors/index.ts';
import {
  droppedLabels,
  UNKNOWN_USAGE,
  type EmbedCall,
  type Loss,
  type Model,
  type Usage,
} from '../core/neutral/index.ts';
import type { Token } from '../salesforce/credentials/port.ts';
import type { EmbeddingDecoded, EmbeddingSurface, Failure } from '../salesforce/surfaces/port.ts';
import type { Unserved } from './attempt.ts';
import type { AttemptRecord, AttemptWorld } from './carry.ts';
import type { ClientSide } from './client-side.ts';
import type { Deadline } from './deadline.ts';
import { textTokens } from './estimate/count.ts';
import { passGate, type Visit } from './gate.ts';
import { planHeaders } from './plan-headers.ts';
import { withRetries } from './retrying.ts';
import type { TraceNotes } from './trace-notes.ts';
import { sumUsage } from './usage-sum.ts';
import { sendWhole, type WholeAnswer } from './whole-call.ts';

/** Texts of one upstream call: their vectors are some 3 MB of JSON. */
export const BATCH_TEXTS_MAX = 96;
/** Characters of one upstream call, unless one text alone has more: below what an org that masks takes (459,000). */
export const BATCH_CHARACTERS_MAX = 400_000;
/** Upstream calls of one client's call at a time: an org has 1,000 a minute for all its clients. */
export const BATCHES_AT_ONCE_MAX = 4;

export type EmbedParts = {
  readonly call: EmbedCall;
  readonly model: Model;
  readonly requestId: string;
  readonly client: ClientSide;
  readonly deadline: Deadline;
  readonly record: AttemptRecord;
};

type EmbedWorld = Pick<AttemptWorld, 'options' | 'deps' | 'resilience'>;
type Served = Extract<EmbeddingDecoded, { type: 'vectors' }>;

/** @throws GatewayError of the first batch that failed. */
export async function embed(parts: EmbedParts, world: EmbedWorld): Promise<void> {
  const { call, model, client, record } = parts;
  assertWidth(call, model.embeddingDimensions);
  const plan = world.deps.router.planEmbedding(model);
  if (plan.type === 'refuse') throw plan.error;
  const { surface } = plan;
  record.surface = surface.id;
  record.loss = lossOf(call);
  client.announce(planHeaders({ surface, model, emulated: [] }, record.loss));

  const served = await serveAll(batchesOf(call.texts), surface, parts, world);
  const vectors = served.flatMap((batch) => batch.vectors);
  assertWidth(call, vectors[0]?.length);
  const usage = estimateWhereUnknown(sumUsage(served.map((batch) => batch.usage)), call);
  record.usage = usage;
  record.modelServed = served[0]?.servedModel;
  client.answer({ type: 'embeddings', call, reply: { vectors, usage, servedModel: record.modelServed } });
}

/** Nothing here can shorten a vector: whoever asks for another width is told so, and the model's own is let pass. */
function assertWidth(call: EmbedCall, width: number | undefined): void {
  if (call.dimensions === undefined || width === undefined || call.dimensions === width) return;
  throw new GatewayError(
    'unsupported',
    `'dimensions' is not supported: the vectors of ${call.model} are ${width} wide, and cannot be made shorter.`,
    { param: 'dimensions' },
  );
}

function lossOf(call: EmbedCall): readonly Loss[] {
  return Object.keys(call.labels).length === 0 ? [] : [droppedLabels(call.labels)];
}

/** In order, each within the limits; a text that is larger than them goes alone. */
export function batchesOf(texts: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let batch: string[] = [];
  let characters = 0;
  for (const text of texts) {
    const full = batch.length === BATCH_TEXTS_MAX || characters + text.length > BATCH_CHARACTERS_MAX;
    if (full && batch.length > 0) {
      batches.push(batch);
      batch = [];
      characters = 0;
    }
    batch.push(text);
    characters += text.length;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

async function serveAll(
  batches: readonly (readonly string[])[],
  surface: EmbeddingSurface,
  parts: EmbedParts,
  world: EmbedWorld,
): Promise<readonly Served[]> {
  const served: Served[] = [];
  let next = 0;
  let error: GatewayError | undefined;
  const work = async (): Promise<void> => {
    for (let index = next; index < batches.length && error === undefined; index = next) {
      next += 1;
      try {
        served[index] = await serveBatch(batches[index] ?? [], surface, parts, world);
      } catch (thrown) {
        if (error !== undefined) return;
        error = toGatewayError(thrown);
        if (batches.length > 1) parts.deadline.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(BATCHES_AT_ONCE_MAX, batches.length) }, work));
  if (error !== undefined) throw error;
  return served;
}

/** @throws GatewayError where the batch stays unserved. */
async function serveBatch(
  texts: readonly string[],
  surface: EmbeddingSurface,
  parts: EmbedParts,
  world: EmbedWorld,
): Promise<Served> {
  const { model, deadline } = parts;
  const tries: Tries = { made: 0 };
  let served: Served | undefined;
  const serve = async (): Promise<Unserved | undefined> => {
    const call = (visit: Visit): Promise<Settled> =>
      callUntilSettled(texts, surface, visit, tries, parts, world);
    const came = await passGate(surface.id, model.apiName, deadline, world, call, refused);
    served = came.served;
    return came.failure === undefined ? undefined : { error: came.failure.error, final: came.final };
  };
  await withRetries(serve, deadline, world);
  if (served === undefined) throw new Error('a batch ended without vectors and without a failure');
  return served;
}

/** How often a batch was sent. */
type Tries = { made: number };

/** What came of a batch, and whether it must stay at that. */
type Settled = {
  readonly served: Served | undefined;
  readonly failure: Failure | undefined;
  readonly final: boolean;
};

/** There is no other surface to ask while this one rests. */
function refused(error: GatewayError): Settled {
  return { served: undefined, failure: { error, token: 'unaffected' }, final: true };
}

/** The same call would only fail in the same way. */
function tooLarge(): Settled {
  return {
    served: undefined,
    failure: {
      error: new GatewayError(
        'upstream_protocol',
        'Salesforce sent a reply larger than the gateway accepts.',
      ),
      token: 'unaffected',
    },
    final: true,
  };
}

async function callUntilSettled(
  texts: readonly string[],
  surface: EmbeddingSurface,
  visit: Visit,
  tries: Tries,
  parts: EmbedParts,
  world: EmbedWorld,
): Promise<Settled> {
  const { tokens, router } = world.deps;
  const { model, deadline } = parts;
  for (let renewed = false; ; renewed = true) {
    const got = tokens.get(deadline.signal);
    const token = got instanceof Promise ? await (parts.record.trace?.waitFor(got) ?? got) : got;
    // Whoever left while we waited must not cost a call.
    if (deadline.signal.aborted) throw toGatewayError(deadline.signal.reason);
    const decoded = await send(texts, token, surface, visit, tries, parts, world);
    if (decoded === undefined) return tooLarge();
    if (decoded.type === 'vectors') {
      tokens.confirm(token);
      return { served: decoded, failure: undefined, final: true };
    }
    const { failure } = decoded;
    const doubtful = failure.token === 'suspect' && !tokens.isProven(token);
    if (failure.token === 'rejected' || (doubtful && !renewed)) tokens.invalidate(token);
    if (!renewed && (failure.token === 'rejected' || doubtful)) continue;
    // A fresh token met the same answer: it means the model. Otherwise every invented name would force a mint.
    if (doubtful) tokens.confirm(token);
    if (failure.error.code === 'model_not_found') router.reportMissing({ model, surface });
    return { served: undefined, failure, final: false };
  }
}

/** Undefined when the reply was larger than is accepted. */
async function send(
  texts: readonly string[],
  token: Token,
  surface: EmbeddingSurface,
  visit: Visit,
  tries: Tries,
  parts: EmbedParts,
  { options, deps, resilience }: EmbedWorld,
): Promise<EmbeddingDecoded | undefined> {
  const { record, model, requestId, deadline } = parts;
  const request = surface.encode(texts, { model, trust: options.trust });
  record.attempts += 1;
  tries.made += 1;
  let answer: WholeAnswer | undefined;
  const sentMs = deps.clock.monotonicMs();
  visit.sentMs = sentMs;
  const note = (decoded: EmbeddingDecoded | undefined): void =>
    record.trace?.noteCall(
      noteOf(decoded, answer, { surface, model, startedMs: sentMs, retry: tries.made - 1 }),
    );
  try {
    answer = await sendWhole(
      deps.host,
      { ...request, authorization: token.authorization, tenantKey: token.tenantKey, requestId },
      { replyBytesMax: options.replyBytesMax, signal: deadline.signal },
      deps.clock,
    );
  } catch (thrown) {
    const failed = {
      type: 'failure',
      failure: { error: toGatewayError(thrown), token: 'unaffected' },
    } as const;
    note(failed);
    return failed;
  }
  if (answer === undefined) {
    note(undefined);
    return undefined;
  }
  const { head, body, firstByteMs } = answer;
  resilience.quotas.note(surface.id, head);
  visit.firstByteMs = firstByteMs;
  const upstreamId = head.headers['x-request-id'];
  if (typeof upstreamId === 'string') record.upstreamRequestId = upstreamId;
  const decoded = surface.decode(head, body, texts.length);
  note(decoded);
  return decoded;
}

function noteOf(
  decoded: EmbeddingDecoded | undefined,
  answer: WholeAnswer | undefined,
  call: { surface: EmbeddingSurface; model: Model; startedMs: number; retry: number },
): Parameters<TraceNotes['noteCall']>[0] {
  const { surface, model, startedMs, retry } = call;
  const served = decoded?.type === 'vectors' ? decoded : undefined;
  const upstreamId = answer?.head.headers['x-request-id'];
  return {
    surface: surface.id,
    model: model.apiName,
    retry,
    startedMs,
    status: answer?.head.status,
    error:
      decoded === undefined
        ? tooLarge().failure?.error
        : decoded.type === 'failure'
          ? decoded.failure.error
          : undefined,
    upstreamRequestId: typeof upstreamId === 'string' ? upstreamId : undefined,
    modelServed: served?.servedModel,
    replyId: undefined,
    finish: undefined,
    usage: served?.usage ?? UNKNOWN_USAGE,
    contentMs: undefined,
  };
}

function estimateWhereUnknown(usage: Usage, call: EmbedCall): Usage {
  if (usage.inputTokens !== undefined) return usage;
  const inputTokens = call.texts.reduce((sum, text) => sum + Math.ceil(textTokens(text)), 0);
  return { ...usage, inputTokens, estimated: true };
}
