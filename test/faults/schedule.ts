// One random schedule: many requests at once over simulated time, an upstream and a login that fail as chance has it,
// clients that leave or stop reading. Everything comes from one seed, so a failure replays. The promises are those of the
// matrix, and hold whatever happens.

import { expect } from 'vitest';

import type { ErrorCode } from '../../src/core/errors/index.ts';
import { DIALECT_IDS } from './dialect-readers.ts';
import { reasonOf } from './empty-cells.ts';
import { FAULTS, PHASES } from './fault-table.ts';
import { answerWell, beginAnswer, hear, sayAll, strikeIn } from './play.ts';
import { createCountingRandom, openScene, type Asked, type Scene } from './scene.ts';
import type { TwinCall } from './upstream-twin.ts';
import { SURFACE_IDS, surfaceOfPath, WIRES } from './wire-samples.ts';

export type Chance = {
  /** Uniform in [0, 1). */
  fraction(): number;
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
  pick<T>(items: readonly T[]): T;
  happens(share: number): boolean;
};

/** Mulberry32: 32 bits of state are plenty for schedules of a few hundred choices. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    fraction,
    between: (from, to) => from + Math.floor(fraction() * (to - from + 1)),
    pick(items) {
      const item = items[Math.floor(fraction() * items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
    happens: (share) => fraction() < share,
  };
}

const ARRIVALS_WITHIN_MS = 60_000;
/** Longer than any limit of the gateway lets a request run. */
const OVER_BY_MS = 1_200_000;
const STEP_MS = 20_000;
/** Of a short question to these models: the small limit, doubled at most. */
const WHOLE_LIMIT_MS = 120_000;
const HEALED_MS = 70_000;
const MODELS = [...new Set(SURFACE_IDS.map((id) => WIRES[id].model))];

/** One call's luck. */
export function play(call: TwinCall, chance: Chance, faultShare: number): void {
  if (!chance.happens(faultShare)) {
    answerLively(call, chance);
    return;
  }
  const { streams } = hear(call);
  const surface = surfaceOfPath(call.request.path);
  const fault = chance.pick(FAULTS);
  const shape = streams || surface === 'chat-generations' ? 'stream' : 'whole';
  const phases = PHASES.filter(
    (phase) => reasonOf({ fault: fault.name, surface, phase, shape }) === undefined,
  );
  // Some faults cannot strike this call at all: then it is well.
  if (phases.length === 0) answerWell(call);
  else strikeIn(chance.pick(phases), fault)(call);
}

/** Well, but at its own pace; now and then the connection is not closed after it. */
function answerLively(call: TwinCall, chance: Chance): void {
  const heard = hear(call);
  const { stream } = heard.wire;
  call.after(chance.happens(0.1) ? chance.between(9_000, 16_000) : chance.between(1, 2_500), () => {
    beginAnswer(call, heard);
    if (!heard.streams || stream === undefined) {
      sayAll(call, heard);
      call.end();
      return;
    }
    call.data(stream.opening);
    call.after(chance.between(0, 3_000), () => {
      call.content(stream.content);
      call.after(chance.between(0, 15_000), () => {
        call.data(stream.rest);
        if (!chance.happens(0.1)) call.end();
      });
    });
  });
}

function arrive(scene: Scene, chance: Chance, all: Asked[]): void {
  const dialect = chance.pick(DIALECT_IDS);
  const asked = scene.ask({
    dialect,
    model: chance.pick(MODELS),
    stream: chance.happens(0.6),
    choices: dialect === 'openai-chat' && chance.happens(0.15) ? 3 : 1,
  });
  all.push(asked);
  const { timers } = scene.time;
  if (chance.happens(0.15)) {
    timers.after(chance.between(0, 20_000), () => {
      if (asked.outcome() === undefined) asked.hangUp();
    });
  } else if (chance.happens(0.1)) {
    timers.after(chance.between(0, 12_000), () => {
      asked.client.full = true;
      timers.after(chance.between(1, 90_000), () => asked.client.drain());
    });
  }
}

/** Sets everything going; what happens later is in timers. */
function begin(scene: Scene, chance: Chance): Asked[] {
  const all: Asked[] = [];
  const { timers } = scene.time;
  const requests = chance.between(5, 30);
  for (let number = 0; number < requests; number += 1) {
    timers.after(chance.between(0, ARRIVALS_WITHIN_MS), () => arrive(scene, chance, all));
  }
  if (chance.happens(0.3)) {
    timers.after(chance.between(0, ARRIVALS_WITHIN_MS), () => {
      scene.login = { type: 'refuse', ms: chance.between(1, 5_000) };
      timers.after(chance.between(1_000, 40_000), () => {
        scene.login = { type: 'grant', ms: chance.between(1, 2_000) };
      });
    });
  }
  return all;
}

