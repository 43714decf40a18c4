// Hazards 5 and 24 of the compatibility list, and what several parts of resilience promise together: silence, a client that
// is gone at any moment, waits that hold nothing, an outage that is not multiplied.

import { describe, expect, it } from 'vitest';

import { DIALECT_IDS } from './dialect-readers.ts';
import { answerWell, beginAnswer, hear } from './play.ts';
import { openScene, type Asked, type Scene, type SceneOptions } from './scene.ts';
import type { TwinCall } from './upstream-twin.ts';
import { SURFACE_IDS, WIRES } from './wire-samples.ts';

const INVOKE = ['invoke'] as const;
const { model: MODEL } = WIRES.invoke;

const silent = (): void => undefined;

function answerStatus(call: TwinCall, status: number, headers: Readonly<Record<string, string>> = {}): void {
  call.after(10, () => {
    call.head(status, { 'content-type': 'application/json', ...headers });
    call.data(Buffer.from(hear(call).wire.errorBody(status)));
    call.end();
  });
}

/** Opening and first content, and then nothing more. */
function answerAndStall(call: TwinCall): void {
  const heard = hear(call);
  call.after(10, () => {
    beginAnswer(call, heard);
    call.data(heard.wire.stream?.opening ?? Buffer.alloc(0));
    call.content(heard.wire.stream?.content ?? Buffer.alloc(0));
  });
}

const open = (script: SceneOptions['script'], changes: Partial<SceneOptions> = {}): Promise<Scene> =>
  openScene({ surfaces: INVOKE, script, ...changes });

const askWhole = (scene: Scene): Asked => scene.ask({ dialect: 'openai-chat', model: MODEL, stream: false });
const askStream = (scene: Scene): Asked => scene.ask({ dialect: 'openai-chat', model: MODEL, stream: true });

describe('hazard 5: silence', () => {
  it.each(SURFACE_IDS.flatMap((surface) => DIALECT_IDS.map((dialect) => [surface, dialect] as const)))(
    'of a slow upstream on %s loses no client of %s',
    async (surface, dialect) => {
      const scene = await openScene({
        surfaces: [surface],
        resilience: { timeLimits: { smallMs: 300_000 } },
        script: (call) => answerWell(call, 95_000),
      });
      const asked = scene.ask({ dialect, model: WIRES[surface].model, stream: true });
      await scene.time.advance(100_000);
      expect(asked.client.openedAtMs).toBe(10_000);
      // At 20, 30 ... 90 s, and whatever the opening brings.
      expect(asked.ending()).toMatchObject({ type: 'finished', text: WIRES[surface].text });
      expect(asked.client.silenceMsMax).toBeLessThanOrEqual(10_000);
      await scene.expectNothingLeft();
    },
  );

  it('is not hidden by keep-alives: a dead upstream ends an opened stream with an error at its limit', async () => {
    const scene = await open(silent, {
      limits: { firstByteTimeoutMs: 45_000 },
      resilience: { timeLimits: { smallMs: 300_000 } },
    });
    const asked = askStream(scene);
    await scene.time.advance(44_999);
    expect(asked.outcome()).toBeUndefined();
    await scene.time.advance(10);
    expect(asked.outcome()).toMatchObject({ errorCode: 'upstream_timeout', attempts: 1 });
    expect(asked.ending()).toMatchObject({ type: 'failed', text: '' });
    await scene.expectNothingLeft();
  });

  it('is not hidden by keep-alives: an upstream that dies after its first words ends the stream with an error', async () => {
    const scene = await open(answerAndStall, { limits: { idleTimeoutMs: 60_000 } });
    const asked = askStream(scene);
    await scene.time.advance(59_000);
    expect(asked.outcome()).toBeUndefined();
    expect(asked.ending()).toMatchObject({ type: 'open', keepAlives: 5 });
    await scene.time.advance(2_000);
    expect(asked.outcome()).toMatchObject({ errorCode: 'upstream_timeout', attempts: 1 });
    expect(asked.ending()).toMatchObject({ type: 'failed', text: 'Hello' });
    await scene.expectNothingLeft();
  });

  it('is not hidden by keep-alives: without content the total limit ends an opened stream', async () => {
    const scene = await open(silent);
    const asked = askStream(scene);
    await scene.time.advance(480_000);
    const outcome = asked.outcome();
    expect(outcome).toMatchObject({ errorCode: 'upstream_timeout', attempts: 1 });
    expect([60_000, 120_000]).toContain(outcome?.durationMs);
    expect(outcome?.errorMessage).toMatch(/total.* s .*timeouts\./u);
    expect(asked.ending()).toMatchObject({ type: 'failed', text: '' });
    await scene.expectNothingLeft();
  });
});

