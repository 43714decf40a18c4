// What the pipeline does when Salesforce does not answer as it should: every limit, wait and count by name. The page
// docs/resilience.md tells them all, and a test holds it to these values.

export type TimeLimitOptions = {
  /** Total limit of a whole answer for a call of up to `mediumCharacters`. */
  readonly smallMs: number;
  /** For one of more than that, up to `largeCharacters`. */
  readonly mediumMs: number;
  /** For a longer one. */
  readonly largeMs: number;
  readonly mediumCharacters: number;
  readonly largeCharacters: number;
  /** For a model that is large, or is asked to reason. */
  readonly slowModelFactor: number;
  /** The limit is never shorter than the output asked for takes at this pace. */
  readonly outputTokensPerSecond: number;
  /** The limit is never longer than this. */
  readonly maxMs: number;
};

export type RetryOptions = {
  /** Of one call, all surfaces together; the budget bounds the calls of one request, and all others. */
  readonly retriesMax: number;
  /** Full jitter: a wait is anything from nothing to this, doubled with each retry. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** The longest wait told by Salesforce that a request sits out. */
  readonly toldMaxMs: number;
  /** Retries within the window: at most the floor and this share of the requests. */
  readonly budgetShare: number;
  readonly budgetFloor: number;
  readonly budgetWindowMs: number;
};

/** Of one surface for one model. */
export type BreakerOptions = {
  readonly windowMs: number;
  /** Fewer results within the window prove nothing. */
  readonly callsMin: number;
  readonly failureShare: number;
  /** How long it stays open before a first probe; doubled by each probe that fails. */
  readonly openMs: number;
  readonly openMsMax: number;
};

/** Of one surface. */
export type LimiterOptions = {
  readonly concurrencyMin: number;
  readonly concurrencyStart: number;
  /** Not above the transport's connections, or calls would wait there instead. */
  readonly concurrencyMax: number;
  readonly queueMax: number;
  readonly queueMs: number;
};

export type StreamOptions = {
  /** A stream the client asked for is opened after this much silence, whatever Salesforce does. */
  readonly openAfterMs: number;
  /** Silence between two keep-alives. */
  readonly keepAliveMs: number;
};

export type ResilienceOptions = {
  readonly timeLimits: TimeLimitOptions;
  readonly retry: RetryOptions;
  readonly breaker: BreakerOptions;
  readonly limiter: LimiterOptions;
  readonly stream: StreamOptions;
};

export const RESILIENCE_DEFAULTS = {
  timeLimits: {
    smallMs: 60_000,
    mediumMs: 120_000,
    largeMs: 240_000,
    mediumCharacters: 10_000,
    largeCharacters: 30_000,
    slowModelFactor: 2,
    outputTokensPerSecond: 50,
    maxMs: 480_000,
  },
  retry: {
    retriesMax: 3,
    baseMs: 1_000,
    maxMs: 8_000,
    toldMaxMs: 60_000,
    budgetShare: 0.2,
    budgetFloor: 10,
    budgetWindowMs: 60_000,
  },
  breaker: { windowMs: 30_000, callsMin: 10, failureShare: 0.5, openMs: 1_000, openMsMax: 4_000 },
  limiter: {
    concurrencyMin: 4,
    concurrencyStart: 64,
    concurrencyMax: 256,
    queueMax: 1_000,
    queueMs: 30_000,
  },
  stream: { openAfterMs: 10_000, keepAliveMs: 10_000 },
} as const satisfies ResilienceOptions;
