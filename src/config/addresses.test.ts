// Addresses: which are refused and with which way out.

import { describe, expect, it } from 'vitest';

import { REAL, configOf, problemOf, warningsOf } from '../../test/fakes/sample-config.ts';

describe('the instance URL', () => {
  const instance = async (url: string): Promise<string> =>
    (await configOf({ file: { ...REAL, instance_url: url } })).login.instanceUrl;

  it('is an origin, whatever slash or case it was written with', async () => {
    expect(await instance('https://Acme.my.salesforce.com/')).toBe('https://acme.my.salesforce.com');
    expect(await instance(' https://acme--dev.sandbox.my.salesforce.com ')).toBe(
      'https://acme--dev.sandbox.my.salesforce.com',
    );
  });

  it('loses a path with a warning', async () => {
    const url = 'https://acme.my.salesforce.com/services/oauth2/token';
    expect(await instance(url)).toBe('https://acme.my.salesforce.com');
    expect(await warningsOf({ file: { ...REAL, instance_url: url } })).toEqual([
      expect.stringContaining('only https://acme.my.salesforce.com is used'),
    ]);
  });

  it.each([
    ['https://login.salesforce.com', 'My Domain'],
    ['https://test.salesforce.com/', 'My Domain'],
    ['https://acme.lightning.force.com/lightning/page/home', 'Write "https://acme.my.salesforce.com".'],
    ['https://acme--dev.sandbox.lightning.force.com', 'Write "https://acme--dev.sandbox.my.salesforce.com".'],
    ['https://api.salesforce.com', '"api_url"'],
    ['acme.my.salesforce.com', 'Write "https://acme.my.salesforce.com".'],
    ['http://acme.my.salesforce.com', 'Write "https://acme.my.salesforce.com".'],
    ['ftp://acme.my.salesforce.com', 'https://acme.my.salesforce.com'],
    ['not an address', 'https://acme.my.salesforce.com'],
  ])('%s is refused with the way out', async (url, fix) => {
    const problem = await problemOf({ instance_url: url });
    expect(problem.key).toBe('instance_url');
    expect(problem.fix).toContain(fix);
  });

  it('may be http on this machine', async () => {
    expect(await instance('http://127.0.0.1:8443')).toBe('http://127.0.0.1:8443');
    expect(await instance('http://[::1]:8443')).toBe('http://[::1]:8443');
    expect((await problemOf({ instance_url: 'http://127.0.0.1.evil.example' })).fault).toContain('http');
  });

  it('of a host that is not Salesforce’s gets a warning', async () => {
    const warnings = await warningsOf({ file: { ...REAL, instance_url: 'https://acme.example.com' } });
    expect(warnings).toEqual([expect.stringContaining('acme.example.com')]);
  });
});

describe('the API URL', () => {
  it('may be a known host, this machine, or a listed host', async () => {
    const url = async (keys: object): Promise<string> =>
      (await configOf({ file: { ...REAL, ...keys } })).api.url;
    expect(await url({ api_url: 'https://api.gov.salesforce.com/' })).toBe('https://api.gov.salesforce.com');
    expect(await url({ api_url: 'https://localhost:9000' })).toBe('https://localhost:9000');
    expect(
      await url({
        api_url: 'https://test.api.salesforce.com',
        allowed_api_hosts: ['test.api.salesforce.com'],
      }),
    ).toBe('https://test.api.salesforce.com');
  });

  it('is refused for any other host, because the token goes there', async () => {
    expect(await problemOf({ api_url: 'https://api.salesforce.com.evil.example' })).toMatchObject({
      key: 'api_url',
      fix: expect.stringContaining('allowed_api_hosts'),
    });
  });

  it('has no path and no plain http', async () => {
    expect(await problemOf({ api_url: 'https://api.salesforce.com/ai/gpt/v1' })).toMatchObject({
      fault: 'has a path.',
    });
    expect(await problemOf({ api_url: 'http://api.salesforce.com' })).toMatchObject({ key: 'api_url' });
  });
});

describe('hosts and origins that may call', () => {
  it('are kept as they are compared', async () => {
    const { server } = await configOf({
      file: {
        ...REAL,
        allowed_hosts: ['Gateway.Example.com', '[fd00::1]'],
        allowed_origins: ['https://Chat.example.com/', 'chrome-extension://abcdef'],
      },
    });
    expect(server.allowedHosts).toEqual(['gateway.example.com', '[fd00::1]']);
    expect(server.allowedOrigins).toEqual(['https://chat.example.com', 'chrome-extension://abcdef']);
  });

  it.each([
    [{ allowed_hosts: ['https://gateway.example.com'] }, 'allowed_hosts'],
    [{ allowed_hosts: ['*'] }, 'allowed_hosts'],
    [{ allowed_origins: ['*'] }, 'allowed_origins'],
    [{ allowed_origins: ['https://*.example.com'] }, 'allowed_origins'],
    [{ allowed_origins: ['null'] }, 'allowed_origins'],
    [{ allowed_origins: ['https://chat.example.com/path'] }, 'allowed_origins'],
  ])('%j is refused', async (keys, key) => {
    expect(await problemOf(keys)).toMatchObject({ key });
  });
});
