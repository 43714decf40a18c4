// The token's life in simulated time: one mint for all, renewal ahead, complaints, outages, races, and letting go.

import { describe, expect, it } from 'vitest';

import { GatewayError } from '../../core/errors/index.ts';
import { CancelSource } from '../../core/platform/index.ts';
import { tokenHitRate } from './hit-rate.ts';
import { CANARY, createTestOrg, jwt, LIFE_S, refusal, reply, type TestOrg } from './test-org.ts';
import type { Token } from './port.ts';

const here = new CancelSource().signal;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const unreachable = new GatewayError('upstream_unreachable', 'acme refused the connection.');

/** Runs whatever is due now until the call is answered. */
async function got(org: TestOrg, call: Token | Promise<Token>): Promise<Token> {
  const outcome = Promise.resolve(call);
  outcome.catch(() => undefined);
  await org.time.advance(0);
  return outcome;
}

async function opened(): Promise<TestOrg> {
  const org = createTestOrg();
  await org.tokens.open();
  return org;
}

describe('getting a token', () => {
  it('mints once for a thousand calls at once, and serves the rest from memory', async () => {
    const org = await opened();
    const tokens = await Promise.all(Array.from({ length: 64 }, async () => org.tokens.get(here)));
    expect(new Set(tokens).size).toBe(1);
    for (let call = 64; call < 1000; call += 1) expect(org.tokens.get(here)).toBe(tokens[0]);
    const { statistics } = org.tokens.status();
    expect(statistics).toMatchObject({ misses: 1, coalesced: 63, hits: 936, mints: 1, minted: 1 });
    expect(tokenHitRate(statistics)).toBe(0.999);
    expect(org.asked).toHaveLength(1);
  });

  it('answers at once, and not with a promise, when the token is in memory', async () => {
    const org = await opened();
    const token = await org.tokens.get(here);
    expect(org.tokens.get(here)).toBe(token);
    expect(token.authorization.reveal()).toMatch(/^Bearer ey/u);
    expect(org.tokens.status()).toMatchObject({ state: 'valid', expiresInS: LIFE_S, lastFailure: undefined });
  });

  it('lets a caller who leaves go at once, and mints on for the others', async () => {
    const org = await opened();
    org.respond = undefined;
    const source = new CancelSource();
    const leaving = org.tokens.get(source.signal);
    const staying = org.tokens.get(here);
    source.abort('gone');
    await expect(leaving).rejects.toMatchObject({ code: 'client_closed' });
    expect(org.asked[0]?.signal.aborted).toBe(false);
    org.asked[0]?.answer(org.grant('one'));
    expect(org.nameOf(await staying)).toBe('one');
  });

  it('hands on the reason of a caller who leaves when it is an error of ours', async () => {
    const org = await opened();
    org.respond = undefined;
    const source = new CancelSource();
    const leaving = org.tokens.get(source.signal);
    const reason = new GatewayError('upstream_timeout', 'The time is up.');
    source.abort(reason);
    await expect(leaving).rejects.toBe(reason);
  });

  it('finishes a mint that everybody left, for the next caller', async () => {
    const org = await opened();
    org.respond = undefined;
    const source = new CancelSource();
    const leaving = org.tokens.get(source.signal);
    source.abort(undefined);
    await expect(leaving).rejects.toMatchObject({ code: 'client_closed' });
    org.asked[0]?.answer(org.grant('one'));
    await org.time.advance(0);
    expect(org.tokens.get(here)).not.toBeInstanceOf(Promise);
    expect(org.asked).toHaveLength(1);
  });

  it('begins nothing for a caller who has already left', async () => {
    const org = await opened();
    const gone = new CancelSource();
    gone.abort(undefined);
    await expect(org.tokens.get(gone)).rejects.toMatchObject({ code: 'client_closed' });
    expect(org.asked).toHaveLength(0);
  });
});

