// The token file: one token kept over restarts. Marked with its org and client, so that another configuration's token is
// never sent to the wrong org. Read once, replaced in one step, for its owner's eyes only.

import { createHash } from 'node:crypto';

import type { FileSystem } from '../../core/platform/index.ts';
import { readAccessToken, readObject } from './access-token.ts';
import type { FileIgnoredReason, ObserveTokens } from './events.ts';
import type { MintOptions } from './mint.ts';

const MODE_OWNER_ONLY = 0o600;
const MODE_OTHERS = 0o077;

/** No write takes this long, so an older draft is one that a killed process left behind. It may hold a token. */
const DRAFT_LIVES_MS = 60_000;

export type StoredToken = {
  /** The bare token. A secret. */
  readonly accessToken: string;
  readonly tenantKey: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
};

type Owner = Pick<MintOptions, 'loginOrigin' | 'consumerKey' | 'requiredScopes'>;

export type TokenFile = {
  /** The token in the file if it is ours and valid. Never fails: a bad file is told to the observer and done without. */
  load(nowMs: number): Promise<StoredToken | undefined>;
  /** Replaces the file; writes do not overtake each other. Never fails either. */
  save(token: StoredToken): Promise<void>;
};

export function createTokenFile(
  path: string,
  owner: Owner,
  deps: { readonly files: FileSystem; readonly observe: ObserveTokens },
): TokenFile {
  const { files, observe } = deps;
  let lastWrite: Promise<void> = Promise.resolve();

  async function write(token: StoredToken): Promise<void> {
    try {
      await files.writeAtomic(path, formatTokenFile(token, owner), MODE_OWNER_ONLY);
    } catch (error) {
      observe({ type: 'file-not-written', path, error });
    }
  }

  async function removeDrafts(nowMs: number): Promise<void> {
    try {
      const count = await files.removeDrafts(path, nowMs - DRAFT_LIVES_MS);
      if (count > 0) observe({ type: 'file-drafts-removed', path, count });
    } catch {
      // They do no harm to us; whoever may not list the directory may still read the file.
    }
  }

  return {
    async load(nowMs) {
      await removeDrafts(nowMs);
      let text: string | undefined;
      let mode: number | undefined;
      try {
        text = await files.readText(path);
        if (text === undefined) return undefined;
        mode = await files.mode(path);
      } catch {
        observe({ type: 'file-ignored', path, reason: 'unreadable' });
        return undefined;
      }
      if (mode !== undefined && (mode & MODE_OTHERS) !== 0) observe({ type: 'file-exposed', path, mode });
      const found = parseTokenFile(text, owner, nowMs);
      if (typeof found === 'string') {
        observe({ type: 'file-ignored', path, reason: found });
        return undefined;
      }
      observe({ type: 'file-loaded', path, expiresInMs: found.expiresAtMs - nowMs });
      return found;
    },
    save(token) {
      lastWrite = lastWrite.then(() => write(token));
      return lastWrite;
    },
  };
}

/** The predecessor's field names, times in seconds, and the mark it does not have. */
export function formatTokenFile(token: StoredToken, owner: Owner): string {
  const content = {
    access_token: token.accessToken,
    created_at: token.issuedAtMs / 1000,
    expires_at: token.expiresAtMs / 1000,
    fingerprint: fingerprint(owner),
  };
  return `${JSON.stringify(content)}\n`;
}

function parseTokenFile(text: string, owner: Owner, nowMs: number): StoredToken | FileIgnoredReason {
  const content = readObject(text);
  if (content === undefined) return 'corrupt';
  const { access_token: accessToken, created_at: createdAt, expires_at: expiresAt } = content;
  if (typeof accessToken !== 'string' || typeof createdAt !== 'number' || typeof expiresAt !== 'number') {
    return 'corrupt';
  }
  if (content['fingerprint'] === undefined) return 'unmarked';
  if (content['fingerprint'] !== fingerprint(owner)) return 'other-org-or-client';
  const claims = readAccessToken(accessToken);
  if (claims?.tenantKey === undefined) return 'unusable';
  const { scopes, tenantKey } = claims;
  if (scopes !== undefined && !owner.requiredScopes.every((scope) => scopes.includes(scope)))
    return 'unusable';
  if (expiresAt * 1000 <= nowMs) return 'expired';
  return { accessToken, tenantKey, issuedAtMs: createdAt * 1000, expiresAtMs: expiresAt * 1000 };
}

/** A hash, so that the file does not tell the consumer key. */
function fingerprint(owner: Owner): string {
  return createHash('sha256').update(`${owner.loginOrigin}\n${owner.consumerKey}`).digest('hex');
}
