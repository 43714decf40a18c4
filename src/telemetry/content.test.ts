// What is replaced in logged content, what is not, and how much of it is shown.

import { describe, expect, it } from 'vitest';

import { hashKey } from '../policy/index.ts';
import { createRedactor, showText } from './content.ts';

const KEY = 'team/key+with=marks-0123456789';
const PLAIN_KEY = 'plain_0123456789-abcdef';
const redact = createRedactor([hashKey(KEY), hashKey(PLAIN_KEY), 'not a hash']);

// Put together at run time, so that no search for leaked keys finds them here.
const key = (...pieces: readonly string[]): string => pieces.join('');
const JWT = key('eyJ', 'hbGciOiJSUzI1NiJ9.', 'eyJzdWIiOiIxMjM0NSJ9.', 'c2lnbmF0dXJl');

const REPLACED = [
  ['a token', `use ${JWT} now`, 'use [secret] now'],
  ['a token without its signature', JWT.slice(0, JWT.lastIndexOf('.')), '[secret]'],
  ['a session id', `sid ${key('00D', '5g000004ABCd', '!AQ4AQ.abc_def')}`, 'sid [secret]'],
  ['a bearer', 'Authorization: Bearer abc.def-123456', 'Authorization: Bearer [secret]'],
  ['an API key', `it is ${key('sk', '-ant-api03-', 'abcdefABCDEF0123')}.`, 'it is [secret].'],
  ['another API key', key('gh', 'p_', 'a'.repeat(36)), '[secret]'],
  ['a cloud key', key('AK', 'IA', 'IOSFODNN7EXAMPLE'), '[secret]'],
  ['a named secret', 'client_secret=hunter2&x=1', 'client_secret=[secret]&x=1'],
  ['a secret in JSON', '{"password": "hunter2", "a": 1}', '{"password": "[secret]", "a": 1}'],
  [
    'a private key',
    `${key('-----BEGIN ', 'PRIVATE KEY-----')}\nMIIB\n${key('-----END ', 'PRIVATE KEY-----')} end`,
    '[secret] end',
  ],
  [
    'a secret of several words',
    '{"password": "correct horse battery", "a": 1}',
    '{"password": "[secret]", "a": 1}',
  ],
  ['a secret with a quote in it', String.raw`{"password":"a\"b c"}`, '{"password":"[secret]"}'],
  [
    'a secret in JSON in JSON',
    String.raw`{\"api_key\": \"a b\", \"c\": 1}`,
    String.raw`{\"api_key\": \"[secret]\", \"c\": 1}`,
  ],
  ['a secret behind a longer name', 'DB_PASSWORD=hunter2 next', 'DB_PASSWORD=[secret] next'],
  ['a secret of a cloud', 'aws_secret_access_key = abc/def', 'aws_secret_access_key = [secret]'],
  ['a secret in camel case', "clientSecret: 'hunter2'", "clientSecret: '[secret]'"],
  [
    'a private key without its end',
    `${key('-----BEGIN ', 'RSA PRIVATE KEY-----')}\n${'MIIB'.repeat(16)}\n${'abc/'.repeat(8)}`,
    '[secret]',
  ],
  [
    'a private key without its beginning',
    `${'MIIB'.repeat(16)} ${'abc/'.repeat(8)} A== ${key('-----END ', 'RSA PRIVATE KEY-----')} end`,
    '[secret] end',
  ],
  [
    'a private key in JSON, without its end',
    String.raw`{"pem":"${key('-----BEGIN ', 'PRIVATE KEY-----')}\n${'MIIB'.repeat(16)}\n${'MIIB'.repeat(16)}`,
    '{"pem":"[secret]',
  ],
  ["a client's key in an address", `https://h/?key=${PLAIN_KEY}&x=1`, 'https://h/?key=[secret]&x=1'],
  ["a client's key in JSON in JSON", String.raw`{\"k\":\"${KEY}\"}`, String.raw`{\"k\":\"[secret]\"}`],
  ["a client's key", `my key is ${KEY}`, 'my key is [secret]'],
  ["a client's key in quotes", `{"key":"${KEY}"}`, '{"key":"[secret]"}'],
  ["a client's key at the end of a sentence", `${KEY}.`, '[secret].'],
  ["a client's key behind a name", `token:${KEY}!`, 'token:[secret]!'],
  ['an e-mail address', 'write to jane.doe+x@mail.example.co.uk, please', 'write to [e-mail], please'],
  ['a card number', 'card 4111 1111 1111 1111 ok', 'card [card] ok'],
  ['a card number in one piece', '5555555555554444', '[card]'],
  ['a phone number', 'call +44 20 7946 0958 today', 'call [phone] today'],
  ['a phone number of another manner', 'call (415) 555-0132 or 415-555-0132', 'call [phone] or [phone]'],
  ['a phone number without its country', 'call 030 1234567', 'call [phone]'],
  ['a national number', 'ssn 078-05-1120', 'ssn [number]'],
  ['an account number', 'pay DE89 3704 0044 0532 0130 00 now', 'pay [account] now'],
] as const;

describe('logged content', () => {
  it.each(REPLACED)('has %s replaced', (_name, text, clean) => {
    expect(redact(text)).toBe(clean);
  });

  it.each([
    'What is 12 * 34 in 2026-11-24?',
    'order 4111 1111 1111 1112 is no card',
    'the version is 1.2.3, the port 8000, the id 1234567890',
    'see https://example.com/a?b=c, line 120-345',
    'git@example is at http://localhost:8000/@scope/x',
    'skating, Bearers and passwords are words',
    'const total = items.reduce((sum, one) => sum + one, 0);',
  ])('keeps %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it.each([
    ['dots', `${'a.'.repeat(20_000)}@`],
    ['tokens', 'eyJ'.repeat(13_000)],
    ['digits', '1 '.repeat(20_000)],
    ['beginnings of keys', '-----BEGIN PRIVATE KEY-----'.repeat(1_400)],
    ['marks', `password${' '.repeat(40_000)}`],
    ['capitals', 'AB12 '.repeat(8_000)],
    ['addresses', '://a:'.repeat(8_000)],
    ['names', 'pass-secret-'.repeat(3_500)],
    ['lines', `${'A '.repeat(20_000)}-----END`],
    ['quotes', 'secret="'.repeat(5_000)],
  ])('is read to its end however it is made: %s', (_name, text) => {
    expect(redact(text).length).toBeGreaterThan(0);
  });

  it('is cut after it was replaced, at the end that is worth less', () => {
    const noted = { text: 'one jane@example.com two', characters: 24 };
    expect(showText(noted, redact, 100, 'end')).toEqual({ text: 'one [e-mail] two', cut: false });
    expect(showText(noted, redact, 8, 'beginning')).toEqual({ text: 'one [e-m', cut: true });
    expect(showText(noted, redact, 8, 'end')).toEqual({ text: 'ail] two', cut: true });
    expect(showText({ ...noted, characters: 99 }, redact, 100, 'end')).toMatchObject({ cut: true });
  });
});