describe('a login that fails', () => {
  it('is tried three times on network errors, 1 s and 2 s apart', async () => {
    const org = await opened();
    org.respond = (index) => (index < 2 ? unreachable : org.grant('third'));
    const call = org.tokens.get(here);
    await org.time.advance(999);
    expect(org.asked).toHaveLength(1);
    await org.time.advance(1);
    expect(org.asked).toHaveLength(2);
    await org.time.advance(1999);
    expect(org.asked).toHaveLength(2);
    await org.time.advance(1);
    expect(org.nameOf(await call)).toBe('third');
    expect(org.events).toMatchObject([{ type: 'minted', tries: 3, durationMs: 3000, background: false }]);
  });

  it('is tried three times on 5xx and then unavailable', async () => {
    const org = await opened();
    org.respond = () => reply(503, '<html>');
    const call = org.tokens.get(here);
    const failed = expect(call).rejects.toMatchObject({ code: 'upstream_login_unavailable' });
    await org.time.advance(3000);
    await failed;
    expect(org.asked).toHaveLength(3);
    expect(org.tokens.status()).toMatchObject({
      state: 'none',
      lastFailure: expect.stringContaining('503') as string,
      statistics: { mints: 1, minted: 0, mintFailures: 1 },
    });
    // Nothing is remembered: the next call finds out whether it has passed.
    org.respond = () => org.grant('back');
    expect(org.nameOf(await org.tokens.get(here))).toBe('back');
    expect(org.tokens.status().lastFailure).toBeUndefined();
  });

  it('ends after 60 s in all', async () => {
    const org = await opened();
    org.respond = undefined;
    const call = org.tokens.get(here);
    const failed = expect(call).rejects.toMatchObject({
      code: 'upstream_login_unavailable',
      message: expect.stringContaining('60 s') as string,
    });
    await org.time.advance(MINUTE - 1);
    expect(org.asked[0]?.signal.aborted).toBe(false);
    await org.time.advance(1);
    await failed;
    expect(org.asked[0]?.signal.aborted).toBe(true);
    await org.tokens.close();
    expect(org.time.pending()).toBe(0);
  });

  it('as a refusal is tried once, and is remembered for 15 s', async () => {
    const org = await opened();
    org.respond = () => refusal('invalid_client', 'invalid client credentials');
    await expect(org.tokens.get(here)).rejects.toMatchObject({ code: 'upstream_login_refused' });
    await org.time.advance(15 * SECOND - 1);
    await expect(org.tokens.get(here)).rejects.toMatchObject({ code: 'upstream_login_refused' });
    expect(org.asked).toHaveLength(1);
    expect(org.tokens.status().statistics).toMatchObject({ hits: 0, misses: 1, mints: 1 });
    org.respond = () => org.grant('cured');
    await org.time.advance(1);
    expect(org.asked).toHaveLength(2);
    expect(org.nameOf(await org.tokens.get(here))).toBe('cured');
  });

  it('for too many logins waits as long as it was told', async () => {
    const org = await opened();
    org.respond = () => reply(429, '', { 'retry-after': '5' });
    await expect(org.tokens.get(here)).rejects.toMatchObject({ code: 'upstream_login_unavailable' });
    await org.time.advance(5 * SECOND - 1);
    await expect(org.tokens.get(here)).rejects.toMatchObject({ retryAfterMs: 5000 });
    expect(org.asked).toHaveLength(1);
    await org.time.advance(1);
    await expect(org.tokens.get(here)).rejects.toMatchObject({ retryAfterMs: 5000 });
    expect(org.asked).toHaveLength(2);
  });

  it('fails everybody who waits, and nobody after the next success', async () => {
    const org = await opened();
    org.respond = () => refusal('inactive_user', 'user is inactive');
    const outcomes = await Promise.allSettled(Array.from({ length: 3 }, async () => org.tokens.get(here)));
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(org.asked).toHaveLength(1);
  });

  it('tells nothing of the secret, in errors and in events', async () => {
    const org = await opened();
    org.respond = () => refusal('invalid_client', `bad ${CANARY}`);
    const error: unknown = await Promise.resolve(org.tokens.get(here)).catch((thrown: unknown) => thrown);
    const told = [
      String(error),
      JSON.stringify(error),
      JSON.stringify(org.events),
      org.tokens.status().lastFailure,
    ];
    expect(told.join(' ')).not.toContain('canary');
  });

  it('on an unknown name points at the My Domain', async () => {
    const org = await opened();
    const cause = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    org.respond = () => new GatewayError('upstream_unreachable', 'The name could not be found.', { cause });
    const failed = expect(org.tokens.get(here)).rejects.toThrow(/could not be found\. Check instance_url/u);
    await org.time.advance(3000);
    await failed;
  });
});

