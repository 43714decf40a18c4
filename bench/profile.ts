// Where a request's time and memory go, in the same scene as (a).

import {
  summariseAllocations,
  summariseCpu,
  type AllocationNode,
  type CpuProfile,
} from './profile-summary.ts';
import { measure, openStage, type SceneOptions } from './stage.ts';

export type ProfileKind = 'profile' | 'allocations' | 'survivors';

/** The profiler's own answer, from our own child: its shape is V8's. */
function replyIn(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'reply' in message ? message.reply : undefined;
}

/** @returns lines to print. */
export async function profileChat(kind: ProfileKind, options: SceneOptions): Promise<readonly string[]> {
  const stage = await openStage(options);
  try {
    const contestant = stage.gateway ?? stage.floor;
    await measure(stage, contestant, { ...options, requests: options.warmUpRequests });
    await contestant.child.ask(`${kind}-start`);
    await measure(stage, contestant, options);
    if (kind === 'profile') {
      const profile = replyIn(await contestant.child.ask('profile-stop')) as CpuProfile;
      return summariseCpu(profile, options.requests);
    }
    const head = replyIn(await contestant.child.ask('allocations-stop')) as AllocationNode;
    return summariseAllocations(head, options.requests);
  } finally {
    await stage.close();
  }
}