describe('a stream that has begun', () => {
  it('outlives the total limit as long as it is never silent for too long', async () => {
    const minutes = 9;
    const scene = await open(
      (call) => {
        answerAndStall(call);
        for (let minute = 1; minute < minutes; minute += 1) {
          call.after(minute * 60_000, () => call.data(Buffer.alloc(0)));
        }
        call.after(minutes * 60_000, () => {
          call.data(hear(call).wire.stream?.rest ?? Buffer.alloc(0));
          call.end();
        });
      },
      { limits: { idleTimeoutMs: 61_000 } },
    );
    const asked = askStream(scene);
    await scene.time.advance(minutes * 60_000 + 100);
    expect(asked.outcome()).toMatchObject({ result: 'ok', attempts: 1 });
    expect(asked.ending()).toMatchObject({ type: 'finished', text: WIRES.invoke.text });
    await scene.expectNothingLeft();
  });
});

describe('a whole answer', () => {
  it('is waited for as long as its total limit allows', async () => {
    const scene = await open((call) => answerWell(call, 300_000), {
      resilience: { timeLimits: { smallMs: 480_000 } },
    });
    const asked = askWhole(scene);
    await scene.time.advance(300_100);
    expect(asked.outcome()).toMatchObject({ result: 'ok' });
    await scene.expectNothingLeft();
  });
});

describe('hazard 24: a client that is gone', () => {
  it('wakes the request that sleeps before a retry, and no further call is made', async () => {
    const scene = await open((call) => answerStatus(call, 429, { 'retry-after': '30' }));
    const asked = askWhole(scene);
    await scene.time.advance(5_000);
    expect(scene.host.calls.length).toBe(1);
    asked.hangUp();
    await scene.time.advance(0);
    expect(asked.outcome()).toMatchObject({ result: 'client-closed', attempts: 1 });
    await scene.time.advance(120_000);
    expect(scene.host.calls.length).toBe(1);
    await scene.expectNothingLeft();
  });

  it('leaves the queue, and no call is made for it', async () => {
    const scene = await open(silent, {
      resilience: { limiter: { concurrencyMin: 1, concurrencyStart: 1, concurrencyMax: 1 } },
    });
    const [first, queued] = [askWhole(scene), askWhole(scene)];
    await scene.time.advance(1_000);
    queued.hangUp();
    await scene.time.advance(0);
    expect(queued.outcome()).toMatchObject({ result: 'client-closed', attempts: 0 });
    first.hangUp();
    await scene.time.advance(60_000);
    expect(scene.host.calls.length).toBe(1);
    await scene.expectNothingLeft();
  });

  it('does not wait for a login with it', async () => {
    const scene = await open((call) => answerWell(call));
    scene.login = { type: 'grant', ms: 5_000 };
    const asked = askWhole(scene);
    await scene.time.advance(1_000);
    asked.hangUp();
    await scene.time.advance(0);
    expect(asked.outcome()).toMatchObject({ result: 'client-closed', attempts: 0 });
    await scene.time.advance(60_000);
    expect(scene.host.calls.length).toBe(0);
    await scene.expectNothingLeft();
  });

  it('costs no second call when its upstream fails as it leaves', async () => {
    const scene = await open((call) => call.after(10, () => call.fail('ECONNRESET')));
    const asked = askWhole(scene);
    await scene.time.advance(20);
    asked.hangUp();
    await scene.time.advance(60_000);
    expect(scene.host.calls.length).toBe(1);
    await scene.expectNothingLeft();
  });

  it('is still settled with what was produced for it, marked as estimated where nobody told', async () => {
    for (const surface of ['responses', 'gateway-generations'] as const) {
      const scene = await openScene({ surfaces: [surface], script: answerAndStall });
      const asked = scene.ask({ dialect: 'openai-chat', model: WIRES[surface].model, stream: true });
      await scene.time.advance(1_000);
      asked.hangUp();
      await scene.time.advance(0);
      const usage = asked.outcome()?.usage;
      expect(usage?.estimated).toBe(true);
      expect(usage?.inputTokens).toBeGreaterThan(0);
      expect(usage?.outputTokens).toBeGreaterThan(0);
      await scene.expectNothingLeft();
    }
  });
});