describe('renewal', () => {
  it('happens 15 minutes before the end, without a call', async () => {
    const org = await opened();
    await org.tokens.get(here);
    await org.time.advance((LIFE_S - 900) * SECOND - 1);
    expect(org.asked).toHaveLength(1);
    await org.time.advance(1);
    expect(org.asked).toHaveLength(2);
    const token = org.tokens.get(here);
    expect(org.nameOf(await got(org, token))).toBe('2');
    expect(org.tokens.status().statistics).toMatchObject({ misses: 1, hits: 1, mints: 2 });
  });

  it('of a short-lived token happens at half its life', async () => {
    const org = await opened();
    org.respond = (index) => org.grant(String(index + 1), 20);
    await org.tokens.get(here);
    await org.time.advance(10 * SECOND - 1);
    expect(org.asked).toHaveLength(1);
    await org.time.advance(1);
    expect(org.asked).toHaveLength(2);
  });

  it('of a long-lived token is looked at every 15 minutes, so that a sleeping machine does not miss it', async () => {
    const org = await opened();
    org.respond = (index) => org.grant(String(index + 1), 7200);
    await org.tokens.get(here);
    await org.time.advance(30 * MINUTE);
    expect(org.asked).toHaveLength(1);
    // After the jump 80 of 120 minutes are gone; the next look, at 95, sleeps only the 10 that are left.
    org.jump(50 * MINUTE);
    await org.time.advance(25 * MINUTE - 1);
    expect(org.asked).toHaveLength(1);
    await org.time.advance(1);
    expect(org.asked).toHaveLength(2);
  });

  it('is made up for at the next look when the machine slept through it', async () => {
    const org = await opened();
    org.respond = (index) => org.grant(String(index + 1), 7200);
    await org.tokens.get(here);
    org.jump(300 * MINUTE);
    expect(org.tokens.status().state).toBe('expired');
    await org.time.advance(15 * MINUTE - 1);
    expect(org.asked).toHaveLength(1);
    await org.time.advance(1);
    expect(org.tokens.status().state).toBe('valid');
  });

  it('goes on for ever, so that an idle gateway always holds a valid token', async () => {
    const org = await opened();
    await org.tokens.get(here);
    await org.time.advance(24 * 60 * MINUTE);
    expect(org.tokens.status().state).toBe('valid');
    expect(org.asked).toHaveLength(1 + 24 * 4);
  });

  it('that fails disturbs nobody while the token is valid, and backs off', async () => {
    const org = await opened();
    await org.tokens.get(here);
    org.respond = () => unreachable;
    let served = 0;
    for (let second = 0; second < LIFE_S - 1; second += 1) {
      await org.time.advance(SECOND);
      const token = org.tokens.get(here);
      expect(token).not.toBeInstanceOf(Promise);
      served += 1;
    }
    expect(served).toBe(LIFE_S - 1);
    // Three tries a mint, and pauses that grow to a minute: 15 minutes of outage are some 18 mints, not 900.
    const { mints } = org.tokens.status().statistics;
    expect(mints).toBeGreaterThan(10);
    expect(mints).toBeLessThan(25);
    expect(org.tokens.status()).toMatchObject({ state: 'expiring', expiresInS: 1 });

    org.respond = () => org.grant('back');
    await org.time.advance(2 * MINUTE);
    expect(org.nameOf(await got(org, org.tokens.get(here)))).toBe('back');
  });

  it('that hangs makes nobody wait while the token is valid', async () => {
    const org = await opened();
    org.respond = (index) => org.grant(String(index + 1), 30);
    await org.tokens.get(here);
    org.respond = undefined;
    await org.time.advance(29 * SECOND);
    expect(org.asked).toHaveLength(2);
    expect(org.tokens.get(here)).not.toBeInstanceOf(Promise);
    await org.time.advance(SECOND);
    expect(org.tokens.status().state).toBe('expired');
    // Expired: now the call waits for the mint that runs.
    const call = org.tokens.get(here);
    org.asked[1]?.answer(org.grant('late'));
    expect(org.nameOf(await call)).toBe('late');
    expect(org.asked).toHaveLength(2);
  });

  it('that brings the same token again does not become one mint after another', async () => {
    const org = await opened();
    const same = org.grant('same');
    org.respond = () => same;
    await org.tokens.get(here);
    for (let second = 0; second < LIFE_S - 1; second += 1) {
      await org.time.advance(SECOND);
      expect(org.tokens.get(here)).not.toBeInstanceOf(Promise);
    }
    expect(org.asked.length).toBeGreaterThan(5);
    expect(org.asked.length).toBeLessThan(20);
  });

  it('that is refused is told, and tried less and less', async () => {
    const org = await opened();
    await org.tokens.get(here);
    org.respond = () => refusal('inactive_user', 'user is inactive');
    await org.time.advance((LIFE_S - 1) * SECOND);
    expect(org.events.at(-1)).toMatchObject({ type: 'mint-failed', background: true, tokenValid: true });
    expect(org.asked.length).toBeLessThan(12);
    expect(org.tokens.get(here)).not.toBeInstanceOf(Promise);
    expect(org.tokens.status().lastFailure).toContain('inactive_user');
  });
});

