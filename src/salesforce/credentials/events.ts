// What the token source tells the log. No event ever holds a token or a secret.

import type { GatewayError } from '../../core/errors/index.ts';

export type FileIgnoredReason =
  /** There is a file, but it could not be read. */
  | 'unreadable'
  /** Not JSON, or without what a token file holds. */
  | 'corrupt'
  /** Without a mark of its org and client, as an older program writes it. */
  | 'unmarked'
  | 'other-org-or-client'
  /** Its token is not one for the models, or lacks a scope. */
  | 'unusable'
  | 'expired';

export type TokenEvent =
  | {
      readonly type: 'minted';
      readonly generation: number;
      readonly background: boolean;
      readonly lifeMs: number;
      readonly tries: number;
      readonly durationMs: number;
    }
  | {
      readonly type: 'mint-failed';
      readonly generation: number;
      readonly background: boolean;
      readonly error: GatewayError;
      /** Whether there is still a valid token, so that no call suffers yet. */
      readonly tokenValid: boolean;
    }
  | { readonly type: 'mint-outdated'; readonly generation: number }
  | { readonly type: 'invalidated'; readonly generation: number; readonly proven: boolean }
  /** Positive when Salesforce's clock is ahead of ours. */
  | { readonly type: 'clock-differs'; readonly aheadMs: number }
  | { readonly type: 'file-loaded'; readonly path: string; readonly expiresInMs: number }
  | { readonly type: 'file-ignored'; readonly path: string; readonly reason: FileIgnoredReason }
  /** Others on the machine may read the file; the next mint puts that right. */
  | { readonly type: 'file-exposed'; readonly path: string; readonly mode: number }
  /** Left behind by a process that was killed while it wrote. */
  | { readonly type: 'file-drafts-removed'; readonly path: string; readonly count: number }
  | { readonly type: 'file-not-written'; readonly path: string; readonly error: unknown };

/** Must not throw. */
export type ObserveTokens = (event: TokenEvent) => void;