describe('a call that is ended from our side', () => {
  /** The head of a good answer, and then nothing. */
  const accept = (call: TwinCall): void => call.after(10, () => beginAnswer(call, hear(call)));

  it('for its sibling is still charged, marked as estimated', async () => {
    const scene = await open((call) => {
      if (call.index === 0) accept(call);
      else answerStatus(call, 400);
    });
    scene.ask({ dialect: 'openai-chat', model: MODEL, stream: true, choices: 2 });
    await scene.time.advance(100);
    expect(scene.outcomes).toMatchObject([{ result: 'error', usage: { estimated: true } }]);
    expect(scene.outcomes[0]?.usage.inputTokens).toBeGreaterThan(0);
    await scene.expectNothingLeft();
  });

  it('by its time limit is still charged, marked as estimated', async () => {
    const scene = await open(accept, { resilience: { timeLimits: { smallMs: 20_000, slowModelFactor: 1 } } });
    askStream(scene);
    await scene.time.advance(20_000);
    expect(scene.outcomes).toMatchObject([{ errorCode: 'upstream_timeout', usage: { estimated: true } }]);
    expect(scene.outcomes[0]?.usage.inputTokens).toBeGreaterThan(0);
    await scene.expectNothingLeft();
  });
});

describe('a wait', () => {
  it('before a retry holds no place: another request is served meanwhile', async () => {
    const scene = await open(
      (call) => (call.index === 0 ? answerStatus(call, 429, { 'retry-after': '30' }) : answerWell(call)),
      { resilience: { limiter: { concurrencyMin: 1, concurrencyStart: 1, concurrencyMax: 1 } } },
    );
    const sleeper = askWhole(scene);
    await scene.time.advance(1_000);
    const other = askWhole(scene);
    await scene.time.advance(1_000);
    expect(other.outcome()?.result).toBe('ok');
    expect(sleeper.outcome()).toBeUndefined();
    await scene.time.advance(30_000);
    expect(sleeper.outcome()).toMatchObject({ result: 'ok', attempts: 2 });
    await scene.expectNothingLeft();
  });

  it('in a full queue ends as overloaded with a time to come back', async () => {
    const scene = await open(silent, {
      resilience: {
        limiter: { concurrencyMin: 1, concurrencyStart: 1, concurrencyMax: 1, queueMax: 1, queueMs: 5_000 },
      },
    });
    const [, waiting, refused] = [askWhole(scene), askWhole(scene), askWhole(scene)];
    await scene.time.advance(100);
    expect(refused.outcome()?.errorCode).toBe('overloaded');
    expect(refused.ending()).toMatchObject({ type: 'answer', status: 503, retryAfterS: expect.any(Number) });
    await scene.time.advance(5_000);
    expect(waiting.outcome()?.errorCode).toBe('overloaded');
    expect(scene.host.calls.length).toBe(1);
    await scene.time.advance(480_000);
    await scene.expectNothingLeft();
  });

  it('that would end past the deadline is not begun', async () => {
    const scene = await open((call) => answerStatus(call, 429, { 'retry-after': '59' }), {
      resilience: { timeLimits: { smallMs: 20_000, slowModelFactor: 1 } },
    });
    const asked = askWhole(scene);
    await scene.time.advance(100);
    expect(asked.ending()).toMatchObject({ type: 'answer', status: 429, retryAfterS: 59 });
    await scene.expectNothingLeft();
  });
});

