// The one holder of the org's token: memory first, then the token file, then one mint for all who wait. A token that is
// still valid is always served, whatever happens to its successor; no call ever waits for a renewal. From `open` to `close`
// it sees to it by itself, without a caller, that there is a token: after any failure it tries again.

import { GatewayError, toGatewayError } from '../../core/errors/index.ts';
import {
  CancelSource,
  Secret,
  type CancelSignal,
  type FileSystem,
  type Timer,
} from '../../core/platform/index.ts';
import { abortError, untilAborted } from './abort.ts';
import type { ObserveTokens } from './events.ts';
import {
  lifetime,
  renewalBackoffMs,
  renewalPauseMs,
  UNASKED_MINT_AFTER_MS,
  untilNextLookMs,
  type Lifetime,
} from './lifetimes.ts';
import { mint, type MintDependencies, type MintOptions } from './mint.ts';
import type { Token, TokenSource, TokenStatistics, TokenStatus } from './port.ts';
import { createTokenFile, type StoredToken, type TokenFile } from './token-file.ts';

export type TokenSourceOptions = MintOptions & {
  /** Undefined: the token is kept in memory only. */
  readonly tokenFile: string | undefined;
};

export type TokenSourceDependencies = MintDependencies & {
  readonly files: FileSystem;
  readonly observe?: ObserveTokens;
};

export type OpenableTokenSource = TokenSource & {
  /** Reads the token file, the only time it is read, and begins to care for a token. Never fails: a bad file is an event. */
  open(): Promise<void>;
  /** Ends the mints that run and the timers. Calls that wait fail with `shutting_down`. */
  close(): Promise<void>;
};

/** A refused login is not tried again for this long: a client cannot make us hammer the login. */
const REFUSAL_REMEMBERED_MS = 15_000;
/** A limit on logins is waited out as long as it says, and no longer than this. */
const RATE_LIMIT_WAIT_MAX_MS = 60_000;
/** Fresh tokens rejected one after the other before logins pause: then the token is not what is wrong. */
const REJECTIONS_MAX = 3;
/** Less is the time the reply took and rounding to seconds. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Of the token from the file; minted ones count from here. */
const FILE_GENERATION = 0;

/** A token and the marks in its life, so that the hot path compares two numbers. */
type Held = { readonly token: Token; readonly life: Lifetime };

type Flight = { readonly promise: Promise<Token> };

type Counts = { -readonly [Name in keyof TokenStatistics]: number };

/** Why no mint may be begun for a caller just now. */
type Refusal = { readonly error: GatewayError; readonly untilMs: number };

export function createTokenSource(
  options: TokenSourceOptions,
  deps: TokenSourceDependencies,
): OpenableTokenSource {
  return new MintingTokenSource(options, deps);
}

