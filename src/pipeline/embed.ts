// A call for embeddings: its texts in batches of bounded size, a few at once, the vectors in the order of the texts.
// Usage is summed; the first batch that fails ends the others. A batch is sent again for one reason only: once with
// another token, after one that was rejected or that a 404 puts in doubt.

import { GatewayError, toGatewayError } from '../core/errors/index.ts';
import type { EmbedCall, Loss, Model, Usage } from '../core/neutral/index.ts';
import type { Token } from '../salesforce/credentials/port.ts';
import type { EmbeddingDecoded, EmbeddingSurface } from '../salesforce/surfaces/port.ts';
import type { AttemptRecord } from './carry.ts';
import type { ClientSide } from './client-side.ts';
import type { Deadline } from './deadline.ts';
import { textTokens } from './estimate/count.ts';
import type { PipelineDependencies, PipelineOptions } from './options.ts';
import { planHeaders } from './plan-headers.ts';
import { sumUsage } from './usage-sum.ts';
import { sendWhole } from './whole-call.ts';

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

type EmbedWorld = { readonly options: PipelineOptions; readonly deps: PipelineDependencies };
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
  const names = Object.keys(call.labels).length;
  return names === 0 ? [] : [{ need: 'labels', how: 'dropped', note: undefined }];
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
        served[index] = await serve(batches[index] ?? [], surface, parts, world);
      } catch (thrown) {
        if (error !== undefined) return;
        error = toGatewayError(thrown);
        parts.deadline.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(BATCHES_AT_ONCE_MAX, batches.length) }, work));
  if (error !== undefined) throw error;
  return served;
}

async function serve(
  texts: readonly string[],
  surface: EmbeddingSurface,
  parts: EmbedParts,
  world: EmbedWorld,
): Promise<Served> {
  const { tokens, router } = world.deps;
  const { model } = parts;
  for (let renewed = false; ; renewed = true) {
    const token = await tokens.get(parts.deadline.signal);
    const decoded = await send(texts, token, surface, parts, world);
    if (decoded.type === 'vectors') {
      tokens.confirm(token);
      return decoded;
    }
    const { failure } = decoded;
    const doubtful = failure.token === 'suspect' && !tokens.isProven(token);
    if (failure.token === 'rejected' || (doubtful && !renewed)) tokens.invalidate(token);
    if (!renewed && (failure.token === 'rejected' || doubtful)) continue;
    // A fresh token met the same answer: it means the model. Otherwise every invented name would force a mint.
    if (doubtful) tokens.confirm(token);
    if (failure.error.code === 'model_not_found') router.reportMissing({ model, surface });
    throw failure.error;
  }
}

async function send(
  texts: readonly string[],
  token: Token,
  surface: EmbeddingSurface,
  parts: EmbedParts,
  { options, deps }: EmbedWorld,
): Promise<EmbeddingDecoded> {
  const { record, model, requestId, deadline } = parts;
  const request = surface.encode(texts, { model, trust: options.trust });
  record.attempts += 1;
  const { head, body } = await sendWhole(
    deps.host,
    { ...request, authorization: token.authorization, tenantKey: token.tenantKey, requestId },
    { replyBytesMax: options.replyBytesMax, signal: deadline.signal },
  );
  const upstreamId = head.headers['x-request-id'];
  if (typeof upstreamId === 'string') record.upstreamRequestId = upstreamId;
  return surface.decode(head, body, texts.length);
}

function estimateWhereUnknown(usage: Usage, call: EmbedCall): Usage {
  if (usage.inputTokens !== undefined) return usage;
  const inputTokens = call.texts.reduce((sum, text) => sum + Math.ceil(textTokens(text)), 0);
  return { ...usage, inputTokens, estimated: true };
}
