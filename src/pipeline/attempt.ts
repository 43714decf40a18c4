// Tries a planned call step by step until one serves it. The next step is taken when the org turns out not to have this
// one, or when its breaker is open; any other failure is the caller's to judge.

import { GatewayError } from '../core/errors/index.ts';
import type { GenerateOperation, Model } from '../core/neutral/index.ts';
import type { Token } from '../salesforce/credentials/port.ts';
import type { Step } from '../salesforce/routing/port.ts';
import type { Failure } from '../salesforce/surfaces/port.ts';
import { carryEmulated } from './carry-emulated.ts';
import type { AttemptParts, AttemptWorld } from './carry.ts';

/** Why no step served the call. */
export type Unserved = {
  readonly error: GatewayError;
  /** Whether it must stay at that: content reached the client, or trying again would change nothing. */
  readonly final: boolean;
};

/** What the tries of one call have found out. */
export class Trail {
  /** Steps answered "not here" or "not for you": not asked again. */
  absent: Step[] = [];
  /** Those of them answered "not here", to be remembered. A refusal is the request's own and is not. */
  missing: Step[] = [];
  forbidden: GatewayError | undefined;
  last: GatewayError | undefined;
  /** The token of the last such answer, and whether one of them may have been the token's fault. */
  token: Token | undefined;
  suspected = false;
  /** A fresh token has been tried for it. */
  renewed = false;
}

/** Undefined when the call is served. @throws GatewayError where a step could not even be called. */
export async function attempt(
  steps: readonly Step[],
  trail: Trail,
  parts: AttemptParts,
  world: AttemptWorld,
): Promise<Unserved | undefined> {
  do {
    let broken: GatewayError | undefined;
    for (const step of steps) {
      if (trail.absent.includes(step)) continue;
      const { failure, final, token } = await carryEmulated(step, parts, world);
      if (failure === undefined) {
        // The token is good, so the steps before this one are what was wrong.
        for (const absent of trail.missing) world.deps.router.reportMissing(absent);
        return undefined;
      }
      const { error } = failure;
      if (token === undefined) broken ??= error;
      else if (final || !mayBeElsewhere(error)) return { error, final };
      else note(failure, step, token, trail);
    }
    // A way that is closed now may be the one that has the model, so nothing is concluded from the others.
    if (broken !== undefined) return { error: broken, final: true };
  } while (renewToken(trail, world));
  for (const step of trail.missing) world.deps.router.reportMissing(step);
  const error = trail.forbidden ?? absenceError(parts.operation, steps[0]?.model, trail.last, world);
  return { error, final: true };
}

/** The step answered "not here" or "not for you". */
function note({ error, token: verdict }: Failure, step: Step, token: Token, trail: Trail): void {
  trail.absent.push(step);
  if (error.code === 'model_not_found') trail.missing.push(step);
  else trail.forbidden ??= error;
  trail.last = error;
  trail.token = token;
  trail.suspected ||= verdict === 'suspect';
}

/** Whether all steps are worth another try, with a fresh token. */
function renewToken(trail: Trail, { deps: { tokens } }: AttemptWorld): boolean {
  const { token } = trail;
  if (trail.missing.length === 0 || !trail.suspected || token === undefined) return false;
  if (!trail.renewed && !tokens.isProven(token)) {
    // Salesforce answers 404 also to a token it cannot use, and this one has never served a call.
    tokens.invalidate(token);
    const fresh = new Trail();
    fresh.renewed = true;
    Object.assign(trail, fresh);
    return true;
  }
  // A fresh token met the same answers: they mean the model. Otherwise every invented name would force a mint.
  if (trail.renewed) tokens.confirm(token);
  return false;
}

/** Another surface may still serve the call: the org lacks this one, or is not let in here. */
function mayBeElsewhere(error: GatewayError): boolean {
  return error.code === 'model_not_found' || error.code === 'upstream_forbidden';
}

/** With the absent surfaces known, the router may have a better word for it than the last "not found". */
function absenceError(
  operation: GenerateOperation,
  model: Model | undefined,
  last: GatewayError | undefined,
  world: AttemptWorld,
): GatewayError {
  const again = model === undefined ? undefined : world.deps.router.plan(operation.call, model);
  if (again?.type === 'refuse' && again.error.code === 'unsupported') return again.error;
  return last ?? new GatewayError('internal', 'The gateway had no way to carry this request.');
}
