// A call made again while that may help: only before anything of it reached the client, only for what the table of errors
// calls passing, within the request's deadline and everyone's budget. Whoever leaves wakes the sleeper.

import type { Step } from '../salesforce/routing/port.ts';
import { attempt, Trail } from './attempt.ts';
import type { AttemptParts, AttemptWorld } from './carry.ts';
import { retryWaitMs } from './resilience/retry-wait.ts';
import { sleep } from './resilience/sleep.ts';

/** Resolves when the call is served; @throws GatewayError otherwise. */
export async function attemptWithRetries(
  steps: readonly Step[],
  parts: AttemptParts,
  world: AttemptWorld,
): Promise<void> {
  const { resilience } = world;
  const { clock, random, timers } = world.deps;
  resilience.budget.noteRequest(clock.monotonicMs());
  const trail = new Trail();
  for (let retries = 0; ; retries += 1) {
    const unserved = await attempt(steps, trail, parts, world);
    if (unserved === undefined) return;
    const { error, final } = unserved;
    if (final) throw error;
    const { dueMs, signal } = parts.deadline;
    const remainingMs = dueMs - clock.monotonicMs();
    const waitMs = retryWaitMs(error, retries, remainingMs, random.fraction(), resilience.options.retry);
    if (waitMs === undefined || signal.aborted || !resilience.takeRetry(error.code)) throw error;
    await sleep(waitMs, timers, signal);
  }
}
