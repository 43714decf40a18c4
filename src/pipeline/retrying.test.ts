// A call made again: for what, when, how often, and what becomes of it when the client leaves or the breaker opens.

import { describe, expect, it } from 'vitest';

import { createLineSurface, textCall } from '../../test/fakes/pipeline-parts.ts';
import { sent, start } from '../../test/fakes/pipeline-scene.ts';
import { GatewayError, type ErrorCode } from '../core/errors/index.ts';
import type { Surface } from '../salesforce/surfaces/port.ts';
import { RESILIENCE_DEFAULTS, type ResilienceOptions } from './resilience/options.ts';

/** A whole answer of this body is a failure of that code; one of another is a reply. */
function failingSurface(id: string, codes: Readonly<Record<string, [ErrorCode, number?]>>): Surface {
  const lines = createLineSurface(id);
  return {
    ...lines,
    decode(head, body, context) {
      const [code, retryAfterMs] = codes[Buffer.from(body).toString()] ?? [];
      if (code === undefined) return lines.decode(head, body, context);
      return {
        type: 'failure',
        failure: { error: new GatewayError(code, code, { retryAfterMs }), token: 'unaffected' },
      };
    },
  };
}

const CODES = { down: ['upstream_unavailable'], limited: ['upstream_rate_limited', 7_000] } as const;
const surface = failingSurface('gateway-generations', {
  down: [...CODES.down],
  limited: [...CODES.limited],
  late: ['upstream_rate_limited', 61_000],
  refused: ['upstream_rejected'],
});
const open = (call = textCall(), changes: Partial<ResilienceOptions> = {}, surfaces = [surface]) =>
  start(call, surfaces, undefined, undefined, { ...RESILIENCE_DEFAULTS, ...changes });

describe('a failed call', () => {
  it('is made again when the time that Salesforce named has passed, and not before', async () => {
    const scene = open();
    (await sent(scene)).answer(429, 'limited');
    await scene.time.advance(6_999);
    expect(scene.host.calls).toHaveLength(1);
    await scene.time.advance(1);
    (await sent(scene, 1)).answer(200, 'hi');
    await scene.done;
    expect(scene.telemetry.outcomes).toMatchObject([{ result: 'ok', attempts: 2 }]);
    expect(scene.pipeline.resilience().retries.get('upstream_rate_limited')).toBe(1);
    expect(scene.time.pending()).toBe(0);
  });

  it('is made again as often as is allowed, and then is what the client is told', async () => {
    const scene = open();
    for (const index of [0, 1, 2, 3]) {
      (await sent(scene, index)).answer(503, 'down');
      await scene.time.advance(8_000);
    }
    await scene.done;
    expect(scene.host.calls).toHaveLength(4);
    expect(scene.out.answers.map(({ body }) => body)).toEqual(['error:upstream_unavailable']);
    expect(scene.time.pending()).toBe(0);
  });

  it.each(['late', 'refused'])('is told at once when it was %s', async (body) => {
    const scene = open();
    (await sent(scene)).answer(429, body);
    await scene.done;
    expect(scene.host.calls).toHaveLength(1);
    expect(scene.out.answers).toHaveLength(1);
  });

  it('is told at once when the budget of retries is spent', async () => {
    const retry = { ...RESILIENCE_DEFAULTS.retry, budgetFloor: 0, budgetShare: 0 };
    const scene = open(textCall(), { retry });
    (await sent(scene)).answer(503, 'down');
    await scene.done;
    expect(scene.host.calls).toHaveLength(1);
    expect(scene.pipeline.resilience().retriesDenied).toBe(1);
  });

  it('is not made again for a client that leaves while it sleeps', async () => {
    const scene = open();
    (await sent(scene)).answer(429, 'limited');
    await scene.time.advance(50);
    scene.client.abort();
    await scene.done;
    expect(scene.time.pending()).toBe(0);
    await scene.time.advance(60_000);
    expect(scene.host.calls).toHaveLength(1);
    expect(scene.telemetry.outcomes).toMatchObject([{ result: 'client-closed' }]);
  });

  it('holds no place while it sleeps', async () => {
    const limiter = {
      ...RESILIENCE_DEFAULTS.limiter,
      concurrencyMin: 1,
      concurrencyStart: 1,
      concurrencyMax: 1,
    };
    const scene = open(textCall(), { limiter });
    (await sent(scene)).answer(429, 'limited');
    const other = scene.run();
    (await sent(scene, 1)).answer(200, 'hi');
    await other;
    await scene.time.advance(7_000);
    (await sent(scene, 2)).answer(200, 'hi');
    await scene.done;
    expect(scene.pipeline.resilience().limiters.get('gateway-generations')?.running).toBe(0);
  });
});

