// The fuzz between its sockets: pipeline, router, surfaces and dialects in one process on simulated time, one request after
// another, so that every upstream call has its request.

import { validateHeaderName, validateHeaderValue } from 'node:http';

import { GatewayError } from '../../src/core/errors/index.ts';
import { CancelSource } from '../../src/core/platform/index.ts';
import type { Answer } from '../../src/dialects/port.ts';
import type { ClientOut } from '../../src/pipeline/port.ts';
import type { Chance } from '../faults/schedule.ts';
import { createCountingRandom, openScene, type Scene } from '../faults/scene.ts';
import { settlePromises, type SimulatedTime } from '../simulated-time.ts';
import type { SeenAnswer } from './generator.ts';
import type { Seen } from './judge.ts';
import { demand } from './readers/demand.ts';
import type { FuzzRequest } from './request.ts';
import { answerFairly, answerFoully } from './upstream.ts';

/** Longer than any limit of the gateway lets a request run. */
const HANG_MS = 1_500_000;
const FIRST_STEP_MS = 10;
const STEP_MS_MAX = 20_000;
const DRAIN_MS = 3;
/** Clients that were slow to drain, and connections that were slow to close. */
const CLOSE_MS = 100_000;

/** Holds headers to what Node's server would take, since there is none here. */
function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
}

class SeenOut implements ClientOut {
  readonly #time: SimulatedTime;
  readonly #chance: Chance;
  readonly #pieces: Uint8Array[] = [];
  #head: { readonly status: number; readonly headers: Readonly<Record<string, string>> } | undefined;
  #ended = false;

  constructor(time: SimulatedTime, chance: Chance) {
    this.#time = time;
    this.#chance = chance;
  }

  answer({ status, headers, body }: Answer): void {
    this.openStream(status, headers);
    this.#pieces.push(Buffer.from(body));
    this.#ended = true;
  }

  openStream(status: number, headers: Readonly<Record<string, string>>): void {
    demand(this.#head === undefined, 'an answer begins once');
    checkHeaders(headers);
    this.#head = { status, headers };
  }

  write(frame: string | Uint8Array): boolean {
    demand(this.#head !== undefined && !this.#ended, 'pieces come between head and end');
    this.#pieces.push(typeof frame === 'string' ? Buffer.from(frame) : frame);
    return !this.#chance.happens(0.05);
  }

  onDrain(run: () => void): void {
    this.#time.timers.after(DRAIN_MS, run);
  }

  end(): void {
    this.#ended = true;
  }

  seen(): SeenAnswer | undefined {
    if (this.#head === undefined || !this.#ended) return undefined;
    return { ...this.#head, body: Buffer.concat(this.#pieces) };
  }
}

export type World = {
  readonly fair: boolean;
  ask(request: FuzzRequest, chance: Chance): Promise<Seen>;
  /** Holds it to having let everything go. */
  close(): Promise<void>;
};

export async function openWorld(fair: boolean, chance: Chance): Promise<World> {
  let weather = chance;
  const scene = await openScene({
    random: createCountingRandom(() => weather.fraction()),
    // What one request does to the next is the fault schedules' affair.
    ...(fair ? { resilience: { breaker: { callsMin: Number.MAX_SAFE_INTEGER } } } : {}),
    script: (call) => (fair ? answerFairly(call, weather) : answerFoully(call, weather)),
  });
  let asked = 0;
  return {
    fair,
    async ask(request, itsChance) {
      weather = itsChance;
      asked += 1;
      return ask(`r${asked}`, request, scene, itsChance);
    },
    close: async () => {
      await scene.time.advance(CLOSE_MS);
      await scene.expectNothingLeft();
    },
  };
}

async function ask(id: string, request: FuzzRequest, scene: Scene, chance: Chance): Promise<Seen> {
  const { time, pipeline, host, outcomes } = scene;
  const socket = new CancelSource();
  const out = new SeenOut(time, chance);
  const [callsBefore, settledBefore] = [host.calls.length, outcomes.length];
  const { dialect, route, draft, body } = request;
  const running = pipeline.run({
    requestId: id,
    dialect,
    request: {
      method: route.method,
      route: route.path,
      rest: draft.rest,
      query: '',
      headers: { 'content-type': 'application/json', ...draft.headers },
      body,
    },
    caller: { keyId: 'tester', admin: false },
    out,
    signal: socket.signal,
    abort: (reason) => socket.abort(reason),
    receivedMs: time.clock.monotonicMs(),
  });
  await settlePromises();
  let stepMs = FIRST_STEP_MS;
  for (let waitedMs = 0; outcomes.length === settledBefore; waitedMs += stepMs) {
    if (waitedMs > HANG_MS) {
      socket.abort(new GatewayError('client_closed', 'The fuzz gave it up.'));
      throw new Error('the request hangs');
    }
    await time.advance(stepMs);
    stepMs = Math.min(stepMs * 2, STEP_MS_MAX);
  }
  await running;
  demand(outcomes.length === settledBefore + 1, 'a request is settled once');
  demand(pipeline.inFlight() === 0, 'nothing is left under way');
  return { answer: out.seen(), outcome: outcomes.at(-1), calls: host.calls.length - callsBefore };
}