describe('an outage', () => {
  it('is not multiplied: retries stay within their budget, and then the breaker answers', async () => {
    const scene = await open((call) => answerStatus(call, 500));
    const requests = 200;
    for (let number = 0; number < requests; number += 1) {
      askWhole(scene);
      await scene.time.advance(50);
    }
    await scene.time.advance(60_000);
    expect(scene.outcomes.length).toBe(requests);
    // 10 s of it: a probe a second at first, then one in two and in four, and the retries of the first few.
    expect(scene.host.calls.length).toBeLessThan(40);
    expect(scene.outcomes.every(({ errorCode }) => errorCode !== undefined)).toBe(true);
    await scene.expectNothingLeft();
  });

  it('is noticed at once, however much was served just before it', async () => {
    let isDead = false;
    const scene = await open((call) => (isDead ? answerStatus(call, 500) : answerWell(call)));
    const askFor = async (seconds: number): Promise<void> => {
      for (let number = 0; number < seconds * 20; number += 1) {
        askWhole(scene);
        await scene.time.advance(50);
      }
    };
    await askFor(20);
    isDead = true;
    const { length: before } = scene.host.calls;
    expect(before).toBe(400);
    await askFor(10);
    // Ten in a row, those under way meanwhile, and a probe now and then.
    expect(scene.host.calls.length - before).toBeLessThan(25);
    await scene.time.advance(60_000);
    await scene.expectNothingLeft();
  });

  it('of one surface is passed by on the next', async () => {
    const scene = await openScene({
      surfaces: ['invoke', 'gateway-generations'],
      resilience: { breaker: { callsMin: 1 }, retry: { retriesMax: 0 } },
      script: (call) => (call.request.path.includes('/invoke') ? answerStatus(call, 500) : answerWell(call)),
    });
    const first = askWhole(scene);
    await scene.time.advance(100);
    expect(first.outcome()?.errorCode).toBe('upstream_error');
    const second = askWhole(scene);
    await scene.time.advance(100);
    expect(second.outcome()).toMatchObject({ result: 'ok', surface: 'gateway-generations', attempts: 1 });
    await scene.expectNothingLeft();
  });

  it('is over within seconds once the upstream is well', async () => {
    let isWell = false;
    const scene = await open((call) => (isWell ? answerWell(call) : answerStatus(call, 503)));
    for (let second = 0; second < 60; second += 1) {
      askWhole(scene);
      await scene.time.advance(1_000);
    }
    isWell = true;
    await scene.time.advance(5_000);
    const asked = askWhole(scene);
    await scene.time.advance(100);
    expect(asked.outcome()).toMatchObject({ result: 'ok', attempts: 1 });
    await scene.time.advance(30_000);
    await scene.expectNothingLeft();
  });

  /** The breaker is open, and about to let a probe through. */
  async function openBroken(): Promise<Scene> {
    const scene = await open((call) => answerStatus(call, 500), {
      resilience: { retry: { retriesMax: 0 }, timeLimits: { smallMs: 30_000, slowModelFactor: 1 } },
    });
    for (let number = 0; number < 10; number += 1) askWhole(scene);
    await scene.time.advance(1_100);
    expect(scene.pipeline.resilience().broken).toHaveLength(1);
    return scene;
  }

  it('is over within seconds although the probes of it are swallowed', async () => {
    const scene = await openBroken();
    scene.host.script = silent;
    for (let second = 0; second < 20; second += 1) {
      askWhole(scene);
      await scene.time.advance(1_000);
    }
    expect(scene.host.open()).toBe(5);
    scene.host.script = (call) => answerWell(call);
    await scene.time.advance(4_000);
    const asked = askWhole(scene);
    await scene.time.advance(100);
    expect(asked.outcome()).toMatchObject({ result: 'ok' });
    expect(scene.pipeline.resilience().broken).toEqual([]);
    await scene.time.advance(30_000);
    expect(scene.pipeline.resilience().broken).toEqual([]);
    await scene.expectNothingLeft();
  });

  it('is over at the first content of the probe, however long its stream lasts', async () => {
    const scene = await openBroken();
    scene.host.script = answerAndStall;
    const probe = askStream(scene);
    await scene.time.advance(100);
    expect(probe.ending().type).toBe('open');
    expect(scene.pipeline.resilience().broken).toEqual([]);
    probe.hangUp();
    await scene.time.advance(1);
    await scene.expectNothingLeft();
  });
});
