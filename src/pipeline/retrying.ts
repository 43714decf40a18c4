// A call made again while that may help: only before anything of it reached the client, only for what the table of errors
// calls passing, within the request's deadline and everyone's budget. Whoever leaves wakes the sleeper.

import type { Clock, Random, Timers } from '../core/platform/index.ts';
import type { Step } from '../salesforce/routing/port.ts';
import { attempt, Trail, type Unserved } from './attempt.ts';
import type { AttemptParts, AttemptWorld } from './carry.ts';
import type { Deadline } from './deadline.ts';
import type { Resilience } from './resilience/resilience.ts';
import { retryWaitMs } from './resilience/retry-wait.ts';
import { sleep } from './resilience/sleep.ts';

/** Resolves when the call is served; @throws GatewayError otherwise. */
export function attemptWithRetries(
  steps: readonly Step[],
  parts: AttemptParts,
  world: AttemptWorld,
): Promise<void> {
  const trail = new Trail();
  return withRetries(() => attempt(steps, trail, parts, world), parts.deadline, world);
}

type RetryWorld = {
  readonly deps: { readonly clock: Clock; readonly random: Random; readonly timers: Timers };
  readonly resilience: Resilience;
};

/** Resolves once `serve` resolves to undefined; @throws GatewayError what it throws, or why it was left at that. */
export async function withRetries(
  serve: () => Promise<Unserved | undefined>,
  deadline: Deadline,
  { deps, resilience }: RetryWorld,
): Promise<void> {
  const { clock, random, timers } = deps;
  resilience.budget.noteRequest(clock.monotonicMs());
  for (let retries = 0; ; retries += 1) {
    const unserved = await serve();
    if (unserved === undefined) return;
    const { error, final } = unserved;
    if (final) throw error;
    const { dueMs, signal } = deadline;
    const remainingMs = dueMs - clock.monotonicMs();
    const waitMs = retryWaitMs(error, retries, remainingMs, random.fraction(), resilience.options.retry);
    if (waitMs === undefined || signal.aborted || !resilience.takeRetry(error.code)) throw error;
    await sleep(waitMs, timers, signal);
  }
}
