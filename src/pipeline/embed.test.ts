// Embeddings through the pipeline, on simulated time with a scripted model host: batches in order, siblings that end
// together, the token's second chance, and the way of every call through retries, breaker and limiter.

import { describe, expect, it } from 'vitest';

import { GatewayError } from '../core/errors/index.ts';
import { createOpenaiEmbeddings } from '../dialects/openai-embeddings/index.ts';
import { createEmbeddings } from '../salesforce/surfaces/embeddings/index.ts';
import { ONE_TRY, startOperation, sent } from '../../test/fakes/pipeline-scene.ts';
import { BATCH_CHARACTERS_MAX, BATCH_TEXTS_MAX, BATCHES_AT_ONCE_MAX, batchesOf } from './embed.ts';
import { RESILIENCE_DEFAULTS, type ResilienceOptions } from './resilience/options.ts';

type Wanted = {
  readonly dimensions?: number;
  readonly labels?: Record<string, string>;
  readonly resilience?: Partial<ResilienceOptions>;
};

function start(texts: readonly string[], wanted: Wanted = {}) {
  const call = {
    model: 'claude-test',
    texts,
    dimensions: wanted.dimensions,
    encoding: 'float' as const,
    labels: wanted.labels ?? {},
  };
  const dialect = {
    ...createOpenaiEmbeddings(),
    decode: () => ({ type: 'embed' as const, call }),
  };
  return startOperation({
    dialect,
    model: { family: 'embedding', embeddingDimensions: 2 },
    embeddings: [createEmbeddings()],
    replyBytesMax: 100_000,
    resilience: { ...RESILIENCE_DEFAULTS, ...wanted.resilience },
  });
}

