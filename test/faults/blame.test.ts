// What is held against Salesforce, and what is not: a time limit that it had for itself counts, one that went by in an
// upload, a wait or a queue of ours does not, or one client could close the way for all.

import { describe, expect, it } from 'vitest';

import { answerWell } from './play.ts';
import { openScene, type Asking, type Scene, type SceneOptions } from './scene.ts';
import type { TwinCall } from './upstream-twin.ts';
import { WIRES } from './wire-samples.ts';

const { model: MODEL } = WIRES.invoke;
const LIMIT_MS = 20_000;
const CALLS_MIN = 5;

const silent = (): void => undefined;

const open = (script: SceneOptions['script'], changes: SceneOptions['resilience'] = {}): Promise<Scene> =>
  openScene({
    surfaces: ['invoke'],
    script,
    resilience: {
      timeLimits: { smallMs: LIMIT_MS, slowModelFactor: 1 },
      breaker: { callsMin: CALLS_MIN },
      ...changes,
    },
  });

const ask = (scene: Scene, asking: Partial<Asking> = {}) =>
  scene.ask({ dialect: 'openai-chat', model: MODEL, stream: false, ...asking });

const limitOf = (scene: Scene): number | undefined =>
  scene.pipeline.resilience().limiters.get('invoke')?.limit;

function refuse(call: TwinCall, status: number, headers: Readonly<Record<string, string>>): void {
  call.after(10, () => {
    call.head(status, { 'content-type': 'application/json', ...headers });
    call.end();
  });
}

describe('the time limit', () => {
  it('leaves an upload that took longer its whole time', async () => {
    const scene = await open((call) => answerWell(call, 500));
    const asked = ask(scene, { uploadMs: 2 * LIMIT_MS });
    await scene.time.advance(1_000);
    expect(asked.outcome()).toMatchObject({ result: 'ok' });
    await scene.expectNothingLeft();
  });

  it('does not open a stream for the silence of its own upload', async () => {
    const scene = await open((call) => answerWell(call, 500));
    ask(scene, { uploadMs: LIMIT_MS, stream: true });
    await scene.time.advance(1_000);
    expect(scene.pipeline.resilience().streamsOpenedBySilence).toBe(0);
    await scene.expectNothingLeft();
  });

  it('is held against an upstream that had most of it', async () => {
    const scene = await open(silent);
    for (let number = 0; number < CALLS_MIN; number += 1) ask(scene);
    await scene.time.advance(LIMIT_MS);
    expect(scene.pipeline.resilience().broken).toMatchObject([{ state: 'open' }]);
    expect(limitOf(scene)).toBeLessThan(64);
    await scene.expectNothingLeft();
  });

  it('is not held against an upstream that was asked only after a long wait', async () => {
    let isStorm = true;
    const scene = await open((call) => {
      if (isStorm) refuse(call, 429, { 'retry-after': '15' });
    });
    const asked = Array.from({ length: CALLS_MIN }, () => ask(scene));
    await scene.time.advance(1_000);
    isStorm = false;
    const before = limitOf(scene);
    await scene.time.advance(LIMIT_MS);
    expect(asked.map((one) => one.outcome()?.errorCode)).toEqual(asked.map(() => 'upstream_timeout'));
    expect(scene.pipeline.resilience().broken).toEqual([]);
    expect(limitOf(scene)).toBe(before);
    await scene.expectNothingLeft();
  });

  it('is not held against an upstream whose calls waited for a place', async () => {
    const scene = await open((call) => answerWell(call, 15_000), {
      limiter: { concurrencyMin: 1, concurrencyStart: 1, concurrencyMax: 1 },
      breaker: { callsMin: 1 },
    });
    ask(scene);
    const second = ask(scene);
    await scene.time.advance(LIMIT_MS);
    expect(second.outcome()?.errorCode).toBe('upstream_timeout');
    expect(scene.pipeline.resilience().broken).toEqual([]);
    await scene.expectNothingLeft();
  });

  it('that several calls of one request meet together counts once', async () => {
    const scene = await open(silent);
    ask(scene, { choices: CALLS_MIN });
    await scene.time.advance(LIMIT_MS);
    expect(scene.outcomes).toMatchObject([{ errorCode: 'upstream_timeout', attempts: CALLS_MIN }]);
    expect(scene.pipeline.resilience().broken).toEqual([]);
    await scene.expectNothingLeft();
  });
});