describe('without a token and without a caller', () => {
  it('the source mints by itself once it is open', async () => {
    const org = await opened();
    await org.time.advance(SECOND);
    expect(org.tokens.status()).toMatchObject({ state: 'valid', statistics: { misses: 0, mints: 1 } });
  });

  it('a login that is down for an hour from the start is found to be up within a minute or so', async () => {
    const org = await opened();
    org.respond = () => unreachable;
    const first = expect(org.tokens.get(here)).rejects.toMatchObject({ code: 'upstream_login_unavailable' });
    await org.time.advance(60 * MINUTE);
    await first;
    expect(org.tokens.status().state).toBe('none');
    // Three tries a mint and a pause of a minute: not one mint after another.
    expect(org.tokens.status().statistics.mints).toBeGreaterThan(50);
    expect(org.tokens.status().statistics.mints).toBeLessThan(65);

    org.respond = () => org.grant('back');
    await org.time.advance(63 * SECOND);
    expect(org.tokens.status()).toMatchObject({ state: 'valid', lastFailure: undefined });
    expect(org.tokens.get(here)).not.toBeInstanceOf(Promise);
    await org.tokens.close();
    expect(org.time.pending()).toBe(0);
  });

  it('a login that refused is asked about every minute', async () => {
    const org = await opened();
    org.respond = () => refusal('inactive_user', 'user is inactive');
    await org.time.advance(60 * MINUTE);
    expect(org.asked.length).toBeLessThan(65);
    org.respond = () => org.grant('cured');
    await org.time.advance(MINUTE);
    expect(org.tokens.status().state).toBe('valid');
  });

  it('a login that wants to be left alone for a day is left alone for a minute', async () => {
    const org = await opened();
    org.respond = () => reply(429, '', { 'retry-after': '86400' });
    await org.time.advance(SECOND);
    org.respond = () => org.grant('allowed');
    await org.time.advance(MINUTE - 1);
    expect(org.asked).toHaveLength(1);
    await org.time.advance(1);
    expect(org.tokens.status().state).toBe('valid');
  });

  it('a rejected token whose successor could not be fetched gets one when the login is back', async () => {
    const org = await opened();
    const dead = await org.tokens.get(here);
    org.tokens.confirm(dead);
    org.tokens.invalidate(dead);
    org.respond = () => unreachable;
    const failed = expect(org.tokens.get(here)).rejects.toMatchObject({ code: 'upstream_login_unavailable' });
    await org.time.advance(10 * MINUTE);
    await failed;
    org.respond = () => org.grant('back');
    await org.time.advance(63 * SECOND);
    expect(org.tokens.status().state).toBe('valid');
  });

  it('a rejected token gets a successor though whoever complained has left', async () => {
    const org = await opened();
    org.tokens.invalidate(await org.tokens.get(here));
    await org.time.advance(SECOND);
    expect(org.tokens.status().state).toBe('valid');
  });

  it('tokens that are all rejected are fetched no faster than callers may', async () => {
    const org = await opened();
    for (let round = 0; round < 3; round += 1) org.tokens.invalidate(await org.tokens.get(here));
    await org.time.advance(15 * SECOND - 1);
    expect(org.asked).toHaveLength(3);
    await org.time.advance(1);
    expect(org.asked).toHaveLength(4);
  });

  it('a mint that outlasts its successor’s token does not end the care for a next one', async () => {
    const org = await opened();
    const first = await org.tokens.get(here);
    org.respond = undefined;
    await org.time.advance((LIFE_S - 900) * SECOND);
    org.tokens.invalidate(first);
    const forced = org.tokens.get(here);
    org.asked[2]?.answer(org.grant('forced'));
    org.tokens.invalidate(await forced);
    // The timer of the complaint fires in vain: the first renewal still runs.
    await org.time.advance(5 * SECOND);
    expect(org.asked).toHaveLength(3);
    org.asked[1]?.answer(org.grant('slow'));
    await org.time.advance(0);
    org.respond = () => org.grant('next');
    await org.time.advance(SECOND);
    expect(org.tokens.status().state).toBe('valid');
  });

  it('a mint that outlasts the renewal of a newer token does not end the renewals', async () => {
    const org = await opened();
    const first = await org.tokens.get(here);
    org.respond = undefined;
    await org.time.advance((LIFE_S - 900) * SECOND);
    org.tokens.invalidate(first);
    const forced = org.tokens.get(here);
    org.asked[2]?.answer(org.grant('forced', 40));
    await forced;
    await org.time.advance(25 * SECOND);
    expect(org.asked).toHaveLength(3);
    org.asked[1]?.answer(org.grant('slow'));
    org.respond = () => org.grant('next');
    await org.time.advance(SECOND);
    expect(org.asked).toHaveLength(4);
    expect(org.tokens.status().state).toBe('valid');
  });

  it('nothing is tried after the end', async () => {
    const org = await opened();
    org.respond = () => unreachable;
    await org.time.advance(10 * MINUTE);
    const tried = org.asked.length;
    await org.tokens.close();
    expect(org.time.pending()).toBe(0);
    await org.time.advance(10 * MINUTE);
    expect(org.asked).toHaveLength(tried);
  });
});