describe('an open breaker', () => {
  const breaker = { ...RESILIENCE_DEFAULTS.breaker, callsMin: 1 };

  it('answers without a call and says how long to wait', async () => {
    const scene = open(textCall(), { breaker, retry: { ...RESILIENCE_DEFAULTS.retry, retriesMax: 0 } });
    (await sent(scene)).answer(503, 'down');
    await scene.done;
    await scene.run();
    expect(scene.host.calls).toHaveLength(1);
    expect(scene.telemetry.outcomes[1]).toMatchObject({ errorCode: 'upstream_unavailable', attempts: 0 });
    await scene.time.advance(1_000);
    const probe = scene.run();
    (await sent(scene, 1)).answer(200, 'hi');
    await probe;
    expect(scene.pipeline.resilience().broken).toEqual([]);
  });

  it('is asked again after a sleep, and the next surface serves the call', async () => {
    const classic = createLineSurface('chat-generations', { streams: false });
    const scene = open(textCall(), { breaker: { ...breaker, openMs: 4_000 } }, [surface, classic]);
    (await sent(scene)).answer(503, 'down');
    await scene.time.advance(1_000);
    (await sent(scene, 1)).answer(200, 'hi');
    await scene.done;
    expect(scene.host.calls.map(({ request }) => request.path)).toEqual([
      '/gateway-generations',
      '/chat-generations',
    ]);
    expect(scene.telemetry.outcomes).toMatchObject([{ result: 'ok', surface: 'chat-generations' }]);
  });

  it('is not opened by siblings that were ended for one leg’s failure', async () => {
    const scene = open(textCall({ choices: 4 }), {
      breaker: { ...breaker, callsMin: 2 },
      retry: { ...RESILIENCE_DEFAULTS.retry, retriesMax: 0 },
    });
    (await sent(scene, 0)).answer(503, 'down');
    await scene.done;
    expect(scene.host.calls).toHaveLength(4);
    expect(scene.pipeline.resilience().broken).toEqual([]);
  });
});

describe('a reply that is complete', () => {
  const finishing = createLineSurface('gateway-generations', {
    openStream: () => ({
      push(chunk, sink) {
        sink.event({ type: 'text-start', choice: 0 });
        sink.event({ type: 'text-delta', choice: 0, text: Buffer.from(chunk).toString() });
        sink.event({
          type: 'finish',
          choice: 0,
          reason: 'stop',
          raw: undefined,
          stopSequence: undefined,
        });
        sink.done?.();
      },
      end: () => undefined,
    }),
  });

  it('is told at once though its connection stays open, which is closed a moment later', async () => {
    const scene = open(textCall({ stream: true }), {}, [finishing]);
    const call = await sent(scene);
    call.head(200);
    call.data('hi');
    await scene.done;
    expect(scene.out.ended).toBe(true);
    // The connection still belongs to the call, and the place with it.
    const running = () => scene.pipeline.resilience().limiters.get('gateway-generations')?.running;
    expect(running()).toBe(1);
    await scene.time.advance(1_000);
    expect(call.flow.cancelled).toBe(true);
    expect(running()).toBe(0);
    expect(scene.time.pending()).toBe(0);
  });

  it('leaves its connection alone when that ends by itself', async () => {
    const scene = open(textCall({ stream: true }), {}, [finishing]);
    const call = await sent(scene);
    call.head(200);
    call.data('hi');
    await scene.done;
    call.handler.end();
    expect(scene.time.pending()).toBe(0);
    expect(call.flow.cancelled).toBe(false);
  });
});
