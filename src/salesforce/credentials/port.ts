// The port of credentials: a bearer token for the org's model host, minted once and shared by all.

import type { CancelSignal, Secret } from '../../core/platform/index.ts';

export type Token = {
  /** The `Authorization` header's value, `Bearer` included. */
  readonly authorization: Secret;
  /** The JWT header's `tnk`, for `x-sfdc-core-tenant-id` (reference 1.4). */
  readonly tenantKey: string;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
  /** Grows with every mint, so that a late complaint cannot hit a newer token. */
  readonly generation: number;
};

/** Counts since the start. Every call of `get` that is not refused is one of the first three; see `tokenHitRate`. */
export type TokenStatistics = {
  /** Served from memory, and no mint begun. */
  readonly hits: number;
  /** Began a mint. */
  readonly misses: number;
  /** Waited for a mint that another had begun. */
  readonly coalesced: number;
  /** Begun, whatever became of them. */
  readonly mints: number;
  /** Tokens that they brought. */
  readonly minted: number;
  readonly mintFailures: number;
  readonly invalidations: number;
  readonly fileReads: number;
};

export type TokenStatus = {
  readonly state: 'none' | 'valid' | 'expiring' | 'expired';
  /** Seconds until the token expires; undefined without a token. */
  readonly expiresInS: number | undefined;
  /** The last mint's failure in words that may be shown to an operator; undefined after a success. */
  readonly lastFailure: string | undefined;
  readonly statistics: TokenStatistics;
};

export type TokenSource = {
  /**
   * The current token, at once where it is in memory.
   * @throws GatewayError `upstream_login_refused`, `upstream_login_unavailable` or `client_closed`.
   */
  get(signal: CancelSignal): Token | Promise<Token>;
  /** The token has served a call: from now on a 404 means the model, not the token. */
  confirm(token: Token): void;
  isProven(token: Token): boolean;
  /** The token was rejected; the next `get` mints. A token older than the current one is ignored. */
  invalidate(token: Token): void;
  status(): TokenStatus;
};