const isLeft = (asked: Asked): boolean => asked.leftAtMs !== undefined;

function expectWellEnded(asked: Asked, scene: Scene): void {
  const outcome = asked.outcome();
  const ending = asked.ending();
  expect(outcome, `${asked.id} ends`).toBeDefined();
  expect(outcome?.errorCode, outcome?.errorDetail).not.toBe('internal' satisfies ErrorCode);
  const calls = scene.host.calls.filter(({ request }) => request.requestId === asked.id);
  expect(outcome?.attempts).toBe(calls.length);
  for (const [number, call] of calls.entries()) {
    // After content of a call has gone out, nothing is sent for the request any more; its other choices are other calls.
    if (call.committed && (asked.asking.choices ?? 1) === 1) {
      expect(number, `${asked.id} is not sent again after commitment`).toBe(calls.length - 1);
    }
    if (asked.leftAtMs !== undefined) expect(call.sentAtMs).toBeLessThanOrEqual(asked.leftAtMs);
  }
  if (outcome?.result === 'client-closed') {
    expect(isLeft(asked)).toBe(true);
    return;
  }
  const texts = SURFACE_IDS.map((id) => WIRES[id].text);
  const { stream } = asked.asking;
  if (ending.type === 'answer') {
    if (outcome?.result === 'ok') expect(texts).toContain(ending.text);
    expect(outcome?.result === 'ok').toBe(ending.status === 200);
  } else {
    expect(ending.type).toBe(outcome?.result === 'ok' ? 'finished' : 'failed');
    const said = 'text' in ending ? ending.text : '';
    if (ending.type === 'finished') expect(texts).toContain(said);
    else expect(texts.some((text) => text.startsWith(said))).toBe(true);
  }
  expectInTime(asked, stream);
}

function expectInTime({ client, askedAtMs, id }: Asked, stream: boolean): void {
  if (!stream) {
    expect((client.endedAtMs ?? 0) - askedAtMs, `${id} in time`).toBeLessThanOrEqual(WHOLE_LIMIT_MS);
    return;
  }
  const firstMs = client.openedAtMs ?? client.endedAtMs ?? Number.NaN;
  expect(firstMs - askedAtMs, `${id} hears within 10 s`).toBeLessThanOrEqual(10_000);
  expect(client.silenceMsMax, `${id} never sits in silence`).toBeLessThanOrEqual(10_000);
}

/** With everything well again, each model is served at the first try: no permit, no breaker and no login is stuck. */
async function expectHealed(scene: Scene): Promise<void> {
  scene.host.script = (call) => answerWell(call);
  scene.login = { type: 'grant', ms: 1 };
  await scene.time.advance(HEALED_MS);
  for (const model of MODELS) {
    const asked = scene.ask({ dialect: 'openai-chat', model, stream: true });
    await scene.time.advance(1_000);
    expect(asked.outcome(), `${model} is served afterwards`).toMatchObject({ result: 'ok', attempts: 1 });
  }
}

/** @throws where a promise is broken. */
export async function runSchedule(
  seed: number,
): Promise<{ readonly requests: number; readonly calls: number }> {
  const chance = createChance(seed);
  const faultShare = chance.pick([0.05, 0.2, 0.5, 0.95]);
  const concurrencyMax = chance.pick([2, 8, 256]);
  let atOnce = 0;
  const scene = await openScene({
    random: createCountingRandom(() => chance.fraction()),
    tokenLifeS: chance.pick([60, 300, 3_600]),
    limits: { firstByteTimeoutMs: 30_000, idleTimeoutMs: chance.pick([8_000, 25_000]) },
    resilience: {
      limiter: { concurrencyMin: 2, concurrencyStart: Math.min(64, concurrencyMax), concurrencyMax },
      breaker: { callsMin: chance.pick([3, 10]) },
    },
    script(call) {
      atOnce = Math.max(atOnce, scene.host.open());
      play(call, chance, faultShare);
    },
  });
  const all = begin(scene, chance);
  for (let passedMs = 0; passedMs < OVER_BY_MS; passedMs += STEP_MS) {
    await scene.time.advance(STEP_MS);
    if (passedMs > ARRIVALS_WITHIN_MS && scene.pipeline.inFlight() === 0) break;
  }
  for (const asked of all) expectWellEnded(asked, scene);
  expect(atOnce, 'calls at once').toBeLessThanOrEqual(concurrencyMax);
  const { length: calls } = scene.host.calls;
  await expectHealed(scene);
  // Clients that stopped reading may have drained after their end.
  await scene.time.advance(100_000);
  await scene.expectNothingLeft();
  return { requests: all.length, calls };
}
