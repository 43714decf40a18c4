// How long a token is good and when the next one is fetched. Every margin of the gateway around a token is in this file.

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/** Before its expiry a token counts as expiring for this long: still used, but the next one is overdue. */
const BUFFER_MAX_MS = 10 * MINUTE_MS;
/** The next token is fetched this long before the expiry, in time for the buffer to stay unused. */
const RENEWAL_LEAD_MAX_MS = 15 * MINUTE_MS;
/** A machine that slept wakes up with late timers, so the renewal is looked at at least this often. */
const LOOK_MS = 15 * MINUTE_MS;
/** For a token that says nothing of its end: the shortest life an administrator can set is 15 minutes (reference 1.5). */
export const UNKNOWN_LIFE_MS = 10 * MINUTE_MS;

const BACKOFF_FIRST_MAX_MS = 5 * SECOND_MS;
const BACKOFF_FIRST_MIN_MS = SECOND_MS;
const BACKOFF_MAX_MS = MINUTE_MS;
/** A refused login mostly stays refused until somebody changes a setting. */
const BACKOFF_REFUSED_MAX_MS = 5 * MINUTE_MS;

/** Without a token, whoever asks first mints at once; when nobody asks for this long, the source mints by itself. */
export const UNASKED_MINT_AFTER_MS = SECOND_MS;

const PAUSE_MAX_MS = 30 * SECOND_MS;
const PAUSE_MIN_MS = SECOND_MS;

export type Lifetime = {
  readonly expiresAtMs: number;
  /** From here on the token is expiring. */
  readonly bufferFromMs: number;
  /** From here on the next token is fetched. */
  readonly renewFromMs: number;
};

export function lifetime(issuedAtMs: number, expiresAtMs: number): Lifetime {
  const lifeMs = Math.max(0, expiresAtMs - issuedAtMs);
  return {
    expiresAtMs,
    // A third of a short life, or a token of 20 s would be expiring from the start.
    bufferFromMs: expiresAtMs - Math.min(BUFFER_MAX_MS, lifeMs / 3),
    renewFromMs: expiresAtMs - Math.min(RENEWAL_LEAD_MAX_MS, lifeMs / 2),
  };
}

/** How long the renewal timer sleeps before it looks again. */
export function untilNextLookMs(life: Lifetime, nowMs: number): number {
  return Math.min(LOOK_MS, Math.max(0, life.renewFromMs - nowMs));
}

/**
 * The pause after a successful mint. An org that answers a login with the token it issued before (reference 1.5 leaves
 * room for it) gives less life each time: without a pause the last minutes of a token would be one mint after another.
 */
export function renewalPauseMs(issuedAtMs: number, expiresAtMs: number): number {
  return Math.min(PAUSE_MAX_MS, Math.max(PAUSE_MIN_MS, (expiresAtMs - issuedAtMs) / 4));
}

/**
 * The pause after the `failures`-th failed mint in a row. A short life leaves no time for a long one. Without a token
 * nobody is served, so that even a refused login is asked about every minute.
 */
export function renewalBackoffMs(failures: number, life: Lifetime | undefined, refused: boolean): number {
  const lead = life === undefined ? Infinity : life.expiresAtMs - life.renewFromMs;
  const first = Math.min(BACKOFF_FIRST_MAX_MS, Math.max(BACKOFF_FIRST_MIN_MS, lead / 10));
  const max = refused && life !== undefined ? BACKOFF_REFUSED_MAX_MS : BACKOFF_MAX_MS;
  return Math.min(max, first * 2 ** (failures - 1));
}
