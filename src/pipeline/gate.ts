// The way of every upstream call, whatever it asks for: a place in the surface's limiter, a word of the breaker, the call,
// and what both learn from it. The place is held to the end of the upstream's stream and never while a request sleeps.

import type { GatewayError } from '../core/errors/index.ts';
import type { Clock, Timers } from '../core/platform/index.ts';
import type { Failure } from '../salesforce/surfaces/port.ts';
import type { Deadline } from './deadline.ts';
import { REFUSED } from './resilience/breaker.ts';
import { brokenError, resultOf } from './resilience/breakers.ts';
import type { CallSign } from './resilience/limiter.ts';
import type { Resilience } from './resilience/resilience.ts';

/** A call that met the total time limit is the upstream's fault from this share of the limit on. */
const BLAMED_SHARE = 0.5;

/** What a call leaves behind at the gate. */
export type Visit = {
  /** Monotonic milliseconds at which the last request went out; undefined where none did. */
  sentMs: number | undefined;
  firstByteMs: number | undefined;
  /** Where the call is a probe: told when it is being served well, which may be long before its end. */
  readonly prove: (() => void) | undefined;
  /** A connection that may outlast its call. */
  upstream: { readonly over: boolean; linger(timers: Timers, whenOver: () => void): void } | undefined;
};

type GateWorld = {
  readonly deps: { readonly clock: Clock; readonly timers: Timers };
  readonly resilience: Resilience;
};

/**
 * What came of the call, or what is `refused` where the breaker let none be made.
 *
 * @param model Its name in Salesforce's words.
 * @throws GatewayError where no call could be made: no place, or what `call` throws.
 */
export async function passGate<T extends { readonly failure: Failure | undefined }>(
  surface: string,
  model: string,
  deadline: Deadline,
  world: GateWorld,
  call: (visit: Visit) => Promise<T>,
  refused: (error: GatewayError) => T,
): Promise<T> {
  const { clock, timers } = world.deps;
  const limiter = world.resilience.limiters.of(surface);
  const breaker = world.resilience.breakers.of(surface, model);
  if (!limiter.tryEnter()) {
    // There is no point in waiting for a place before a closed door.
    const waitMs = breaker.waitMs(clock.monotonicMs());
    if (waitMs > 0) return refused(brokenError(surface, waitMs));
    await limiter.enter(deadline.signal);
  }
  const startedMs = clock.monotonicMs();
  const ticket = breaker.enter(startedMs);
  if (ticket === REFUSED) {
    limiter.leave();
    return refused(brokenError(surface, breaker.waitMs(startedMs)));
  }
  const prove = breaker.state === 'probing' ? () => breaker.prove(ticket) : undefined;
  const visit: Visit = { upstream: undefined, sentMs: undefined, firstByteMs: undefined, prove };
  let came: T | undefined;
  try {
    came = await call(visit);
    return came;
  } finally {
    const error = came?.failure?.error;
    const nowMs = clock.monotonicMs();
    const isOurs = came === undefined || isOwnEnding(error, visit.sentMs, nowMs, deadline);
    breaker.leave(ticket, isOurs ? 'unknown' : resultOf(error), nowMs);
    limiter.learn(isOurs ? 'none' : signOf(error), startedMs, visit.firstByteMs);
    if (visit.upstream === undefined || visit.upstream.over) limiter.leave();
    else visit.upstream.linger(timers, () => limiter.leave());
  }
}

/**
 * What ended the call from this side says nothing of Salesforce, unless it was the time limit and Salesforce had most of
 * that time: what a request spent asleep, in a queue or at the login is not held against it.
 */
function isOwnEnding(
  error: GatewayError | undefined,
  sentMs: number | undefined,
  nowMs: number,
  deadline: Deadline,
): boolean {
  const { signal, expired, limitMs } = deadline;
  if (!signal.aborted || error !== signal.reason) return false;
  const ranMs = sentMs === undefined ? 0 : nowMs - sentMs;
  return !expired || ranMs < limitMs * BLAMED_SHARE || !deadline.takeBlame();
}

function signOf(error: GatewayError | undefined): CallSign {
  if (error === undefined) return 'good';
  return error.code === 'upstream_rate_limited' || error.code === 'upstream_timeout' ? 'strained' : 'none';
}
