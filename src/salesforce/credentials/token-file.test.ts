// The token file: what is taken from it, what is passed over with a word, and what is written.

import { describe, expect, it } from 'vitest';

import { CancelSource } from '../../core/platform/index.ts';
import { createTestOrg, FILE, jwt, LIFE_S, ORIGIN, type TestOrg } from './test-org.ts';
import { formatTokenFile } from './token-file.ts';

const here = new CancelSource().signal;
const owner = { loginOrigin: ORIGIN, consumerKey: '3MVG9.key', requiredScopes: ['sfap_api'] };

function withFile(text: string, mode = 0o600): TestOrg {
  const org = createTestOrg({ tokenFile: FILE });
  org.files.set(FILE, { text, mode });
  return org;
}

function fileOf(
  org: TestOrg,
  changes: { token?: string; lifeS?: number; owner?: typeof owner } = {},
): string {
  const nowMs = org.time.clock.nowMs();
  return formatTokenFile(
    {
      accessToken: changes.token ?? jwt({ payload: { sub: 'stored' } }),
      tenantKey: 'unused',
      issuedAtMs: nowMs,
      expiresAtMs: nowMs + (changes.lifeS ?? LIFE_S) * 1000,
    },
    changes.owner ?? owner,
  );
}

const blank = createTestOrg();

describe('the token file', () => {
  it('is read once, and its token served without a login', async () => {
    const org = withFile(fileOf(blank));
    await org.tokens.open();
    for (let call = 0; call < 100; call += 1) expect(org.nameOf(await org.tokens.get(here))).toBe('stored');
    expect(org.asked).toHaveLength(0);
    expect(org.reads()).toBe(1);
    expect(org.tokens.status()).toMatchObject({ state: 'valid', statistics: { fileReads: 1, hits: 100 } });
    expect(org.events).toEqual([{ type: 'file-loaded', path: FILE, expiresInMs: LIFE_S * 1000 }]);
  });

  it('is opened after the drafts of killed processes are removed, and not those of running ones', async () => {
    const org = withFile(fileOf(blank));
    const nowMs = org.time.clock.nowMs();
    for (const ageMs of [59_999, 60_001, 3_600_000]) org.drafts.add(nowMs - ageMs);
    await org.tokens.open();
    expect([...org.drafts]).toEqual([nowMs - 59_999]);
    expect(org.events[0]).toEqual({ type: 'file-drafts-removed', path: FILE, count: 2 });
    expect(org.nameOf(await org.tokens.get(here))).toBe('stored');
  });

  it('that is not there is no event, and is written by the first mint for its owner only', async () => {
    const org = createTestOrg({ tokenFile: FILE });
    await org.tokens.open();
    await org.tokens.get(here);
    await org.tokens.close();
    const written = org.files.get(FILE);
    expect(written?.mode).toBe(0o600);
    expect(written?.text).not.toContain('3MVG9.key');
    expect(org.events.map((event) => event.type)).toEqual(['minted']);

    const next = withFile(written?.text ?? '');
    await next.tokens.open();
    expect(next.nameOf(await next.tokens.get(here))).toBe('1');
    expect(next.asked).toHaveLength(0);
  });

  it('is not read when a login is needed later', async () => {
    const org = withFile(fileOf(blank));
    await org.tokens.open();
    org.tokens.invalidate(await org.tokens.get(here));
    await org.tokens.get(here);
    expect(org.asked).toHaveLength(1);
    expect(org.reads()).toBe(1);
  });

  it.each([
    ['corrupt', 'not json'],
    ['corrupt', '[]'],
    ['corrupt', '{"access_token":1}'],
    ['corrupt', fileOf(blank).slice(0, 50)],
    ['unmarked', JSON.stringify({ access_token: jwt(), created_at: 1, expires_at: 9_999_999_999 })],
    [
      'other-org-or-client',
      fileOf(blank, { owner: { ...owner, loginOrigin: 'https://other.my.salesforce.com' } }),
    ],
    ['other-org-or-client', fileOf(blank, { owner: { ...owner, consumerKey: '3MVG9.other' } })],
    ['unusable', fileOf(blank, { token: '00Dxx!opaque' })],
    ['unusable', fileOf(blank, { token: jwt({ payload: { scp: 'api' } }) })],
    ['expired', fileOf(blank, { lifeS: 0 })],
  ])('that is %s is passed over with a word: sample %$', async (reason, text) => {
    const org = withFile(text);
    await org.tokens.open();
    expect(org.events).toEqual([{ type: 'file-ignored', path: FILE, reason }]);
    expect(org.nameOf(await org.tokens.get(here))).toBe('1');
  });

  it('that others may read is used, with a word', async () => {
    const org = withFile(fileOf(blank), 0o644);
    await org.tokens.open();
    expect(org.events.map((event) => event.type)).toEqual(['file-exposed', 'file-loaded']);
  });

  it('that cannot be read or written disturbs nobody', async () => {
    const org = createTestOrg({ tokenFile: FILE });
    org.files.get = () => {
      throw new Error('EACCES');
    };
    org.files.set = () => {
      throw new Error('EROFS');
    };
    await org.tokens.open();
    expect(org.nameOf(await org.tokens.get(here))).toBe('1');
    await org.tokens.close();
    expect(org.events.map((event) => event.type)).toEqual(['file-ignored', 'minted', 'file-not-written']);
  });

  it('does not replace a token that was minted while it was read', async () => {
    const org = withFile(fileOf(blank));
    const read = Promise.withResolvers<void>();
    org.reading = read.promise;
    const opening = org.tokens.open();
    const minted = await org.tokens.get(here);
    org.tokens.invalidate(minted);
    read.resolve();
    await opening;
    expect(org.nameOf(await org.tokens.get(here))).toBe('2');
  });

  it('is replaced by the token of a mint that began before it was read', async () => {
    const org = withFile(fileOf(blank));
    const read = Promise.withResolvers<void>();
    org.reading = read.promise;
    org.respond = undefined;
    const opening = org.tokens.open();
    const early = org.tokens.get(here);
    read.resolve();
    await opening;
    expect(org.nameOf(await org.tokens.get(here))).toBe('stored');
    org.asked[0]?.answer(org.grant('minted'));
    expect(org.nameOf(await early)).toBe('minted');
    expect(org.nameOf(await org.tokens.get(here))).toBe('minted');
  });
});