/** Texts are numbers here; a vector is its text's number twice. */
function answerOf(body: string): string {
  const { input }: { input: string[] } = JSON.parse(body);
  const embeddings = input.map((text, index) => ({ embedding: [Number(text), Number(text)], index }));
  return JSON.stringify({
    embeddings: embeddings.toReversed(),
    parameters: { usage: { prompt_tokens: input.length, total_tokens: input.length }, model: 'served' },
  });
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

describe('batches', () => {
  it('hold no more texts than the limit, in order', () => {
    const texts = numbers(BATCH_TEXTS_MAX * 2 + 1);
    const batches = batchesOf(texts);
    expect(batches.map((batch) => batch.length)).toEqual([BATCH_TEXTS_MAX, BATCH_TEXTS_MAX, 1]);
    expect(batches.flat()).toEqual(texts);
  });

  it('hold no more characters than the limit, but for a text that alone has more', () => {
    const half = 'x'.repeat(BATCH_CHARACTERS_MAX / 2);
    const huge = 'y'.repeat(BATCH_CHARACTERS_MAX + 1);
    expect(batchesOf([half, half, half, huge, 'z']).map((batch) => batch.length)).toEqual([2, 1, 1, 1]);
  });
});

describe('an embeddings call', () => {
  it('answers the vectors in the order of the texts and sums what the batches cost', async () => {
    const count = BATCH_TEXTS_MAX * 2 + 3;
    const scene = start(numbers(count));
    for (const index of [2, 0, 1]) {
      const call = await sent(scene, index);
      call.answer(200, answerOf(call.request.body));
    }
    await scene.done;
    const answer = JSON.parse(scene.out.answers[0]?.body ?? '');
    expect(answer.data.map((item: { embedding: number[] }) => item.embedding[0])).toEqual(
      numbers(count).map(Number),
    );
    expect(answer.usage).toEqual({ prompt_tokens: count, total_tokens: count });
    expect(scene.telemetry.outcomes).toMatchObject([
      { result: 'ok', operation: 'embed', surface: 'embeddings', attempts: 3, modelServed: 'served' },
    ]);
  });

  it('sends no more batches at once than the limit', async () => {
    const scene = start(numbers(BATCH_TEXTS_MAX * (BATCHES_AT_ONCE_MAX + 2)));
    await sent(scene, BATCHES_AT_ONCE_MAX - 1);
    expect(scene.host.calls).toHaveLength(BATCHES_AT_ONCE_MAX);
    for (let index = 0; index < BATCHES_AT_ONCE_MAX + 2; index += 1) {
      const call = await sent(scene, index);
      call.answer(200, answerOf(call.request.body));
    }
    await scene.done;
    expect(scene.out.answers[0]?.status).toBe(200);
  });

  it('ends the other batches when one fails, and tells its error', async () => {
    const scene = start(numbers(BATCH_TEXTS_MAX * 6), { resilience: ONE_TRY });
    (await sent(scene, 1)).answer(429, '{"message":"slow down"}');
    await scene.done;
    expect(scene.host.calls).toHaveLength(BATCHES_AT_ONCE_MAX);
    expect(scene.host.calls.filter(({ flow }) => flow.cancelled)).toHaveLength(BATCHES_AT_ONCE_MAX);
    expect(scene.out.answers).toMatchObject([{ status: 429 }]);
    expect(scene.out.answers[0]?.body).toContain('slow down');
    expect(scene.time.pending()).toBe(0);
  });

  it('sends a batch once more with another token after a rejected one', async () => {
    const scene = start(['1']);
    (await sent(scene)).answer(401, '');
    const again = await sent(scene, 1);
    expect(again.request.authorization.reveal()).toBe('Bearer 2');
    again.answer(200, answerOf(again.request.body));
    await scene.done;
    expect(scene.tokens.invalidated).toEqual([1]);
    expect(scene.out.answers[0]?.status).toBe(200);
  });

  it('gives up when the second token is rejected too', async () => {
    const scene = start(['1']);
    (await sent(scene)).answer(401, '');
    (await sent(scene, 1)).answer(401, '');
    await scene.done;
    expect(scene.host.calls).toHaveLength(2);
    expect(scene.out.answers[0]?.status).toBe(502);
  });

  it('lets a 404 cost one mint, then takes it for the model and asks no more for a while', async () => {
    const scene = start(['1']);
    (await sent(scene)).answer(404, '');
    (await sent(scene, 1)).answer(404, '');
    await scene.done;
    expect(scene.tokens.invalidated).toEqual([1]);
    expect(scene.out.answers[0]?.status).toBe(404);
    await scene.run();
    expect(scene.host.calls).toHaveLength(2);
    expect(scene.out.answers[1]?.status).toBe(404);
  });

  it('refuses another width before anything is sent', async () => {
    const scene = start(['1'], { dimensions: 512 });
    await scene.done;
    expect(scene.host.calls).toHaveLength(0);
    expect(JSON.parse(scene.out.answers[0]?.body ?? '')).toMatchObject({
      error: { param: 'dimensions', code: 'unsupported_parameter' },
    });
  });

  it("takes the model's own width, and tells in a header what it dropped", async () => {
    const scene = start(['1'], { dimensions: 2, labels: { user: 'u' } });
    const call = await sent(scene);
    expect(call.request.body).not.toContain('dimensions');
    call.answer(200, answerOf(call.request.body));
    await scene.done;
    expect(scene.out.answers[0]).toMatchObject({
      status: 200,
      headers: { 'x-forcegate-loss': 'labels=dropped (user)', 'x-forcegate-surface': 'embeddings' },
    });
  });

  it('estimates what Salesforce does not count, and says so', async () => {
    const scene = start(['1']);
    (await sent(scene)).answer(200, '{"embeddings":[{"embedding":[1,1],"index":0}]}');
    await scene.done;
    const answer = JSON.parse(scene.out.answers[0]?.body ?? '');
    expect(answer.usage.prompt_tokens).toBeGreaterThan(0);
    expect(answer.salesforce.usage).toBe('estimated');
  });

  it('ends in time when Salesforce does not answer', async () => {
    const scene = start(['1']);
    await sent(scene);
    await scene.time.advance(60_000);
    await scene.done;
    expect(scene.out.answers[0]?.status).toBe(504);
    expect(scene.time.pending()).toBe(0);
  });
});

describe('a batch that Salesforce does not serve', () => {
  type Scene = ReturnType<typeof start>;
  const limited = async (scene: Scene, index: number, seconds: string) => {
    const { handler } = await sent(scene, index);
    const flow = { pause: () => undefined, resume: () => undefined, cancel: () => undefined };
    handler.head({ status: 429, headers: { 'retry-after': seconds } }, flow);
    handler.end();
  };
  const serve = async (scene: Scene, index: number) => {
    const call = await sent(scene, index);
    call.answer(200, answerOf(call.request.body));
  };
  const limiterOf = (scene: Scene) => scene.pipeline.resilience().limiters.get('embeddings');
  const breaker = { ...RESILIENCE_DEFAULTS.breaker, callsMin: 1 };
  const onePlace = {
    ...RESILIENCE_DEFAULTS.limiter,
    concurrencyMin: 1,
    concurrencyStart: 1,
    concurrencyMax: 1,
  };

  it('is sent again alone when the time that Salesforce named has passed, and not before', async () => {
    const scene = start(numbers(BATCH_TEXTS_MAX + 1));
    await serve(scene, 0);
    await limited(scene, 1, '7');
    await scene.time.advance(6_999);
    expect(scene.host.calls).toHaveLength(2);
    await scene.time.advance(1);
    await serve(scene, 2);
    await scene.done;
    expect(scene.host.calls[2]?.request.body).toBe(scene.host.calls[1]?.request.body);
    expect(scene.telemetry.outcomes).toMatchObject([{ result: 'ok', attempts: 3 }]);
    expect(scene.pipeline.resilience().retries.get('upstream_rate_limited')).toBe(1);
    expect(JSON.parse(scene.out.answers[0]?.body ?? '').data).toHaveLength(BATCH_TEXTS_MAX + 1);
    expect(scene.time.pending()).toBe(0);
  });

  it('is told at once when the wait would end past the time limit, or the budget is spent', async () => {
    const retry = { ...RESILIENCE_DEFAULTS.retry, budgetFloor: 0, budgetShare: 0 };
    const broke = start(['1'], { resilience: { retry } });
    await limited(broke, 0, '7');
    await broke.done;
    expect(broke.out.answers[0]?.status).toBe(429);
    expect(broke.pipeline.resilience().retriesDenied).toBe(1);
    const late = start(['1']);
    await late.time.advance(1);
    await limited(late, 0, '60');
    await late.done;
    expect(late.out.answers[0]?.status).toBe(429);
  });

  it('is sent again when no answer came, but not when the answer was too large', async () => {
    const scene = start(['1']);
    (await sent(scene)).handler.fail(new GatewayError('upstream_unreachable', 'reset'));
    await scene.time.advance(1_000);
    const call = await sent(scene, 1);
    call.answer(200, 'x'.repeat(100_001));
    await scene.done;
    expect(scene.host.calls).toHaveLength(2);
    expect(call.flow.cancelled).toBe(true);
    expect(scene.out.answers[0]?.body).toContain('larger than the gateway accepts');
    expect(limiterOf(scene)?.running).toBe(0);
  });

  it('opens the breaker, behind which nothing is sent until a probe is served', async () => {
    const scene = start(['1'], { resilience: { ...ONE_TRY, breaker } });
    (await sent(scene)).answer(503, '');
    await scene.done;
    await scene.run();
    expect(scene.host.calls).toHaveLength(1);
    expect(scene.out.answers[1]).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(scene.pipeline.resilience().broken).toMatchObject([{ surface: 'embeddings', state: 'open' }]);
    await scene.time.advance(1_000);
    const probe = scene.run();
    await serve(scene, 1);
    await probe;
    expect(scene.pipeline.resilience().broken).toEqual([]);
  });

  it('does not open the breaker for its siblings, which are ended for its failure', async () => {
    const resilience = { ...ONE_TRY, breaker: { ...breaker, callsMin: 2 } };
    const scene = start(numbers(BATCH_TEXTS_MAX * 4), { resilience });
    (await sent(scene, 0)).answer(503, '');
    await scene.done;
    expect(scene.host.calls).toHaveLength(4);
    expect(scene.pipeline.resilience().broken).toEqual([]);
    expect(limiterOf(scene)).toMatchObject({ running: 0, queued: 0 });
  });

  it('holds no place while it sleeps, and batches wait for places in order', async () => {
    const scene = start(numbers(BATCH_TEXTS_MAX * 2), { resilience: { limiter: onePlace } });
    await sent(scene, 0);
    expect(limiterOf(scene)).toMatchObject({ running: 1, queued: 1 });
    await limited(scene, 0, '7');
    await serve(scene, 1);
    await scene.time.advance(7_000);
    await serve(scene, 2);
    await scene.done;
    expect(scene.out.answers[0]?.status).toBe(200);
    expect(limiterOf(scene)).toMatchObject({ running: 0, queued: 0 });
  });

  it('wakes when the client leaves, wherever it waits, and nothing more is sent', async () => {
    const scene = start(numbers(BATCH_TEXTS_MAX * 3), { resilience: { limiter: onePlace } });
    await limited(scene, 0, '7');
    await sent(scene, 1);
    expect(limiterOf(scene)).toMatchObject({ running: 1, queued: 1 });
    scene.client.abort();
    await scene.done;
    expect(scene.time.pending()).toBe(0);
    await scene.time.advance(60_000);
    expect(scene.host.calls).toHaveLength(2);
    expect(limiterOf(scene)).toMatchObject({ running: 0, queued: 0 });
    expect(scene.telemetry.outcomes).toMatchObject([{ result: 'client-closed' }]);
  });
});
