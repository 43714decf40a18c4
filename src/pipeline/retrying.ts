// A call made again while that may help: only before anything of it reached the client, only for what the table of errors
// calls passing, within the request's deadline and everyone's budget. Whoever leaves wakes the sleeper.

import type { Clock, Random, Timers } from '../core/platform/index.ts';
import type { Step } from '../salesforce/routing/port.ts';
import { Attempt, Trail, type Unserved } from './attempt.ts';
import { carryEmulated } from './carry-emulated.ts';
import type { AttemptParts, AttemptWorld } from './carry.ts';
import type { Deadline } from './deadline.ts';
import type { Resilience } from './resilience/resilience.ts';
import { retryWaitMs } from './resilience/retry-wait.ts';
import { sleep } from './resilience/sleep.ts';

/** Resolves when the call is served; @throws GatewayError otherwise, also where a step could not even be called. */
export async function attemptWithRetries(
  steps: readonly Step[],
  parts: AttemptParts,
  world: AttemptWorld,
): Promise<void> {
  const trail = new Trail();
  world.resilience.budget.noteRequest(world.deps.clock.monotonicMs());
  for (let retries = 0; ; retries += 1) {
    const attempt = new Attempt(steps, trail, parts, world);
    let verdict: Unserved | true | undefined;
    while (verdict === undefined) {
      const step = attempt.next();
      verdict =
        step === undefined
          ? attempt.conclude()
          : attempt.judge(step, await carryEmulated(step, parts, world));
    }
    if (verdict === true) return;
    await untilRetry(verdict, retries, parts.deadline, world);
  }
}

type RetryWorld = {
  readonly deps: { readonly clock: Clock; readonly random: Random; readonly timers: Timers };
  readonly resilience: Resilience;
};

/** Resolves once `serve` resolves to undefined; @throws GatewayError what it throws, or why it was left at that. */
export async function withRetries(
  serve: () => Promise<Unserved | undefined>,
  deadline: Deadline,
  world: RetryWorld,
): Promise<void> {
  world.resilience.budget.noteRequest(world.deps.clock.monotonicMs());
  for (let retries = 0; ; retries += 1) {
    const unserved = await serve();
    if (unserved === undefined) return;
    await untilRetry(unserved, retries, deadline, world);
  }
}

/** Resolves when it is time to try again; @throws GatewayError why it was left at that. */
async function untilRetry(
  { error, final }: Unserved,
  retries: number,
  { dueMs, signal }: Deadline,
  { deps: { clock, random, timers }, resilience }: RetryWorld,
): Promise<void> {
  if (final) throw error;
  const remainingMs = dueMs - clock.monotonicMs();
  const waitMs = retryWaitMs(error, retries, remainingMs, random.fraction(), resilience.options.retry);
  if (waitMs === undefined || signal.aborted || !resilience.takeRetry(error.code)) throw error;
  await sleep(waitMs, timers, signal);
}