describe('the buffer', () => {
  it('serves the token and lets the first call begin a mint behind its back', async () => {
    const org = await opened();
    org.respond = () => org.grant('one', 30);
    await org.tokens.get(here);
    // A renewal that fails at 15 s and whose pause is not over when the buffer begins at 20 s.
    org.respond = () => reply(429, '', { 'retry-after': '8' });
    await org.time.advance(20 * SECOND);
    expect(org.tokens.status().state).toBe('expiring');
    expect(org.asked).toHaveLength(2);
    expect(org.nameOf(await got(org, org.tokens.get(here)))).toBe('one');
    expect(org.asked).toHaveLength(2);
    org.respond = undefined;
    await org.time.advance(3 * SECOND);
    expect(org.asked).toHaveLength(3);
    expect(org.nameOf(await got(org, org.tokens.get(here)))).toBe('one');
    expect(org.asked).toHaveLength(3);
  });

  it('begins with the mint of a call after a token from the file, when no timer has fired yet', async () => {
    const org = createTestOrg({ tokenFile: '/state/token.json' });
    await org.tokens.open();
    await org.tokens.get(here);
    const stored = org.files.get('/state/token.json');
    await org.tokens.close();

    const next = createTestOrg({ tokenFile: '/state/token.json' });
    if (stored !== undefined) next.files.set('/state/token.json', stored);
    await next.time.advance((LIFE_S - 300) * SECOND);
    await next.tokens.open();
    next.respond = undefined;
    const token = next.tokens.get(here);
    expect(next.nameOf(await got(next, token))).toBe('1');
    expect(next.asked).toHaveLength(1);
    expect(next.tokens.status().statistics).toMatchObject({ misses: 1, hits: 0, mints: 1 });
    expect(next.tokens.get(here)).toBe(token);
    expect(next.tokens.status().statistics).toMatchObject({ misses: 1, hits: 1, mints: 1 });
  });
});