class MintingTokenSource implements OpenableTokenSource {
  readonly #options: TokenSourceOptions;
  readonly #deps: TokenSourceDependencies;
  readonly #observe: ObserveTokens;
  readonly #file: TokenFile | undefined;
  readonly #closing = new CancelSource();
  readonly #counts: Counts = {
    hits: 0,
    misses: 0,
    coalesced: 0,
    mints: 0,
    minted: 0,
    mintFailures: 0,
    invalidations: 0,
    fileReads: 0,
  };
  // By identity: what `get` gave out is what comes back, and an old token's proof is forgotten with the token.
  readonly #proven = new WeakSet<Token>();
  readonly #running = new Set<Flight>();

  #held: Held | undefined;
  /** The mint that callers without a token join. An older one may still run beside it. */
  #flight: Flight | undefined;
  #lastGeneration = FILE_GENERATION;
  #newestHeld = FILE_GENERATION;
  #refusal: Refusal | undefined;
  #lastFailure: string | undefined;
  #renewalFailures = 0;
  /** Tokens rejected in a row without having served a call. */
  #rejections = 0;
  /** By the monotonic clock. */
  #renewNotBeforeMs = 0;
  #renewalTimer: Timer | undefined;
  #writes: Promise<void> = Promise.resolve();

  constructor(options: TokenSourceOptions, deps: TokenSourceDependencies) {
    this.#options = options;
    this.#deps = deps;
    this.#observe = deps.observe ?? (() => undefined);
    this.#file =
      options.tokenFile === undefined
        ? undefined
        : createTokenFile(options.tokenFile, options, { files: deps.files, observe: this.#observe });
  }

  async open(): Promise<void> {
    const stored = await this.#load();
    // A call that did not wait for us may have minted meanwhile; every minted token is newer than the file's.
    const superseded = this.#newestHeld > FILE_GENERATION || this.#closing.aborted;
    if (stored !== undefined && !superseded) this.#hold(stored, FILE_GENERATION);
    if (this.#held === undefined) this.#armWithoutToken(UNASKED_MINT_AFTER_MS);
  }

  get(signal: CancelSignal): Token | Promise<Token> {
    const held = this.#held;
    if (held !== undefined) {
      const nowMs = this.#deps.clock.nowMs();
      if (nowMs < held.life.bufferFromMs) {
        this.#counts.hits += 1;
        return held.token;
      }
      if (nowMs < held.life.expiresAtMs) return this.#serveExpiring(held);
    }
    return this.#await(signal);
  }

  confirm(token: Token): void {
    this.#proven.add(token);
    this.#rejections = 0;
  }

  isProven(token: Token): boolean {
    return this.#proven.has(token);
  }

  invalidate(token: Token): void {
    // Every call that used a dead token complains of it. Only the first complaint counts, and none hits a newer token.
    if (this.#held?.token.generation !== token.generation) return;
    this.#held = undefined;
    // A mint begun before the complaint may have been served before whatever killed the token, or may hang; whoever
    // needs a token now begins a newer one. What the older brings is still welcome until then. No more than two mints
    // can run at once: to begin a second takes a token to complain of, and the next token comes when one of them ends.
    this.#flight = undefined;
    this.#counts.invalidations += 1;
    const proven = this.#proven.has(token);
    this.#rejections = proven ? 0 : this.#rejections + 1;
    // Without this, every call would log in twice for as long as the model host turns us away.
    if (this.#rejections >= REJECTIONS_MAX) this.#remember(rejectedError());
    this.#observe({ type: 'invalidated', generation: token.generation, proven });
    // Whoever complained mints at once. But it may have left, and a gateway that is not ready may be asked nothing more.
    this.#armWithoutToken(UNASKED_MINT_AFTER_MS);
  }

  status(): TokenStatus {
    const nowMs = this.#deps.clock.nowMs();
    const life = this.#held?.life;
    return {
      state: stateOf(life, nowMs),
      expiresInS: life === undefined ? undefined : Math.max(0, Math.floor((life.expiresAtMs - nowMs) / 1000)),
      lastFailure: this.#lastFailure,
      statistics: { ...this.#counts },
    };
  }

  async close(): Promise<void> {
    this.#closing.abort(shuttingDown());
    this.#cancelRenewal();
    await Promise.allSettled([...this.#running].map((flight) => flight.promise));
    await this.#writes;
  }

  async #load(): Promise<StoredToken | undefined> {
    if (this.#file === undefined) return undefined;
    this.#counts.fileReads += 1;
    return this.#file.load(this.#deps.clock.nowMs());
  }

  // --- for callers

  /** The token is good to the end; its successor is overdue, and is fetched behind the caller's back. */
  #serveExpiring(held: Held): Token {
    if (this.#running.size === 0 && this.#mayRenew()) {
      this.#counts.misses += 1;
      this.#begin(true);
    } else {
      this.#counts.hits += 1;
    }
    return held.token;
  }

  #await(signal: CancelSignal): Promise<Token> {
    if (this.#closing.aborted) return Promise.reject(shuttingDown());
    // A caller who has left gets nothing begun for it.
    if (signal.aborted) return Promise.reject(abortError(signal));
    if (this.#flight !== undefined) {
      this.#counts.coalesced += 1;
      return untilAborted(this.#flight.promise, signal);
    }
    const refusal = this.#refusal;
    if (refusal !== undefined && this.#deps.clock.monotonicMs() < refusal.untilMs) {
      return Promise.reject(refusal.error);
    }
    this.#counts.misses += 1;
    return untilAborted(this.#begin(false).promise, signal);
  }

  // --- minting

  #begin(background: boolean): Flight {
    this.#lastGeneration += 1;
    this.#counts.mints += 1;
    const generation = this.#lastGeneration;
    const flight: Flight = { promise: this.#fly(generation, background) };
    this.#running.add(flight);
    this.#flight = flight;
    const landed = (): void => {
      this.#running.delete(flight);
      if (this.#flight === flight) this.#flight = undefined;
    };
    // Also keeps a failure that nobody waits for from ending the process.
    flight.promise.then(landed, landed);
    return flight;
  }

  async #fly(generation: number, background: boolean): Promise<Token> {
    const { clock } = this.#deps;
    const begunMs = clock.monotonicMs();
    try {
      const { grant, tries } = await mint(this.#options, this.#deps, this.#closing);
      const durationMs = clock.monotonicMs() - begunMs;
      const lifeMs = grant.expiresAtMs - grant.issuedAtMs;
      this.#counts.minted += 1;
      this.#observe({ type: 'minted', generation, background, lifeMs, tries, durationMs });
      if (Math.abs(grant.clockAheadMs ?? 0) > CLOCK_TOLERANCE_MS) {
        this.#observe({ type: 'clock-differs', aheadMs: grant.clockAheadMs ?? 0 });
      }
      return this.#land(grant, generation);
    } catch (thrown) {
      return this.#crash(toGatewayError(thrown), generation, background);
    }
  }

  /** A mint that ends after a newer one must not overwrite it; its waiters get the newer token too. */
  #land(grant: StoredToken, generation: number): Token {
    this.#refusal = undefined;
    this.#lastFailure = undefined;
    this.#renewalFailures = 0;
    if (generation < this.#newestHeld) {
      this.#observe({ type: 'mint-outdated', generation });
      // The timer may have fired in vain while this mint ran.
      if (this.#held === undefined) this.#armWithoutToken(UNASKED_MINT_AFTER_MS);
      else this.#armNextLook(this.#held.life);
      return this.#held?.token ?? tokenOf(grant, generation);
    }
    if (this.#file !== undefined) this.#writes = this.#file.save(grant);
    const pauseMs = renewalPauseMs(grant.issuedAtMs, grant.expiresAtMs);
    this.#renewNotBeforeMs = this.#deps.clock.monotonicMs() + pauseMs;
    return this.#hold(grant, generation);
  }

  #crash(error: GatewayError, generation: number, background: boolean): Token {
    const held = this.#held;
    const tokenValid = held !== undefined && this.#deps.clock.nowMs() < held.life.expiresAtMs;
    if (!this.#closing.aborted) {
      this.#counts.mintFailures += 1;
      this.#lastFailure = error.message;
      this.#observe({ type: 'mint-failed', generation, background, error, tokenValid });
      this.#remember(error);
      this.#retreat(held?.life, error);
    }
    // Another mint, or the file, has brought one while this one failed.
    if (tokenValid) return held.token;
    throw error;
  }

  #remember(error: GatewayError): void {
    const forMs =
      error.code === 'upstream_login_refused'
        ? REFUSAL_REMEMBERED_MS
        : Math.min(error.retryAfterMs ?? 0, RATE_LIMIT_WAIT_MAX_MS);
    if (forMs > 0) this.#refusal = { error, untilMs: this.#deps.clock.monotonicMs() + forMs };
  }

  // --- renewing ahead

  #hold(stored: StoredToken, generation: number): Token {
    const token = tokenOf(stored, generation);
    const life = lifetime(stored.issuedAtMs, stored.expiresAtMs);
    this.#held = { token, life };
    this.#newestHeld = generation;
    this.#armNextLook(life);
    return token;
  }

  #armRenewal(delayMs: number): void {
    this.#cancelRenewal();
    if (!this.#closing.aborted) {
      this.#renewalTimer = this.#deps.timers.after(delayMs, () => this.#look());
    }
  }

  #cancelRenewal(): void {
    this.#renewalTimer?.cancel();
    this.#renewalTimer = undefined;
  }

  #look(): void {
    const life = this.#held?.life;
    if (life !== undefined && untilNextLookMs(life, this.#deps.clock.nowMs()) > 0) this.#armNextLook(life);
    else if (this.#running.size === 0) this.#begin(true);
    // Otherwise a mint runs: its end arms the timer again.
  }

  #armNextLook(life: Lifetime): void {
    const { clock } = this.#deps;
    const pauseMs = this.#renewNotBeforeMs - clock.monotonicMs();
    this.#armRenewal(Math.max(pauseMs, untilNextLookMs(life, clock.nowMs())));
  }

  /** The source mints by itself, and keeps the pauses that callers must keep. */
  #armWithoutToken(delayMs: number): void {
    const pausedMs = (this.#refusal?.untilMs ?? 0) - this.#deps.clock.monotonicMs();
    this.#armRenewal(Math.max(delayMs, pausedMs));
  }

  #mayRenew(): boolean {
    return this.#deps.clock.monotonicMs() >= this.#renewNotBeforeMs;
  }

  #retreat(life: Lifetime | undefined, error: GatewayError): void {
    this.#renewalFailures += 1;
    const refused = error.code === 'upstream_login_refused';
    const backoffMs = Math.max(
      renewalBackoffMs(this.#renewalFailures, life, refused),
      Math.min(error.retryAfterMs ?? 0, RATE_LIMIT_WAIT_MAX_MS),
    );
    this.#renewNotBeforeMs = this.#deps.clock.monotonicMs() + backoffMs;
    if (life === undefined) this.#armWithoutToken(backoffMs);
    else this.#armRenewal(backoffMs);
  }
}

function tokenOf({ accessToken, tenantKey, expiresAtMs }: StoredToken, generation: number): Token {
  return { authorization: new Secret(`Bearer ${accessToken}`), tenantKey, expiresAtMs, generation };
}

function stateOf(life: Lifetime | undefined, nowMs: number): TokenStatus['state'] {
  if (life === undefined) return 'none';
  if (nowMs >= life.expiresAtMs) return 'expired';
  return nowMs >= life.bufferFromMs ? 'expiring' : 'valid';
}

function rejectedError(): GatewayError {
  return new GatewayError(
    'upstream_login_refused',
    `Salesforce's login issues tokens, but the model host rejected the last ${REJECTIONS_MAX}. Check that api_url is the ` +
      'model host for this org, and that the Run-As user may use the Models API.',
  );
}

function shuttingDown(): GatewayError {
  return new GatewayError('shutting_down', 'The gateway is shutting down.');
}
