// Alerts over sliding windows: fed with every outcome, looked at a few times a minute. Each fires once and clears once: it
// clears only well on the other side of its threshold, and a window that holds too little proves nothing.

import type { Clock, Timer, Timers } from '../core/platform/index.ts';
import {
  ALERT_NAMES,
  ALERT_RULES,
  AUTH_ERRORS,
  AUTH_FAILURE_SHARE_MAX,
  BASELINE_START_MS,
  CERTIFICATE_LEFT_S_MIN,
  HIT_RATE_NOTICE,
  HIT_RATE_WARNING,
  QUOTA_SHARE_MIN,
  RATE_LIMITED_SHARE_MAX,
  SLOW_FACTOR,
  TIMEOUT_SHARE_MAX,
  TOKEN_LEFT_S_MIN,
  type AlertName,
  type AlertSeverity,
} from './alert-rules.ts';
import type { Outcome } from './port.ts';
import { WindowSum } from './window.ts';

/** What lives in other parts and is read at each look. */
export type AlertReadings = {
  /** Undefined without a token. */
  readonly tokenExpiresInS: number | undefined;
  readonly renewalFailed: boolean;
  /** Since the start: calls that found a token, and those that did not. */
  readonly tokenHits: number;
  readonly tokenMisses: number;
  /** Surface and model of each that is open. */
  readonly openBreakers: readonly string[];
  /** Where Salesforce tells: the org's limit of requests, and the least that was left of it in the last minutes. */
  readonly quotas: readonly { readonly surface: string; readonly limit: number; readonly lowest: number }[];
  /** Of the listener's own certificate; undefined where it has none. */
  readonly certificateExpiresInS: number | undefined;
};

export type FiringAlert = {
  readonly alert: AlertName;
  readonly severity: AlertSeverity;
  /** With the numbers; nothing secret. */
  readonly message: string;
  readonly sinceMs: number;
};

export type AlertChange = FiringAlert & { readonly state: 'firing' | 'cleared' };

export type AlertDependencies = {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly read: () => AlertReadings;
  /** Must not throw. */
  readonly onChange: (change: AlertChange) => void;
};

export type Alerts = {
  observe(outcome: Outcome): void;
  /** Looks now and then, until `close`. */
  open(): void;
  /** As of the last look, and cheap. */
  isFiring(alert: AlertName): boolean;
  /** As of now. */
  firing(): readonly FiringAlert[];
  /** Mean time of simple requests, learnt. */
  baselineMs(): number;
  close(): void;
};

const LOOK_MS = 15_000;
const REQUEST_WINDOW_MS = 5 * 60_000;
const HIT_WINDOW_MS = 15 * 60_000;
/** Fewer requests, or calls for a token, prove nothing. */
const REQUESTS_MIN = 20;
const CALLS_MIN = 20;
const S_PER_DAY = 86_400;
/** How far on the other side of its threshold an alert clears. */
const CLEARING = 0.8;
const HIT_RATE_CLEARING = 0.02;
const QUOTA_CLEARING = 2;
/** A simple request is answered in one call, and shortly. */
const SIMPLE_OUTPUT_TOKENS_MAX = 500;
const SIMPLE_INPUT_TOKENS_MAX = 2_000;
/** Each look moves the baseline by this share of its distance: half of the way in a quarter of an hour. */
const LEARNING = 0.01;

const AUTH: ReadonlySet<string> = new Set(AUTH_ERRORS);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** What a look at one alert says: undefined lets it clear. */
type Verdict = string | undefined;

export function createAlerts(deps: AlertDependencies): Alerts {
  return new WindowAlerts(deps);
}