describe('a complaint', () => {
  it('makes the next call mint, once for all who complain', async () => {
    const org = await opened();
    const dead = await org.tokens.get(here);
    for (let caller = 0; caller < 64; caller += 1) org.tokens.invalidate(dead);
    const fresh = await Promise.all(Array.from({ length: 64 }, async () => org.tokens.get(here)));
    expect(new Set(fresh).size).toBe(1);
    expect(fresh[0]?.generation).toBeGreaterThan(dead.generation);
    expect(org.asked).toHaveLength(2);
    expect(org.tokens.status().statistics.invalidations).toBe(1);
  });

  it('that comes late cannot evict a newer token', async () => {
    const org = await opened();
    const dead = await org.tokens.get(here);
    org.tokens.invalidate(dead);
    const fresh = await org.tokens.get(here);
    org.tokens.invalidate(dead);
    expect(org.tokens.get(here)).toBe(fresh);
    expect(org.tokens.status().statistics.invalidations).toBe(1);
  });

  it('during a slow renewal begins a newer mint, which the slow one cannot overwrite', async () => {
    const org = await opened();
    const first = await org.tokens.get(here);
    org.respond = undefined;
    await org.time.advance((LIFE_S - 900) * SECOND);
    expect(org.asked).toHaveLength(2);
    org.tokens.invalidate(first);
    const forced = org.tokens.get(here);
    expect(org.asked).toHaveLength(3);
    org.asked[2]?.answer(org.grant('forced'));
    expect(org.nameOf(await forced)).toBe('forced');

    org.asked[1]?.answer(org.grant('slow'));
    await org.time.advance(0);
    expect(org.nameOf(await got(org, org.tokens.get(here)))).toBe('forced');
    expect(org.events.at(-1)).toMatchObject({ type: 'mint-outdated' });
  });

  it('during a slow renewal is answered by the slow one if that comes first, and then by the newer', async () => {
    const org = await opened();
    const first = await org.tokens.get(here);
    org.respond = undefined;
    await org.time.advance((LIFE_S - 900) * SECOND);
    org.tokens.invalidate(first);
    const forced = org.tokens.get(here);
    org.asked[1]?.answer(org.grant('slow'));
    await org.time.advance(0);
    expect(org.nameOf(await got(org, org.tokens.get(here)))).toBe('slow');
    org.asked[2]?.answer(org.grant('forced'));
    expect(org.nameOf(await forced)).toBe('forced');
    expect(org.nameOf(await got(org, org.tokens.get(here)))).toBe('forced');
  });

  it('never makes more than two mints run at once', async () => {
    const org = await opened();
    const first = await org.tokens.get(here);
    org.respond = undefined;
    await org.time.advance((LIFE_S - 900) * SECOND);
    let ended = 1;
    let running = 1;
    let current = first;
    for (let round = 0; round < 5; round += 1) {
      // A proven token, so that the logins do not pause.
      org.tokens.confirm(current);
      org.tokens.invalidate(current);
      const calls = [got(org, org.tokens.get(here)), got(org, org.tokens.get(here))];
      running = org.asked.length - ended;
      expect(running).toBe(2);
      org.asked[ended]?.answer(org.grant(String(round)));
      ended += 1;
      await org.time.advance(0);
      current = await got(org, org.tokens.get(here));
      for (const call of calls) call.catch(() => undefined);
    }
    await org.tokens.close();
    expect(org.time.pending()).toBe(0);
  });

  it('leaves proof with the token that earned it', async () => {
    const org = await opened();
    const first = await org.tokens.get(here);
    expect(org.tokens.isProven(first)).toBe(false);
    org.tokens.confirm(first);
    expect(org.tokens.isProven(first)).toBe(true);
    org.tokens.invalidate(first);
    const second = await org.tokens.get(here);
    expect(org.tokens.isProven(second)).toBe(false);
    expect(org.events).toContainEqual({ type: 'invalidated', generation: first.generation, proven: true });
  });

  it('of three fresh tokens in a row pauses the logins, for then the tokens are not at fault', async () => {
    const org = await opened();
    for (let round = 0; round < 3; round += 1) org.tokens.invalidate(await org.tokens.get(here));
    await expect(org.tokens.get(here)).rejects.toThrow(/rejected the last 3\. Check that api_url/u);
    expect(org.asked).toHaveLength(3);
    await org.time.advance(15 * SECOND);
    const token = await org.tokens.get(here);
    org.tokens.confirm(token);
    org.tokens.invalidate(token);
    expect(org.nameOf(await org.tokens.get(here))).toBe('5');
  });
});