class WindowAlerts implements Alerts {
  readonly #deps: AlertDependencies;
  readonly #requests = new WindowSum(REQUEST_WINDOW_MS);
  readonly #authFailures = new WindowSum(REQUEST_WINDOW_MS);
  readonly #timeouts = new WindowSum(REQUEST_WINDOW_MS);
  readonly #rateLimited = new WindowSum(REQUEST_WINDOW_MS);
  readonly #simple = new WindowSum(REQUEST_WINDOW_MS);
  readonly #simpleMs = new WindowSum(REQUEST_WINDOW_MS);
  readonly #hits = new WindowSum(HIT_WINDOW_MS);
  readonly #misses = new WindowSum(HIT_WINDOW_MS);
  readonly #firing = new Map<AlertName, FiringAlert>();
  #hitsSeen = 0;
  #missesSeen = 0;
  #baselineMs = BASELINE_START_MS;
  #timer: Timer | undefined;

  constructor(deps: AlertDependencies) {
    this.#deps = deps;
  }

  observe(outcome: Outcome): void {
    const nowMs = this.#deps.clock.monotonicMs();
    this.#requests.add(nowMs, 1);
    const { errorCode } = outcome;
    if (errorCode !== undefined) {
      if (AUTH.has(errorCode)) this.#authFailures.add(nowMs, 1);
      else if (errorCode === 'upstream_timeout') this.#timeouts.add(nowMs, 1);
      else if (errorCode === 'upstream_rate_limited') this.#rateLimited.add(nowMs, 1);
    }
    if (isSimple(outcome)) {
      this.#simple.add(nowMs, 1);
      this.#simpleMs.add(nowMs, outcome.durationMs);
    }
  }

  open(): void {
    this.#timer = this.#deps.timers.after(LOOK_MS, () => {
      this.#look();
      this.#learn();
      this.open();
    });
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  isFiring(alert: AlertName): boolean {
    return this.#firing.has(alert);
  }

  firing(): readonly FiringAlert[] {
    this.#look();
    return [...this.#firing.values()];
  }

  baselineMs(): number {
    return this.#baselineMs;
  }

  #look(): void {
    const readings = this.#deps.read();
    const nowMs = this.#deps.clock.monotonicMs();
    this.#hits.add(nowMs, readings.tokenHits - this.#hitsSeen);
    this.#misses.add(nowMs, readings.tokenMisses - this.#missesSeen);
    this.#hitsSeen = readings.tokenHits;
    this.#missesSeen = readings.tokenMisses;
    const verdicts: Record<AlertName, Verdict> = {
      token_renewal_failed: judgeToken(readings),
      ...this.#judgeHitRate(nowMs),
      auth_failures: this.#judgeShare('auth_failures', this.#authFailures, AUTH_FAILURE_SHARE_MAX, nowMs),
      timeouts: this.#judgeShare('timeouts', this.#timeouts, TIMEOUT_SHARE_MAX, nowMs),
      slow_responses: this.#judgePace(nowMs),
      breaker_open:
        readings.openBreakers.length === 0 ? undefined : `Open: ${readings.openBreakers.join(', ')}.`,
      quota_nearly_spent:
        this.#judgeShare('quota_nearly_spent', this.#rateLimited, RATE_LIMITED_SHARE_MAX, nowMs) ??
        this.#judgeQuotas(readings),
      certificate_expiring: judgeCertificate(readings),
    };
    for (const name of ALERT_NAMES) this.#apply(name, verdicts[name]);
  }

  /** While it is slow, slowness must not become the rule. */
  #learn(): void {
    const nowMs = this.#deps.clock.monotonicMs();
    const count = this.#simple.sum(nowMs);
    if (count < REQUESTS_MIN || this.#firing.has('slow_responses')) return;
    this.#baselineMs += (this.#simpleMs.sum(nowMs) / count - this.#baselineMs) * LEARNING;
  }

  #apply(alert: AlertName, verdict: Verdict): void {
    const before = this.#firing.get(alert);
    if (verdict === undefined) {
      if (before === undefined) return;
      this.#firing.delete(alert);
      this.#deps.onChange({ ...before, state: 'cleared' });
      return;
    }
    const { severity, summary } = ALERT_RULES[alert];
    const sinceMs = before?.sinceMs ?? this.#deps.clock.nowMs();
    const now: FiringAlert = { alert, severity, message: `${summary} ${verdict}`, sinceMs };
    this.#firing.set(alert, now);
    if (before === undefined) this.#deps.onChange({ ...now, state: 'firing' });
  }

  #judgeShare(alert: AlertName, counted: WindowSum, shareMax: number, nowMs: number): Verdict {
    const all = this.#requests.sum(nowMs);
    if (all < REQUESTS_MIN) return undefined;
    const share = counted.sum(nowMs) / all;
    const limit = this.#firing.has(alert) ? shareMax * CLEARING : shareMax;
    return share > limit ? `Now ${percent(share)} of ${all}.` : undefined;
  }

  /** A window is of a minute, so it is the low of the last minutes that counts and not what is left now. */
  #judgeQuotas({ quotas }: AlertReadings): Verdict {
    const isFiring = this.#firing.has('quota_nearly_spent');
    const share = isFiring ? QUOTA_SHARE_MIN * QUOTA_CLEARING : QUOTA_SHARE_MIN;
    const low = quotas.filter(({ limit, lowest }) => lowest < limit * share);
    if (low.length === 0) return undefined;
    const told = low.map(({ surface, limit, lowest }) => `${surface} ${lowest} of ${limit}`);
    return `Left of late: ${told.join(', ')}.`;
  }

  #judgeHitRate(
    nowMs: number,
  ): Pick<Record<AlertName, Verdict>, 'token_hit_rate_low' | 'token_hit_rate_very_low'> {
    const hits = this.#hits.sum(nowMs);
    const all = hits + this.#misses.sum(nowMs);
    const rate = hits / all;
    const judge = (alert: AlertName, least: number): Verdict => {
      if (all < CALLS_MIN) return undefined;
      const limit = this.#firing.has(alert) ? least + HIT_RATE_CLEARING : least;
      return rate < limit ? `Now ${percent(rate)} of ${all}.` : undefined;
    };
    return {
      token_hit_rate_low: judge('token_hit_rate_low', HIT_RATE_NOTICE),
      token_hit_rate_very_low: judge('token_hit_rate_very_low', HIT_RATE_WARNING),
    };
  }

  #judgePace(nowMs: number): Verdict {
    const count = this.#simple.sum(nowMs);
    if (count < REQUESTS_MIN) return undefined;
    const meanMs = this.#simpleMs.sum(nowMs) / count;
    const limitMs = this.#baselineMs * SLOW_FACTOR;
    if (meanMs <= (this.#firing.has('slow_responses') ? limitMs * CLEARING : limitMs)) return undefined;
    return `Now ${seconds(meanMs)} for simple ones, usually ${seconds(this.#baselineMs)}.`;
  }
}

function judgeToken({ renewalFailed, tokenExpiresInS }: AlertReadings): Verdict {
  if (!renewalFailed) return undefined;
  // Nothing is renewed then: this login may never have worked.
  if (tokenExpiresInS === undefined) return 'There is no token: no call can be served.';
  const leftS = Math.max(0, tokenExpiresInS);
  if (leftS >= TOKEN_LEFT_S_MIN) return undefined;
  return `Left: ${Math.floor(leftS / 60)} min ${Math.floor(leftS % 60)} s.`;
}

function judgeCertificate({ certificateExpiresInS: leftS }: AlertReadings): Verdict {
  if (leftS === undefined || leftS >= CERTIFICATE_LEFT_S_MIN) return undefined;
  return leftS <= 0 ? 'It has expired.' : `Left: ${Math.floor(leftS / S_PER_DAY)} days.`;
}

function isSimple({ result, attempts, operation, usage, durationMs }: Outcome): boolean {
  return (
    result === 'ok' &&
    attempts === 1 &&
    operation === 'generate' &&
    durationMs > 0 &&
    (usage.inputTokens ?? 0) <= SIMPLE_INPUT_TOKENS_MAX &&
    (usage.outputTokens ?? 0) <= SIMPLE_OUTPUT_TOKENS_MAX
  );
}