describe('the clocks', () => {
  it.each([
    [61, true],
    [-61, true],
    [60, false],
    [-60, false],
  ])('%i s apart are told: %s', async (aheadS, told) => {
    const org = await opened();
    const iat = org.time.clock.nowMs() / 1000 + aheadS;
    org.respond = () => reply(200, { access_token: jwt({ payload: { iat, exp: iat + LIFE_S } }) });
    await org.tokens.get(here);
    const expected = told ? [{ type: 'clock-differs', aheadMs: aheadS * SECOND }] : [];
    expect(org.events.filter((event) => event.type === 'clock-differs')).toEqual(expected);
  });
});

describe('closing', () => {
  it('ends the mint that runs, fails who waits for it, and leaves no timer', async () => {
    const org = await opened();
    org.respond = undefined;
    const call = org.tokens.get(here);
    const failed = expect(call).rejects.toMatchObject({ code: 'shutting_down' });
    await org.tokens.close();
    await failed;
    expect(org.asked[0]?.signal.aborted).toBe(true);
    expect(org.time.pending()).toBe(0);
    await expect(org.tokens.get(here)).rejects.toMatchObject({ code: 'shutting_down' });
    expect(org.events).toEqual([]);
  });

  it('ends the renewal, and the pause between two tries', async () => {
    const org = await opened();
    await org.tokens.get(here);
    org.respond = () => unreachable;
    await org.time.advance((LIFE_S - 900) * SECOND);
    expect(org.time.pending()).toBeGreaterThan(0);
    await org.tokens.close();
    expect(org.time.pending()).toBe(0);
  });
});
